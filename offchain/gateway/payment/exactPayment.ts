import { decodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload } from "@x402/core/types";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import { GatewayError } from "../errors.ts";

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

const payloadSchema = z.object({
  x402Version: z.literal(2, "2"),
  accepted: z.object({
    scheme: z.string(),
    network: z.string(),
    asset: z.string(),
    amount: z.string(),
    payTo: z.string(),
    maxTimeoutSeconds: z.number(),
    extra: z.record(z.string(), z.unknown()).default({}),
  }),
  payload: authorizationSchema,
});

/** A payment as a facilitator takes it, with what binds it. */
export type ExactPayment = {
  readonly payload: PaymentPayload;
  readonly payer: Hex;
  readonly nonce: Hex;
  /** Seconds since 1970. */
  readonly validBefore: number;
};

/**
 * Reads the header PAYMENT-SIGNATURE; the signature itself is the facilitator's to verify.
 *
 * @throws {GatewayError} `PAYMENT_MALFORMED`.
 */
export function parseExactPayment(header: string): ExactPayment {
  const payload = decode(header);
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
    throw new GatewayError({ code: "PAYMENT_MALFORMED", reason }, { cause: parsed.error });
  }
  const { from, nonce, validBefore } = parsed.data.payload.authorization;
  return { payload, payer: from, nonce, validBefore };
}

function decode(header: string): PaymentPayload {
  try {
    return decodePaymentSignatureHeader(header);
  } catch (cause) {
    const reason = "not JSON in base64";
    throw new GatewayError({ code: "PAYMENT_MALFORMED", reason }, { cause });
  }
}
