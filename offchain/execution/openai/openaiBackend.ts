import type { ReleaseId, TextRequest } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { z } from "zod";
import { callServer } from "../callServer.ts";
import { ExecutionError } from "../errors.ts";
import { parseOptions } from "../parseOptions.ts";
import type { TextBackend } from "../text/textBackend.ts";
import { createAnswerReader } from "./openaiAnswer.ts";
import { chatParams, textParams } from "./openaiRequest.ts";

const optionsSchema = z.object({
  /** The server's API, as `http://127.0.0.1:8000/v1`. */
  url: z.url({ protocol: /^https?$/ }),
  /** Sent as a bearer token; a server of one's own may want none. */
  apiKey: z.string().min(1).default("none"),
  /**
   * The server's name of releases whose files are known: that it runs those is its word. A routed release names its model
   * itself.
   */
  models: z.record(z.string(), z.string()).default({}),
  /** Milliseconds that a whole answer may take, further attempts included. */
  deadlineMs: z.number().int().positive().default(120_000),
  /** Of connecting: a server that answered is not asked again. */
  attempts: z.number().int().positive().default(3),
});

/** How the back end reaches its server; see the schema for units and defaults. */
export type OpenaiOptions = z.input<typeof optionsSchema>;

/** A server that speaks the API of OpenAI: vLLM, llama.cpp and others. */
export type OpenaiBackend = TextBackend & { readonly proves: "routing" };

type Pieces = AsyncIterable<unknown> & { readonly controller: AbortController };

/**
 * Builds a back end over a server: conversations go to `/chat/completions`, texts to be continued to `/completions`, both streamed.
 * Everything about an answer, its count of tokens included, is what the server says.
 *
 * @throws {ExecutionError} `OPTIONS_INVALID`; from `generate` also `RELEASE_NOT_REGISTERED` where the server has no name for a
 * release, `MODEL_MISMATCH` where a release is routed to another provider, `UNSUPPORTED_PARAMETER`, `BACKEND_UNREACHABLE`,
 * `BACKEND_TIMEOUT`, `BACKEND_REFUSED`, `BACKEND_ANSWER_INVALID`, `GENERATION_ABORTED`.
 */
export function createOpenaiBackend(openaiOptions: OpenaiOptions): OpenaiBackend {
  const options = parseOptions(optionsSchema, openaiOptions);
  const { host } = new URL(options.url);
  const backend = `openai/${host}`;
  const client = new OpenAI({
    baseURL: options.url,
    apiKey: options.apiKey,
    organization: null, // nothing is taken from the environment
    project: null,
    maxRetries: 0,
    timeout: options.deadlineMs,
    logLevel: "off",
  });

  function modelOf({ id, manifest: { source } }: TextRelease): string {
    const known = options.models[id];
    if (known !== undefined) return known;
    if (source.kind !== "routed")
      throw new ExecutionError({ code: "RELEASE_NOT_REGISTERED", release: id });
    if (source.provider === host) return source.model;
    throw new ExecutionError({
      ...{ code: "MODEL_MISMATCH", backend, model: source.model },
      ...{ what: "provider", expected: source.provider, found: host },
    });
  }

  function open(release: TextRelease, request: TextRequest, signal: AbortSignal): Promise<Pieces> {
    const model = modelOf(release);
    const { prompt } = request;
    return typeof prompt === "string"
      ? client.completions.create(textParams(backend, model, prompt, request), { signal })
      : client.chat.completions.create(chatParams(backend, model, prompt, request), { signal });
  }

  return {
    name: backend,
    proves: "routing",
    async *generate(release, request, signal) {
      const { deadlineMs, attempts } = options;
      const deadline = AbortSignal.timeout(deadlineMs);
      const stopped = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      const reader = createAnswerReader(backend, request.toolChoice);
      let pieces: Pieces | undefined;
      try {
        pieces = await callServer(
          { backend, deadlineMs, attempts, isConnectionFailure },
          signal,
          () => open(release, request, stopped),
        );
        for await (const piece of pieces) {
          const text = reader.push(piece);
          if (text !== "") yield { kind: "text", text };
        }
        stopped.throwIfAborted(); // the client ends an aborted answer as if it were whole
        yield { kind: "end", generation: reader.end() };
      } catch (error) {
        if (signal?.aborted === true) throw aborted(release.id, signal.reason);
        if (deadline.aborted || error instanceof APIConnectionTimeoutError)
          throw new ExecutionError(
            { code: "BACKEND_TIMEOUT", backend, deadlineMs },
            { cause: error },
          );
        throw failureOf(backend, error);
      } finally {
        pieces?.controller.abort(); // also where the reader leaves early
      }
    },
  };
}

function isConnectionFailure(error: unknown): boolean {
  return error instanceof APIConnectionError && !(error instanceof APIConnectionTimeoutError);
}

function aborted(release: ReleaseId, reason: unknown): ExecutionError {
  return new ExecutionError({ code: "GENERATION_ABORTED", release }, { cause: reason });
}

/** What the client throws, as this package says it; a piece that is no JSON comes as a `SyntaxError`. */
function failureOf(backend: string, error: unknown): ExecutionError {
  if (error instanceof ExecutionError) return error;
  if (error instanceof APIError && error.status !== undefined) {
    const reason = error.message.slice(0, 200);
    const status = Number(error.status);
    return new ExecutionError(
      { code: "BACKEND_REFUSED", backend, status, reason },
      { cause: error },
    );
  }
  const reason = "it broke off, or is none of the API's";
  return new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause: error });
}
