import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { RequestParams } from "./request.ts";
import { requestParamsSchema, requestParamsToJson } from "./requestJson.ts";

/** What the requester signed for the escrow, by way; times in seconds. */
export type SignedFunding =
  | { readonly way: "authorization"; readonly validBefore: bigint; readonly signature: Hex }
  | {
      readonly way: "permit2";
      readonly nonce: bigint;
      readonly deadline: bigint;
      readonly signature: Hex;
    }
  | { readonly way: "permit"; readonly deadline: bigint; readonly signature: Hex }
  | { readonly way: "allowance" };

/** The payload of the scheme `vouch-escrow`: a signed request, and what pays its escrow. */
export type EscrowPayment = {
  readonly requester: Hex;
  readonly params: RequestParams;
  /** The requester's over `params`, as `requestFor` takes it. */
  readonly signature: Hex;
  readonly funding: SignedFunding;
};

const signature = z
  .string()
  .regex(/^0x(?:[0-9a-fA-F]{2}){64,4096}$/)
  .transform((value) => value.toLowerCase() as Hex);
const uint = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt);

const paymentSchema = z.object({
  requester: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .transform((value) => value.toLowerCase() as Hex),
  params: requestParamsSchema,
  signature,
  funding: z.discriminatedUnion("way", [
    z.object({ way: z.literal("authorization"), validBefore: uint, signature }),
    z.object({ way: z.literal("permit2"), nonce: uint, deadline: uint, signature }),
    z.object({ way: z.literal("permit"), deadline: uint, signature }),
    z.object({ way: z.literal("allowance") }),
  ]),
});

/**
 * Reads the payload of a `vouch-escrow` payment; the signatures are the contracts' to verify.
 *
 * @throws {ProtocolError} `ESCROW_MALFORMED`.
 */
export function parseEscrowPayment(json: unknown): EscrowPayment {
  const parsed = paymentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "ESCROW_MALFORMED", reason }, { cause: parsed.error });
}

/** Returns the JSON value that `parseEscrowPayment` reads. */
export function escrowPaymentToJson(payment: EscrowPayment): Record<string, unknown> {
  return {
    ...payment,
    params: requestParamsToJson(payment.params),
    funding: fundingToJson(payment.funding),
  };
}

function fundingToJson(funding: SignedFunding): object {
  switch (funding.way) {
    case "authorization":
      return { ...funding, validBefore: funding.validBefore.toString() };
    case "permit2":
      return {
        ...funding,
        ...{ nonce: funding.nonce.toString(), deadline: funding.deadline.toString() },
      };
    case "permit":
      return { ...funding, deadline: funding.deadline.toString() };
    case "allowance":
      return funding;
  }
}
