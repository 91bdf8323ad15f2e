import type { PaymentPayload } from "@x402/core/types";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import { malformed } from "./parsePayment.ts";

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`), `${bytes} bytes in hex`)
    .transform((value) => value.toLowerCase() as Hex);
const decimal = z.string().regex(/^\d{1,78}$/, "a decimal number");

/** What `exact` signs over a token with EIP-3009. */
const authorizationSchema = z.object({
  signature: z.string().regex(/^0x(?:[0-9a-fA-F]{2}){65,}$/, "at least 65 bytes in hex"),
  authorization: z.object({
    from: hex(20),
    to: hex(20),
    value: decimal.transform(BigInt),
    validAfter: decimal,
    validBefore: decimal.transform(Number).refine(Number.isSafeInteger, "seconds since 1970"),
    nonce: hex(32),
  }),
});

/** What binds a payment by `exact`. */
export type ExactPayment = {
  readonly payer: Hex;
  readonly nonce: Hex;
  /** Seconds since 1970. */
  readonly validBefore: number;
};

/**
 * Reads what `exact` signs; the signature itself is the facilitator's to verify.
 *
 * @throws {GatewayError} `PAYMENT_MALFORMED`.
 */
export function parseExactPayment({ payload }: PaymentPayload): ExactPayment {
  const parsed = authorizationSchema.safeParse(payload);
  if (!parsed.success) throw malformed(parsed.error);
  const { from, nonce, validBefore } = parsed.data.authorization;
  return { payer: from, nonce, validBefore };
}
