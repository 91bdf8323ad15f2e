/** Wall milliseconds that the indexer may take for an answer. */
const PATIENCE_MS = 30_000;

/**
 * Hands a question to the indexer, and its answer back: of both the text alone, and only where it is JSON. Nobody is told where the indexer is, or
 * why it does not answer.
 */
export async function passOn(
  url: URL,
  asked: Request,
  body: string | undefined,
): Promise<Response> {
  try {
    const answer = await fetch(url, {
      method: asked.method,
      redirect: "error",
      signal: AbortSignal.any([asked.signal, AbortSignal.timeout(PATIENCE_MS)]),
      headers: { accept: "application/json", "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    if (!(answer.headers.get("content-type") ?? "").includes("json")) return unavailable();
    return new Response(answer.body, {
      status: answer.status,
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  } catch {
    return unavailable();
  }
}

/** As GraphQL's clients read it. */
function unavailable(): Response {
  const message = "The indexer does not answer.";
  return Response.json(
    { errors: [{ message, extensions: { code: "INDEXER_DOWN" } }] },
    { status: 502, headers: { "cache-control": "no-store" } },
  );
}
