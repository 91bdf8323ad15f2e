import { decodeBase64, encodeBase64, toUtf8Bytes, toUtf8String } from "ethers";
import * as z from "zod";
import { SdkError } from "../errors.ts";
import type { X402Offer } from "../x402Client.ts";
import type { PaymentWay } from "./gatewayOptions.ts";

const PAYMENT_WAYS: readonly PaymentWay[] = ["payment", "batch", "record", "individual"];
const MAX_OFFERS = 64;
/** Characters of one of x402's headers: node's own limit of a head. */
const MAX_HEADER = 1 << 16;

const offerSchema = z.object({
  scheme: z.string(),
  network: z.string(),
  asset: z.string(),
  amount: z.string().regex(/^\d{1,39}$/, "a decimal number"),
  payTo: z.string(),
  maxTimeoutSeconds: z.number().int().positive(),
  extra: z.record(z.string(), z.unknown()),
});

const requiredSchema = z.object({
  x402Version: z.literal(2),
  accepts: z.array(z.unknown()).max(MAX_OFFERS),
});

const vouchSchema = z.object({ policyHash: z.string(), settlement: z.enum(PAYMENT_WAYS) });

/** One way to pay one price. */
export type GatewayOffer = X402Offer & {
  readonly maxTimeoutSeconds: number;
  readonly way: PaymentWay;
  readonly policyHash: string;
  /** As it came: a payment has to say which it accepts, word for word. */
  readonly accepted: unknown;
};

/** A payment as its header says it, in x402's version 2. */
export type PaymentEnvelope = {
  readonly x402Version: 2;
  readonly accepted: unknown;
  readonly payload: Record<string, unknown>;
};

/**
 * Returns the offers of a header PAYMENT-REQUIRED that this package can read; others are somebody else's.
 *
 * @throws {SdkError} `RESPONSE_MALFORMED`.
 */
export function readOffers(resource: string, header: string | null): readonly GatewayOffer[] {
  const parsed = requiredSchema.safeParse(decodeHeader(resource, header ?? ""));
  if (!parsed.success)
    throw malformed(resource, "no offers of x402's version 2 in PAYMENT-REQUIRED", parsed.error);
  return parsed.data.accepts.flatMap((accepted): GatewayOffer[] => {
    const offer = offerSchema.safeParse(accepted);
    if (!offer.success) return [];
    const vouch = vouchSchema.safeParse(offer.data.extra["vouch"]);
    if (!vouch.success) return [];
    const { policyHash, settlement: way } = vouch.data;
    return [{ ...offer.data, way, policyHash, accepted }];
  });
}

/** Returns the header PAYMENT-SIGNATURE of a payment. */
export function encodePayment(payment: PaymentEnvelope): string {
  return encodeBase64(toUtf8Bytes(JSON.stringify(payment)));
}

const envelopeSchema = z.object({
  x402Version: z.literal(2),
  accepted: z.object({
    ...{ scheme: z.string(), asset: z.string() },
    amount: z.string().regex(/^\d{1,39}$/),
  }),
  payload: z.record(z.string(), z.unknown()),
});

/** What of a payment tells which request it is for. */
export type SentPayment = z.infer<typeof envelopeSchema>;

/** @throws {SdkError} `GATEWAY_INVALID` for what is no payment. */
export function decodePayment(header: string): SentPayment {
  const parsed = envelopeSchema.safeParse(decoded(header));
  if (parsed.success) return parsed.data;
  const reason = "it is no payment that an error of this package carried";
  throw new SdkError({ code: "GATEWAY_INVALID", option: "resume", reason });
}

function decodeHeader(resource: string, header: string): unknown {
  const json = decoded(header);
  if (json === undefined) throw malformed(resource, "PAYMENT-REQUIRED is no JSON in base64");
  return json;
}

function decoded(header: string): unknown {
  if (header.length > MAX_HEADER) return undefined;
  try {
    return JSON.parse(toUtf8String(decodeBase64(header)));
  } catch {
    return undefined; // the callers say what it should have been
  }
}

function malformed(resource: string, reason: string, cause?: unknown): SdkError {
  return new SdkError({ code: "RESPONSE_MALFORMED", resource, reason }, { cause });
}
