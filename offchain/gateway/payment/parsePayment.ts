import { decodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentPayload } from "@x402/core/types";
import { z } from "zod";
import { GatewayError } from "../errors.ts";

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
  payload: z.record(z.string(), z.unknown()),
});

/**
 * Reads the header PAYMENT-SIGNATURE, but for what its scheme signs.
 *
 * @throws {GatewayError} `PAYMENT_MALFORMED`.
 */
export function parsePayment(header: string): PaymentPayload {
  const payload = decode(header);
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) throw malformed(parsed.error);
  return payload;
}

/** Returns the error for a payload that a schema refuses, naming the first that is wrong. */
export function malformed(cause: z.ZodError): GatewayError {
  const [issue] = cause.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  return new GatewayError({ code: "PAYMENT_MALFORMED", reason }, { cause });
}

function decode(header: string): PaymentPayload {
  try {
    return decodePaymentSignatureHeader(header);
  } catch (cause) {
    const reason = "not JSON in base64";
    throw new GatewayError({ code: "PAYMENT_MALFORMED", reason }, { cause });
  }
}
