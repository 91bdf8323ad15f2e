import type { AnswerHead, ReleaseId, RequestId } from "@vouch/protocol";
import * as z from "zod";
import { SdkError } from "../errors.ts";
import type { Answered } from "./askGateway.ts";
import { eventData } from "./eventData.ts";
import type { GatewayAskOptions } from "./gatewayOptions.ts";
import type { HttpReply } from "./httpClient.ts";
import { withPayment } from "./paidWork.ts";
import { parseBody } from "./readJson.ts";
import { refusalIn } from "./refusal.ts";
import type { GatewaySession } from "./session.ts";
import type { AskedText, TextAsk, VerifiedText } from "./textOver.ts";
import { askText, told, verifyText } from "./textOver.ts";
import type { TextBody, TextResource } from "./textResource.ts";
import { lie, requireSame } from "./verifyAnswer.ts";

/** What comes of a stream: pieces, each as soon as it is there and the gateway's word until the end; then the whole, verified. */
export type TextEvent =
  | {
      readonly kind: "piece";
      readonly id: RequestId;
      readonly release: ReleaseId;
      readonly text: string;
    }
  | ({ readonly kind: "end" } & VerifiedText);

const chunkSchema = z.looseObject({
  error: z.unknown().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z.looseObject({ content: z.string().nullish() }).optional(),
        text: z.string().optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .max(1)
    .optional(),
  usage: z.unknown().optional(),
});

type Chunk = z.infer<typeof chunkSchema>;

/** Asks for a text piece by piece; as `GatewayClient.streamChat` says. */
export async function* streamText<Body extends TextBody>(
  session: GatewaySession,
  kind: TextResource<Body>,
  ask: TextAsk<Body>,
  options: GatewayAskOptions,
): AsyncGenerator<TextEvent> {
  const streamed = { ...ask, body: { ...ask.body, stream: true } };
  const { answered, asked } = await askText(session, kind, streamed, options, (it) => it);
  try {
    yield* verifiedEvents(session, kind, asked, answered, options);
  } catch (error) {
    throw withPayment(error, answered.payment?.header ?? null);
  }
}

async function* verifiedEvents<Body extends TextBody>(
  session: GatewaySession,
  kind: TextResource<Body>,
  asked: AskedText<Body>,
  { id, payment, reply }: Answered<HttpReply>,
  options: GatewayAskOptions,
): AsyncGenerator<TextEvent> {
  const head = { requestId: id, model: asked.release, created: 0 };

  const pieces: string[] = [];
  let ending: Chunk | undefined;
  let usage: Chunk | undefined;
  for await (const data of eventData(reply.chunks())) {
    const chunk = parseBody(kind.path, data, chunkSchema);
    if (chunk.error !== undefined) throw failureOf(kind.path, chunk);
    const [choice] = chunk.choices ?? [];
    if (choice !== undefined && ending !== undefined)
      throw lie("the stream", "it goes on behind its ending", "it ends there");
    if (choice === undefined && ending === undefined)
      throw lie("the stream", "it counts tokens before its ending", "it counts them behind it");
    if (choice === undefined) usage = chunk;
    else if (choice.finish_reason != null) ending = chunk;
    const text = choice?.delta?.content ?? choice?.text ?? "";
    requireSame(formOf(kind, head, chunk, text), chunk);
    if (text === "") continue;
    pieces.push(text);
    yield { kind: "piece", id, release: asked.release, text };
  }
  if (ending === undefined)
    throw new SdkError({ code: "STREAM_BROKEN", request: id, reason: "it has no ending" });

  const verified = await verifyText(session, kind, asked, { id, payment }, options);
  requireStreamed(kind, verified, { text: pieces.join(""), ending, usage });
  options.onProgress?.({ status: "verified", id });
  yield { kind: "end", ...verified };
}

/** Demands that what was streamed is what the receipt has. */
function requireStreamed<Body extends TextBody>(
  { objects }: TextResource<Body>,
  verified: VerifiedText,
  streamed: {
    readonly text: string;
    readonly ending: Chunk;
    readonly usage: Chunk | undefined;
  },
): void {
  const { head, generation, text } = verified;
  requireSame(text, streamed.text, "the streamed text");
  requireSame(told(objects.ending(head, generation, verified)), streamed.ending);
  if (streamed.usage !== undefined)
    requireSame(told(objects.usage(head, generation, verified)), streamed.usage);
}

/** What an object of a stream has to be before its receipt is there: of this answer, and no more than its text. */
function formOf<Body extends TextBody>(
  { objects }: TextResource<Body>,
  head: AnswerHead,
  { choices: [choice] = [] }: Chunk,
  text: string,
): object {
  const piece = objects.piece(head, text);
  if (choice === undefined || choice.finish_reason != null)
    return { ...told(piece), choices: undefined };
  return told(text === "" ? (objects.opening(head) ?? piece) : piece);
}

function failureOf(resource: string, chunk: Chunk): SdkError {
  const { code, message } = refusalIn(chunk);
  return new SdkError({
    code: "GATEWAY_REFUSED",
    ...{ resource, httpStatus: 200, refusal: code, reason: message },
  });
}
