import * as z from "zod";
import type { Hex, ReleaseId, RequestId } from "./hex.ts";
import { policySchema, policyToJson } from "./receipt.ts";
import type { Voucher } from "./voucher.ts";

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`))
    .transform((value) => value.toLowerCase() as Hex);
const uint = (bits: number) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `below 2^${bits}`);

/** A voucher in JSON: amount and nonce as decimal strings. */
export const voucherSchema = z.strictObject({
  requester: hex(20),
  operator: hex(20),
  token: hex(20),
  amount: uint(128),
  nonce: uint(256),
  deadline: z
    .number()
    .int()
    .min(0)
    .max(2 ** 40 - 1),
  terms: z.strictObject({
    release: hex(32).transform((value) => value as ReleaseId),
    request: hex(32).transform((value) => value as RequestId),
    inputHash: hex(32),
    policy: policySchema,
  }),
});

/** Returns the JSON value that `voucherSchema` reads. */
export function voucherToJson(voucher: Voucher): Record<string, unknown> {
  const { amount, nonce, terms } = voucher;
  return {
    ...voucher,
    ...{ amount: amount.toString(), nonce: nonce.toString() },
    terms: { ...terms, policy: policyToJson(terms.policy) },
  };
}
