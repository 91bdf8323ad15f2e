import { AbiCoder, Signature, keccak256, recoverAddress } from "ethers";
import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { LedgerDomain, Voucher } from "./voucher.ts";
import { channelId, voucherDigest } from "./voucher.ts";
import { voucherSchema, voucherToJson } from "./voucherJson.ts";

/** The payload of the scheme `vouch-voucher`. */
export type VoucherPayment = {
  readonly voucher: Voucher;
  /** The requester's, by its key: r, s, v in 65 bytes, as `ReceiptLedger` takes it. */
  readonly signature: Hex;
};

const paymentSchema = z.strictObject({
  voucher: voucherSchema,
  signature: z.string().transform((value, context) => {
    try {
      // The ledger takes an s of the lower half, and a v of 27 or 28.
      return Signature.from(value).serialized as Hex;
    } catch {
      context.addIssue({ code: "custom", message: "65 bytes: r, s of the lower half, v" });
      return z.NEVER;
    }
  }),
});

/**
 * Reads the payload of a `vouch-voucher` payment; who signed it, `isVoucherSigned` tells.
 *
 * @throws {ProtocolError} `VOUCHER_MALFORMED`.
 */
export function parseVoucherPayment(json: unknown): VoucherPayment {
  const parsed = paymentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "VOUCHER_MALFORMED", reason }, { cause: parsed.error });
}

/** Returns the JSON value that `parseVoucherPayment` reads. */
export function voucherPaymentToJson({
  voucher,
  signature,
}: VoucherPayment): Record<string, unknown> {
  return { voucher: voucherToJson(voucher), signature };
}

/** Whether the key of the voucher's requester signed it. What a contract (ERC-1271) would say, only its chain knows. */
export function isVoucherSigned(
  domain: LedgerDomain,
  { voucher, signature }: VoucherPayment,
): boolean {
  const signer = recoverAddress(voucherDigest(domain, voucher), signature);
  return signer.toLowerCase() === voucher.requester.toLowerCase();
}

/** Returns the nonce that a voucher has as a payment: its own, within its ledger and channel. */
export function voucherPaymentNonce(
  { ledger }: LedgerDomain,
  voucher: Pick<Voucher, "requester" | "operator" | "token" | "nonce">,
): Hex {
  const parts = AbiCoder.defaultAbiCoder().encode(
    ["address", "bytes32", "uint256"],
    [ledger, channelId(voucher), voucher.nonce],
  );
  return keccak256(parts) as Hex;
}
