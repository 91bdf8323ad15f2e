import type { Hex } from "@vouch/protocol";
import {
  ProtocolError,
  compactReceipt,
  compactWords,
  packWords,
  quantizeTensor,
  requireCanonicalWords,
} from "@vouch/protocol";
import { z } from "zod";
import type { Answers } from "../answers.ts";
import type { Catalog, Offer } from "../catalog.ts";
import { findOffer, selectPrices } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { outputTensor } from "../outputTensor.ts";
import { errorResponses } from "./errorResponses.ts";
import type { PaidRouteDeps } from "./paidRoute.ts";
import { POLICY_HEADER, admitOrAsk, headerOf, sendSettlement } from "./paidRoute.ts";
import type { Routes } from "./routes.ts";

const MAX_WORDS = 65_536;
const MAX_ELEMENTS = 1 << 20;

/** Body of `POST /v1/infer/:release`: numbers, or the words that they are packed to. */
export const inferRequestSchema = z
  .union([
    z.strictObject({ tensor: z.array(z.number()).min(1).max(MAX_ELEMENTS) }),
    z.strictObject({
      words: z
        .array(z.string().regex(/^0x[0-9a-fA-F]{64}$/, "32 bytes in hex"))
        .min(1)
        .max(MAX_WORDS),
    }),
  ])
  .meta({ description: "Input of a release: numbers in its scale, or words in its encoding" });

const answerSchema = z.object({
  id: z.string(),
  release: z.string(),
  /** Numbers, where the release's circuit says how to read the words. */
  output: z.object({ words: z.array(z.string()), tensor: z.array(z.number()).nullable() }),
  receipt: z.unknown(),
  payment: z.object({ id: z.string(), state: z.string() }).nullable(),
});

export type InferRouteDeps = PaidRouteDeps & {
  readonly catalog: Catalog;
  readonly answers: Answers;
  readonly chainId: bigint;
};

/** `POST /v1/infer/:release`: a tensor in, a tensor and its receipt out. */
export function registerInferRoute(routes: Routes, deps: InferRouteDeps): void {
  routes.post(
    "/v1/infer/:release",
    {
      schema: {
        description: "Runs a release on a tensor; release id or name",
        params: z.object({ release: z.string().min(1) }),
        body: inferRequestSchema,
        response: { 200: answerSchema, ...errorResponses },
      },
      // The answer is written by hand: its receipt has its own serializer.
      serializerCompiler: () => (data) => (typeof data === "string" ? data : JSON.stringify(data)),
    },
    async (request, reply) => {
      const offer = findOffer(deps.catalog, request.params.release, "tensor");
      const prices = selectPrices(offer, headerOf(request, POLICY_HEADER));
      const input = inputOf(request.body, offer);
      const {
        id: release,
        circuit,
        release: { floor },
      } = offer;
      const question = { release, circuit, input, floor };
      const admitted = await admitOrAsk(request, reply, { prices, question }, deps);
      if (admitted === undefined) return reply;
      const { receipt } = await deps.answers.infer(admitted, offer, input);
      const { payment } = admitted;
      sendSettlement(reply, payment, deps.chainId);
      const state = payment?.state === "verified" ? "served" : payment?.state;
      const paid = payment === null ? null : { id: payment.id, state };
      const tensor = outputTensor(receipt, offer);
      const text =
        `{"id":"${admitted.requestId}","release":"${offer.id}",` +
        `"output":{"words":${compactWords(receipt.output)},"tensor":${JSON.stringify(tensor)}},` +
        `"payment":${JSON.stringify(paid)},"receipt":${compactReceipt(receipt)}}`;
      return reply.type("application/json; charset=utf-8").send(text as never);
    },
  );
}

/** @throws {GatewayError} `REQUEST_INVALID`, with what the release's encoding does not allow. */
function inputOf(body: z.infer<typeof inferRequestSchema>, { circuit, release }: Offer): bigint[] {
  const parameter = "words" in body ? "words" : "tensor";
  try {
    if ("words" in body) {
      const words = body.words.map((it) => BigInt(it as Hex));
      if (circuit !== null) requireCanonicalWords("input", words, circuit.input);
      return words;
    }
    if (circuit === null || circuit.input.mode === "committed") {
      const reason = "the release does not say how numbers become words: send words";
      throw new GatewayError({ code: "REQUEST_INVALID", parameter, reason });
    }
    const encoding = { ...circuit.input, fractionBits: release.inputFractionBits };
    return packWords(quantizeTensor(body.tensor, encoding), encoding);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new GatewayError(
      { code: "REQUEST_INVALID", parameter, reason: cause.message },
      { cause },
    );
  }
}
