import { Readable } from "node:stream";
import type { AnswerHead } from "@vouch/protocol";
import { withSeed } from "@vouch/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answers } from "../answers.ts";
import type { Catalog } from "../catalog.ts";
import { findOffer, selectPrices } from "../catalog.ts";
import { GatewayError } from "../errors.ts";
import { eventStream } from "../openai/eventStream.ts";
import type { TextResource } from "../openai/textResources.ts";
import type { PaidRouteDeps } from "./paidRoute.ts";
import { POLICY_HEADER, admitOrAsk, headerOf, sendSettlement } from "./paidRoute.ts";

export type TextRouteDeps = PaidRouteDeps & {
  readonly catalog: Catalog;
  readonly answers: Answers;
  readonly chainId: bigint;
};

/** What chat and completions have in common of a body. */
export type TextBody = {
  readonly model: string;
  readonly seed?: number | null | undefined;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: { readonly include_usage?: boolean | undefined } | null | undefined;
};

/** Answers a request for text, whole or as server-sent events. */
export async function answerText<Body extends TextBody>(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Body,
  { textOf, objects }: TextResource<Body>,
  deps: TextRouteDeps,
): Promise<void> {
  const offer = findOffer(deps.catalog, body.model, "text");
  if (offer.text === null) throw new TypeError("findOffer returned another kind"); // it never does
  const prices = selectPrices(offer, headerOf(request, POLICY_HEADER));
  const asked = textOf(body, offer.text);
  const admitted = await admitOrAsk(request, reply, { prices, question: null }, deps);
  if (admitted === undefined) return;

  const seeded = withSeed(asked, body.seed, admitted.requestId);
  const text = await deps.answers.text(admitted, offer, seeded);
  sendSettlement(reply, admitted.payment, deps.chainId);
  const created = Math.floor(Date.now() / 1000);
  const head: AnswerHead = { requestId: admitted.requestId, model: offer.name, created };
  if (body.stream === true) {
    const includeUsage = body.stream_options?.include_usage === true;
    await reply
      .type("text/event-stream; charset=utf-8")
      .header("cache-control", "no-store")
      .header("x-accel-buffering", "no")
      .send(Readable.from(eventStream(text, head, objects, { includeUsage })));
    return;
  }
  const answer = await text.answer;
  if (answer.generation === null)
    throw new GatewayError({ code: "ANSWER_UNSOUND", reason: "it is not of text" });
  await reply
    .type("application/json; charset=utf-8")
    .send(objects.whole({ ...head, created: answer.created }, answer, answer.generation));
}
