import type { FacilitatorClient } from "@x402/core/server";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { errorResponses } from "../routes/errorResponses.ts";
import type { Routes } from "../routes/routes.ts";

const MOUNTED_SCHEME = "exact";

const record = z.record(z.string(), z.unknown());

/** What x402's facilitator clients send; the scheme reads the payload. */
const callSchema = z.object({
  x402Version: z.literal(2),
  paymentPayload: z.looseObject({
    x402Version: z.literal(2),
    accepted: z.looseObject({ scheme: z.string(), network: z.string() }),
    payload: record,
  }),
  paymentRequirements: z.looseObject({
    scheme: z.string(),
    network: z.string(),
    asset: z.string(),
    amount: z.string().regex(/^\d{1,78}$/, "a decimal number"),
    payTo: z.string(),
    maxTimeoutSeconds: z.number(),
    extra: record,
  }),
});

type Call = z.infer<typeof callSchema>;

const outcome = z.looseObject({});

/**
 * Mounts a facilitator under `/facilitator`, as x402's HTTP clients call it, for `exact` alone: who may choose the terms of an
 * escrow can have gas spent on requests that no operator takes, and has the escrow back.
 *
 * @param leastAmount what is settled at least, in the token's smallest unit: whoever asks chooses the amount, and the gas of it
 * is not theirs
 * @throws {GatewayError} of its routes: `FACILITATOR_REFUSED` for another scheme, or less.
 */
export function registerFacilitatorRoutes(
  routes: Routes,
  facilitator: FacilitatorClient,
  leastAmount: () => bigint | undefined,
): void {
  routes.get(
    "/facilitator/supported",
    {
      schema: {
        description: "Lists what this facilitator settles",
        response: { 200: outcome, ...errorResponses },
      },
    },
    async () => {
      const { kinds, ...rest } = await facilitator.getSupported();
      return { ...rest, kinds: kinds.filter(({ scheme }) => scheme === MOUNTED_SCHEME) };
    },
  );
  for (const operation of ["verify", "settle"] as const) {
    routes.post(
      `/facilitator/${operation}`,
      {
        schema: {
          description: `x402: ${operation} a payment`,
          body: callSchema,
          response: { 200: outcome, ...errorResponses },
        },
      },
      ({ body }) => facilitator[operation](...argumentsOf(body, leastAmount())),
    );
  }
}

/** The schemas of x402 are looser than its types: what they leave open, each scheme checks. */
function argumentsOf(call: Call, least: bigint | undefined): [PaymentPayload, PaymentRequirements] {
  const { scheme, amount } = call.paymentRequirements;
  if (scheme !== MOUNTED_SCHEME) {
    const reason = `it settles '${scheme}' for its own gateway alone`;
    throw new GatewayError({ code: "FACILITATOR_REFUSED", reason });
  }
  if (least === undefined || BigInt(amount) < least) {
    const reason = `it pays ${amount}, less than anything costs here`;
    throw new GatewayError({ code: "FACILITATOR_REFUSED", reason });
  }
  return [
    call.paymentPayload as unknown as PaymentPayload,
    call.paymentRequirements as unknown as PaymentRequirements,
  ];
}
