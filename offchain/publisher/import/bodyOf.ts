import type { IncomingMessage } from "node:http";
import { PublisherError } from "../errors.ts";
import type { Network } from "./network.ts";
import { LEAST_BYTES } from "./network.ts";
import { networkFailure } from "./networkFailure.ts";

/** Reads a body; what comes too slowly, breaks off or is aborted ends it. */
export async function* bodyOf(
  response: IncomingMessage,
  url: URL,
  { network, signal }: { readonly network: Network; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  let received = 0;
  let before = 0;
  const stalled = new Error("nothing came any more");
  const watch = setInterval(() => {
    if (received - before < LEAST_BYTES) response.destroy(stalled);
    before = received;
  }, network.stallMs);
  const abort = (): void => void response.destroy();
  signal?.addEventListener("abort", abort);
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      yield chunk;
    }
    if (!response.complete) throw new Error("the answer has no end");
  } catch (cause) {
    if (cause instanceof PublisherError) throw cause;
    throw networkFailure(url, signal, cause === stalled ? stalled.message : undefined, cause);
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", abort);
    response.destroy();
  }
}
