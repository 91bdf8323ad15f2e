import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { FundingWay } from "./fundingTypedData.ts";
import { FUNDING_WAYS } from "./fundingTypedData.ts";
import { hashOfWords } from "./statement.ts";
import type { Hex, ReleaseId } from "./hex.ts";
import { policyHash } from "./policy.ts";
import type { RequestParams } from "./request.ts";

/** Name of the x402 scheme whose payment is a signed request: it is held by `InferenceRequests` until proven or expired. */
export const ESCROW_SCHEME = "vouch-escrow";

/** What an offer asks a requester to sign; amounts in the token's smallest unit, stake and bond in the vault's, times in seconds. */
export type EscrowTerms = {
  /** `InferenceRequests` and `RequestFunding`. */
  readonly requests: Hex;
  readonly funding: Hex;
  readonly release: ReleaseId;
  readonly inputHash: Hex;
  readonly policyHash: Hex;
  /** Ways to pay that are taken, the preferred first. */
  readonly ways: readonly [FundingWay, ...FundingWay[]];
  readonly fee: bigint;
  readonly stake: bigint;
  readonly bond: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: number;
  /** From the signature until nobody may lock the request any more, and until it is refunded without an answer. */
  readonly lockSeconds: number;
  readonly seconds: number;
};

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
    .transform((value) => value.toLowerCase() as Hex);
const amount = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt);
const seconds = z.number().int().positive().max(864_000);

const termsSchema = z.object({
  requests: hex(20),
  funding: hex(20),
  release: hex(32).transform((value) => value as ReleaseId),
  inputHash: hex(32),
  policyHash: hex(32),
  ways: z.tuple([z.enum(FUNDING_WAYS)], z.enum(FUNDING_WAYS)),
  fee: amount,
  stake: amount,
  bond: amount,
  maxGasPrice: amount,
  verificationGas: z.number().int().nonnegative(),
  lockSeconds: seconds,
  seconds,
});

/**
 * Reads an offer's `extra.escrow`.
 *
 * @throws {ProtocolError} `ESCROW_MALFORMED`.
 */
export function parseEscrowTerms(json: unknown): EscrowTerms {
  const parsed = termsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "ESCROW_MALFORMED", reason }, { cause: parsed.error });
}

/** Returns the JSON value that `parseEscrowTerms` reads. */
export function escrowTermsToJson(terms: EscrowTerms): Record<string, unknown> {
  const { fee, stake, bond, maxGasPrice } = terms;
  return {
    ...terms,
    ...{ fee: fee.toString(), stake: stake.toString(), bond: bond.toString() },
    maxGasPrice: maxGasPrice.toString(),
  };
}

/**
 * Returns the first parameter of a request that is not as the terms have it, undefined where all are. Nonce and times are the
 * requester's, but that the second deadline lies as far behind the first as was asked.
 */
export function findEscrowFault(
  terms: EscrowTerms,
  token: Hex,
  params: RequestParams,
): string | undefined {
  const expected: Readonly<Record<string, string | bigint | number>> = {
    release: terms.release,
    inputHash: terms.inputHash,
    policyHash: terms.policyHash,
    token: token.toLowerCase(),
    ...{ minFee: terms.fee, maxFee: terms.fee, stake: terms.stake, bond: terms.bond, cover: 0n },
    ...{ maxGasPrice: terms.maxGasPrice, verificationGas: terms.verificationGas },
    ...{ callbackGas: 0, provisionalGas: 0, answerSeconds: terms.seconds - terms.lockSeconds },
  };
  const found: typeof expected = {
    ...params,
    inputHash: hashOfWords(params.input),
    policyHash: policyHash(params.policy),
    answerSeconds: params.deadline - params.lockDeadline,
  } as unknown as typeof expected;
  return Object.keys(expected).find((name) => expected[name] !== found[name]);
}
