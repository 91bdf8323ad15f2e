import { setTimeout as delay } from "node:timers/promises";

/** `fetch` of a client that does not give up, and why it had to ask again, each with how often. */
export type PatientFetch = {
  /** Of what is paid in one way, by the name of its settlement. */
  readonly fetchFor: (way: string) => typeof fetch;
  readonly failures: ReadonlyMap<string, number>;
};

/** Bounds of the pause until it asks again, which doubles: many that wait must not keep a gateway from coming back. */
const AGAIN_MS = [500, 8_000] as const;
/** Longer than a gateway waits for an answer: each purchase is asked for once at a time. */
const PATIENCE_MS = 65_000;
/** A payment that is over: its escrow was given back. */
const VOIDED = 409;

/**
 * Sends the same request, with the same payment, until it is answered, its payment is over, or its way of paying is offered, which it is
 * not while what that promises could not be kept; ends where `signal` aborts.
 */
export function patientFetch(signal: AbortSignal): PatientFetch {
  const failures = new Map<string, number>();
  return {
    failures,
    fetchFor: (way) => async (input, init) => {
      const request = new Request(input, init);
      const isPaid = request.headers.has("payment-signature");
      for (let pauseMs: number = AGAIN_MS[0]; ; pauseMs = Math.min(2 * pauseMs, AGAIN_MS[1])) {
        signal.throwIfAborted();
        const said = await attempt(request.clone(), signal);
        if (said instanceof Response && isLast(said, isPaid, way)) return said;
        const why = said instanceof Response ? String(said.status) : said;
        failures.set(why, (failures.get(why) ?? 0) + 1);
        await delay(pauseMs);
      }
    },
  };
}

function isLast(response: Response, isPaid: boolean, way: string): boolean {
  const { ok, status } = response;
  if (ok || isPaid) return ok || status === VOIDED;
  return status === 402 && settlementsOf(response).includes(way);
}

/** How what is asked for can be paid. */
function settlementsOf({ headers }: Response): readonly string[] {
  const required = Buffer.from(headers.get("payment-required") ?? "", "base64").toString();
  const { accepts } = JSON.parse(required) as {
    readonly accepts: readonly { readonly extra: { readonly vouch: { settlement: string } } }[];
  };
  return accepts.map(({ extra }) => extra.vouch.settlement);
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
