import { PAGE_QUESTIONS } from "./pageQuestions.ts";

/** Milliseconds of one query, as whoever asks it over HTTP on the same machine waits for. */
export type Latency = {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
};

const OPERATION = /^query (\w+)/;

/** Asks each of the page's questions some times, one after the other, and returns the latency of every query in them. */
export async function measureQuestions(
  url: string,
  now: number,
  repeats: number,
): Promise<Readonly<Record<string, Latency>>> {
  const latencies: Record<string, Latency> = {};
  const direct = globalThis.fetch;
  const asked: { readonly operation: string; readonly ms: number }[] = [];
  // The page speaks to its own origin, which hands questions on to the indexer.
  globalThis.fetch = async (path, options) => {
    if (typeof path !== "string" || typeof options?.body !== "string")
      throw new Error("The page asks by a path of its own origin, in text");
    const started = performance.now();
    const response = await direct(new URL(path, url), options);
    const body = await response.text();
    const { query } = JSON.parse(options.body) as { readonly query: string };
    asked.push({ operation: OPERATION.exec(query)?.[1] ?? "", ms: performance.now() - started });
    return new Response(body, response);
  };
  try {
    for (const [name, ask] of Object.entries(PAGE_QUESTIONS)) {
      await ask(now); // the first one plans
      asked.length = 0;
      for (let repeat = 0; repeat < repeats; repeat++) await ask(now);
      for (const operation of new Set(asked.map((it) => it.operation)))
        latencies[`${name}: ${operation}`] = latencyOf(
          asked.filter((it) => it.operation === operation).map(({ ms }) => ms),
        );
    }
  } finally {
    globalThis.fetch = direct;
  }
  return latencies;
}

function latencyOf(times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Number(
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1),
    );
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}
