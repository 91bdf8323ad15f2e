import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { Hex, ReleaseId, RequestId } from "./hex.ts";
import { policyHash } from "./policy.ts";
import type { Voucher } from "./voucher.ts";

/** Name of the x402 scheme whose payment is a signed voucher: `ReceiptLedger` pays it when its receipt's batch is final. */
export const VOUCHER_SCHEME = "vouch-voucher";

/** What an offer asks a requester to sign a voucher for. */
export type VoucherOffer = {
  /** `ReceiptLedger`, where the deposit is. */
  readonly ledger: Hex;
  /** Whom the deposit is reserved for: who posts the batch and signs the receipt. */
  readonly operator: Hex;
  readonly release: ReleaseId;
  readonly inputHash: Hex;
  readonly policyHash: Hex;
  /** From the signature until the last second at which the receipt's batch may be posted. */
  readonly seconds: number;
};

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
    .transform((value) => value.toLowerCase() as Hex);

const offerSchema = z.object({
  ledger: hex(20),
  operator: hex(20),
  release: hex(32).transform((value) => value as ReleaseId),
  inputHash: hex(32),
  policyHash: hex(32),
  seconds: z.number().int().positive().max(864_000),
});

/**
 * Reads an offer's `extra.voucher`.
 *
 * @throws {ProtocolError} `VOUCHER_MALFORMED`.
 */
export function parseVoucherOffer(json: unknown): VoucherOffer {
  const parsed = offerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "VOUCHER_MALFORMED", reason }, { cause: parsed.error });
}

/** What a voucher has to be for, beside the terms of its offer. */
export type VoucherPurpose = {
  readonly token: Hex;
  readonly amount: bigint;
  /** Of the request that it pays for: `httpRequestId`. */
  readonly request: RequestId;
};

/** Returns the first field of a voucher that is not as it was offered, undefined where all are; nonce and deadline are the requester's. */
export function findVoucherFault(
  offer: VoucherOffer,
  { token, amount, request }: VoucherPurpose,
  voucher: Voucher,
): string | undefined {
  const expected: Readonly<Record<string, string | bigint>> = {
    ...{ operator: offer.operator, token: token.toLowerCase(), amount, release: offer.release },
    ...{ request, inputHash: offer.inputHash, policy: offer.policyHash },
  };
  const { release, inputHash, policy, request: signed } = voucher.terms;
  const found: typeof expected = {
    ...{ operator: voucher.operator, token: voucher.token, amount: voucher.amount, release },
    ...{ request: signed, inputHash, policy: policyHash(policy) },
  };
  return Object.keys(expected).find((name) => expected[name] !== found[name]);
}
