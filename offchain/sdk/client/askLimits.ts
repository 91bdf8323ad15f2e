import type { RequestParams } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

/** Bits of each number of `RequestParams` in `contracts/types/Request.sol`. */
const BITS = {
  nonce: 256,
  minFee: 96,
  maxFee: 96,
  stake: 80,
  bond: 80,
  cover: 80,
  maxGasPrice: 64,
  verificationGas: 32,
  callbackGas: 32,
  provisionalGas: 32,
  rampStart: 40,
  lockDeadline: 40,
  deadline: 40,
} as const satisfies Readonly<Partial<Record<keyof RequestParams, number>>>;

/** What in an ask makes a number of a request, where it has another name. */
const NAMES: Readonly<Partial<Record<string, string>>> = {
  minFee: "fee",
  lockDeadline: "lockSeconds",
  deadline: "seconds",
};

/**
 * Demands that each number of a request is one that contracts take: the first that is not would else fail deep within a library.
 *
 * @throws {SdkError} `ASK_INVALID`, naming it.
 */
export function requireEncodable(params: RequestParams): void {
  for (const [name, bits] of Object.entries(BITS)) {
    const value = params[name as keyof typeof BITS];
    if (isUint(value, bits)) continue;
    const field = NAMES[name] ?? name;
    throw new SdkError({
      ...{ code: "ASK_INVALID", field, value: String(value) },
      limit: `a whole number below 2^${bits}`,
    });
  }
  // Amounts that are numbers have lost digits before anybody sees it.
  const amount = (
    ["nonce", "minFee", "maxFee", "stake", "bond", "cover", "maxGasPrice"] as const
  ).find((name) => typeof params[name] !== "bigint");
  if (amount !== undefined) {
    const [field, value] = [NAMES[amount] ?? amount, String(params[amount])];
    throw new SdkError({ code: "ASK_INVALID", field, value, limit: "a bigint" });
  }
}

function isUint(value: unknown, bits: number): boolean {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits;
  return typeof value === "bigint" && value >= 0n && value < 1n << BigInt(bits);
}
