import { setTimeout as delay } from "node:timers/promises";

/** `fetch` of a client that does not give up, and why it had to ask again, each with how often. */
export type PatientFetch = {
  readonly fetch: typeof fetch;
  readonly failures: ReadonlyMap<string, number>;
};

/** Bounds of the pause until it asks again, which doubles: many that wait must not keep a gateway from coming back. */
const AGAIN_MS = [500, 8_000] as const;
/** Longer than a gateway waits for an answer: each purchase is asked for once at a time. */
const PATIENCE_MS = 65_000;
/** A payment that is over: its escrow was given back. */
const VOIDED = 409;

/** Sends the same request, with the same payment, until it is answered or its payment is over; ends where `signal` aborts. */
export function patientFetch(signal: AbortSignal): PatientFetch {
  const failures = new Map<string, number>();
  return {
    failures,
    async fetch(input, init) {
      const request = new Request(input, init);
      const isPaid = request.headers.has("payment-signature");
      for (let pauseMs: number = AGAIN_MS[0]; ; pauseMs = Math.min(2 * pauseMs, AGAIN_MS[1])) {
        signal.throwIfAborted();
        const said = await attempt(request.clone(), signal);
        if (said instanceof Response && isLast(said, isPaid)) return said;
        const why = said instanceof Response ? String(said.status) : said;
        failures.set(why, (failures.get(why) ?? 0) + 1);
        await delay(pauseMs);
      }
    },
  };
}

function isLast({ ok, status }: Response, isPaid: boolean): boolean {
  return ok || status === (isPaid ? VOIDED : 402);
}

/** Returns what came, or why nothing did. */
export async function attempt(request: Request, signal?: AbortSignal): Promise<Response | string> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const either = signal === undefined ? patience : AbortSignal.any([patience, signal]);
    return await fetch(request, { signal: either });
  } catch (error) {
    if (error instanceof Error && (error instanceof TypeError || error.name === "TimeoutError"))
      return error.name;
    throw error;
  }
}
