import type { ChatRequest, CompletionRequest } from "@vouch/protocol";
import type { GatewaySession } from "../http/session.ts";
import { SdkError } from "../errors.ts";
import type {
  GatewayAskOptions,
  GatewayCallOptions,
  GatewayOptions,
} from "../http/gatewayOptions.ts";
import { openSession } from "../http/openSession.ts";
import { streamText } from "../http/streamText.ts";
import type { TextAsk } from "../http/textOver.ts";
import { completeText } from "../http/textOver.ts";
import type { TextBody, TextResource } from "../http/textResource.ts";
import { CHAT, COMPLETION } from "../http/textResource.ts";
import { streamObjects } from "./streamObjects.ts";
import { vouchIn } from "./vouchOf.ts";

/** What of OpenAI's client is used here: any version that has it will do. */
export type OpenAiClient = {
  readonly baseURL: string;
  readonly withOptions: (options: {
    readonly fetch: typeof fetch;
    readonly maxRetries: number;
  }) => unknown;
};

export type VerifiedOptions = Omit<GatewayOptions, "url"> & {
  /** As `parsePolicy` reads it; of every answer. */
  readonly policy: TextAsk<TextBody>["policy"];
  /** Is told of every call. OpenAI's client forgets what an aborted call had signed: keep it from the step `signed`. */
  readonly onProgress?: NonNullable<GatewayCallOptions["onProgress"]>;
};

/**
 * Returns OpenAI's client with a `fetch` that verifies: completions and chat completions, whole or streamed, are read from receipts that
 * hold, and have them in `vouch` (`vouchOf`). What has no receipt is refused, but for the list of models. `model` is a release's id, or a
 * name of `releases`. OpenAI's client wraps what is thrown here: `sdkErrorIn` finds it. What an earlier call had signed (`payment` of its
 * error) is sent again by the header `payment-signature` in the options of the same call.
 *
 * @example
 * import { verified, vouchOf } from "@vouch/sdk/openai";
 *
 * const client = await verified(new OpenAI({ baseURL: "https://answers.example/v1", apiKey: "none" }), { deployment, operators, policy: "signature" });
 * const completion = await client.chat.completions.create({ model: release, messages });
 * console.log(vouchOf(completion).receipt);
 *
 * @throws {SdkError} as `openGateway`.
 */
export async function verified<Client extends OpenAiClient>(
  client: Client,
  options: VerifiedOptions,
): Promise<Client> {
  const { policy, onProgress, ...rest } = options;
  const told = onProgress === undefined ? {} : { onProgress };
  const session = await openSession({ ...rest, url: client.baseURL });
  // Tries again by itself, each time with another payment: this package does it with the same.
  return client.withOptions({
    fetch: verifyingFetch(session, policy, told, rest.fetch ?? fetch),
    maxRetries: 0,
  }) as Client;
}

function verifyingFetch(
  session: GatewaySession,
  policy: VerifiedOptions["policy"],
  told: Pick<GatewayCallOptions, "onProgress">,
  send: typeof fetch,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const resource = pathname.slice(pathname.lastIndexOf("/v1/"));
    if (request.method === "GET" && /^\/v1\/models(\/|$)/.test(resource))
      return send(request, { redirect: "error" });
    if (Number(request.headers.get("x-stainless-retry-count") ?? 0) > 0)
      throw new SdkError({ code: "RETRY_REFUSED", resource });
    const body: unknown = request.method === "POST" ? await request.json() : undefined;
    const resume = request.headers.get("payment-signature");
    const call = { ...told, signal: request.signal, ...(resume === null ? {} : { resume }) };
    // What OpenAI's own types allow and the gateway's schema does not is refused when the body is parsed.
    if (resource === CHAT.path)
      return answer(session, CHAT, { body: body as ChatRequest, policy }, call);
    if (resource === COMPLETION.path)
      return answer(session, COMPLETION, { body: body as CompletionRequest, policy }, call);
    throw new SdkError({ code: "RESOURCE_UNVERIFIABLE", resource });
  };
}

async function answer<Body extends TextBody>(
  session: GatewaySession,
  kind: TextResource<Body>,
  ask: TextAsk<Body>,
  call: GatewayAskOptions & { readonly signal: AbortSignal },
): Promise<Response> {
  if (ask.body.stream === true) {
    const left = new AbortController();
    const signal = AbortSignal.any([call.signal, left.signal]);
    const events = streamText(session, kind, ask, { ...call, signal });
    const usage = ask.body.stream_options?.include_usage === true;
    const leave = (): void => {
      left.abort();
    };
    return new Response(streamObjects(kind.objects, events, usage, leave), {
      headers: { "content-type": "text/event-stream; charset=utf-8" },
    });
  }
  const text = await completeText(session, kind, ask, call);
  const head = { ...text.head, model: text.receipt.statement.release };
  const object = kind.objects.whole(head, text, text.generation);
  return Response.json({ ...object, vouch: vouchIn(text) });
}
