import type {
  AnswerHead,
  Generation,
  Policy,
  Receipt,
  RequestId,
  TextTranscript,
} from "@vouch/protocol";
import { parsePolicy, withSeed } from "@vouch/protocol";
import * as z from "zod";
import { SdkError } from "../errors.ts";
import type { Answered, GatewayPayment } from "./askGateway.ts";
import { askGateway } from "./askGateway.ts";
import { checkablePolicy } from "./demands.ts";
import { get, idOf } from "./discovery.ts";
import type { GatewayAskOptions } from "./gatewayOptions.ts";
import type { HttpReply } from "./httpClient.ts";
import { paidWork } from "./paidWork.ts";
import { readJson } from "./readJson.ts";
import type { GatewaySession } from "./session.ts";
import type { TextBody, TextResource } from "./textResource.ts";
import { parseTextBody } from "./textResource.ts";
import type { Question, VerifiedAnswer } from "./verifyAnswer.ts";
import { lie, requireSame, verifyAnswer } from "./verifyAnswer.ts";

const objectSchema = z.record(z.string(), z.unknown());
const foundSchema = z.looseObject({ id: z.unknown(), receipt: z.unknown() });

/** A request for text; `policy` as `parsePolicy` reads it, or as `allOf` makes it. */
export type TextAsk<Body extends TextBody> = {
  readonly body: Body;
  readonly policy: string | Policy;
};

/** A text as the transcript of its verified receipt has it. */
export type VerifiedText = VerifiedAnswer & {
  readonly id: RequestId;
  readonly text: string;
  /** The whole of the answer: text, calls of tools, why it ended, how many tokens. */
  readonly generation: Generation;
  /** What OpenAI's objects say of all answers: the release's own name, and when this one was verified. */
  readonly head: AnswerHead;
  readonly payment: GatewayPayment | null;
};

/** Asks for a whole text; as `GatewayClient.chat` says. */
export async function completeText<Body extends TextBody>(
  session: GatewaySession,
  kind: TextResource<Body>,
  ask: TextAsk<Body>,
  options: GatewayAskOptions,
): Promise<VerifiedText> {
  const { answered, asked } = await askText(
    session,
    kind,
    { ...ask, body: { ...ask.body, stream: false } },
    options,
    (it) => readJson(kind.path, it, objectSchema),
  );
  return paidWork(answered.payment?.header ?? null, async () => {
    const verified = await verifyText(session, kind, asked, answered, options);
    const { head, generation } = verified;
    requireSame(told(kind.objects.whole(head, verified, generation)), answered.reply);
    options.onProgress?.({ status: "verified", id: verified.id });
    return verified;
  });
}

/** A request for text as it was sent. */
export type AskedText<Body extends TextBody> = Omit<Question, "id" | "words" | "opens"> & {
  readonly body: Body;
};

/** Sends a request for text; `read` gets the head of the reply. */
export async function askText<Body extends TextBody, T>(
  session: GatewaySession,
  kind: TextResource<Body>,
  ask: TextAsk<Body>,
  options: GatewayAskOptions,
  read: (reply: HttpReply) => Promise<T> | T,
): Promise<{ readonly answered: Answered<T>; readonly asked: AskedText<Body> }> {
  const policy = typeof ask.policy === "string" ? parsePolicy(ask.policy) : ask.policy;
  const { operators, contracts } = session;
  checkablePolicy(policy, { operators, hasChain: contracts !== null });
  const release = idOf(session, ask.body.model);
  const body = parseTextBody(kind, { ...ask.body, model: release });
  const parts = { release, resource: kind.path, body, policy, words: null };
  const answered = await askGateway(session, parts, options, read);
  return { answered, asked: { release, policy, body } };
}

/**
 * Fetches the receipt of a text and verifies it against what was asked.
 *
 * @throws {SdkError} `RECEIPT_MISSING`, `GATEWAY_LIED`, and as `verifyAnswer`.
 */
export async function verifyText<Body extends TextBody>(
  session: GatewaySession,
  kind: TextResource<Body>,
  asked: AskedText<Body>,
  { id, payment }: Omit<Answered<unknown>, "reply">,
  options: GatewayAskOptions,
): Promise<VerifiedText> {
  const json = await fetchReceiptOf(session, id, options);
  const question = {
    ...{ id, release: asked.release, policy: asked.policy, words: null },
    opens: (receipt: Receipt) => expectedOf(kind, asked.body, id, receipt),
  };
  const verified = await verifyAnswer(session, json, question, options.signal);
  const generation = verified.receipt.transcript?.generation;
  if (generation === undefined) throw lie("receipt.transcript", "missing", "what was answered");
  const created = Math.floor(Date.now() / 1000);
  const head = { requestId: id, model: verified.receipt.release.model, created };
  return { ...verified, id, text: generation.text, generation, head, payment };
}

/** What of OpenAI's objects a receipt proves: neither when an answer was made nor what the gateway calls the release. */
export function told(object: object): object {
  return { ...object, created: undefined, model: undefined };
}

/** How many tokens it may have, where the request does not say, is the gateway's to choose: the receipt says how many it were. */
function expectedOf<Body extends TextBody>(
  { textOf }: TextResource<Body>,
  body: Body,
  id: RequestId,
  { transcript }: Receipt,
): Pick<TextTranscript, "request"> {
  const chosen = transcript?.request.sampling.maxTokens ?? 0;
  return { request: withSeed(textOf(body, chosen), body.seed, id) };
}

async function fetchReceiptOf(
  session: GatewaySession,
  request: RequestId,
  options: GatewayAskOptions,
): Promise<unknown> {
  const resource = `/v1/receipts/${request}`;
  try {
    const found = await get(session, resource, options, (it) =>
      readJson(resource, it, foundSchema),
    );
    requireSame({ id: request }, found);
    return found.receipt;
  } catch (error) {
    if (!(error instanceof SdkError) || error.data.code !== "GATEWAY_REFUSED") throw error;
    if (error.data.httpStatus !== 404) throw error;
    throw new SdkError({ code: "RECEIPT_MISSING", request }, { cause: error });
  }
}
