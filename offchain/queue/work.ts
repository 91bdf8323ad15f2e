import type { RequestId } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import { z } from "zod";
import type { Claim } from "./claims.ts";
import {
  completeClaim,
  envelopeSchema,
  failClaim,
  returnClaim,
  takeClaims,
  touchClaims,
} from "./claims.ts";
import { QueueError } from "./errors.ts";
import type { QueueDeps } from "./queueDeps.ts";
import type { QueueName } from "./queues.ts";
import { reasonOf } from "./reasonOf.ts";
import type { Sql } from "./sql.ts";

/** One attempt at an item. */
export type Item<Payload> = {
  readonly key: RequestId;
  /** Seconds since 1970. */
  readonly deadline: number;
  readonly payload: Payload;
  /** Seconds since 1970 at which it came into the queue. */
  readonly since: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborts where another process has taken the item up: nothing of this attempt counts any more. */
  readonly signal: AbortSignal;
};

/** What became of an attempt: `commit` writes what follows from it in the transaction that takes the item off its queue. */
export type Outcome =
  | { readonly status: "done"; readonly commit?: (tx: Sql) => Promise<void> }
  /** Not now: again after so many seconds, as if it had not been tried. */
  | { readonly status: "later"; readonly seconds: number };

/**
 * Does what an item asks for, again after a crash: what it does outside of the database must bear to be done twice. What it
 * throws counts as a failed attempt.
 */
export type Handler<Payload> = (item: Item<Payload>) => Promise<Outcome>;

export type WorkOptions = {
  /** Items that are worked on at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Errors that no retry mends; the item is a dead letter at once. */
  readonly isHopeless?: (error: unknown) => boolean;
  /** Milliseconds between looks at the queue where nobody tells of something new. */
  readonly pollMs?: number;
};

type Running = { readonly claim: Claim; readonly lost: AbortController };

const POLL_MS = 1_000;
/** Signs of life within the time after which a process counts as gone. */
const BEATS = 4;

/** Takes items and runs the handler on each until the signal aborts; returns when the last is finished. */
export async function workOn<Payload>(
  queue: QueueName,
  parse: (payload: unknown) => Payload,
  handler: Handler<Payload>,
  { concurrency, signal, isHopeless = () => false, pollMs = POLL_MS }: WorkOptions,
  { boss, sql, wakeups, heartbeatSeconds, log }: QueueDeps,
): Promise<void> {
  const running = new Map<Running, Promise<void>>();
  const bell = createBell();
  const unsubscribe = wakeups.subscribe(queue, bell.ring);
  signal.addEventListener("abort", bell.ring);
  const heart = setInterval(() => void beat(), (heartbeatSeconds * 1_000) / BEATS);

  async function beat(): Promise<void> {
    const all = [...running.keys()];
    if (all.length === 0) return;
    try {
      const lost = await touchClaims(
        boss,
        queue,
        all.map(({ claim }) => claim),
      );
      for (const it of all) {
        // One that was finished meanwhile is not lost.
        if (lost.includes(it.claim) && running.has(it)) it.lost.abort();
      }
    } catch (error) {
      log.warn({ queue, ...reasonOf(error) }, "no sign of life could be given");
    }
  }

  async function attempt({ claim, lost }: Running): Promise<void> {
    const { key, retryCount, createdOn } = claim;
    try {
      const { deadline, payload } = parseEnvelope(queue, claim.data);
      const outcome = await handler({
        key: parseRequestId(key),
        deadline,
        payload: parse(payload),
        since: createdOn.getTime() / 1_000,
        attempt: retryCount + 1,
        signal: lost.signal,
      });
      if (outcome.status === "later") {
        await returnClaim(queue, claim, outcome.seconds, sql);
        return;
      }
      await sql.transaction(async (tx) => {
        await completeClaim(boss, queue, claim, tx);
        await outcome.commit?.(tx);
      });
    } catch (error) {
      await setBack(claim, error);
    }
  }

  /** Where this fails too, the heartbeat stops and the item is taken up again when it is missed. */
  async function setBack(claim: Claim, error: unknown): Promise<void> {
    const reason = reasonOf(error);
    const attempt = claim.retryCount + 1;
    const message = error instanceof Error ? error.message : reason.message;
    log.warn(
      { queue, requestId: claim.key, attempt, code: reason.code, error: message },
      "item failed",
    );
    const hopeless = reason.code === "PAYLOAD_INVALID" || isHopeless(error);
    try {
      await failClaim(boss, queue, claim, reason, { isHopeless: hopeless, sql });
    } catch (cause) {
      log.warn({ queue, requestId: claim.key, ...reasonOf(cause) }, "its failure is not on record");
    }
  }

  /** Takes as many as there is room for; what the abort overtook goes back. */
  async function fill(): Promise<void> {
    const free = concurrency - running.size;
    if (free === 0) return;
    const claims = await takeClaims(boss, queue, free);
    if (signal.aborted) {
      for (const claim of claims) await returnClaim(queue, claim, 0, sql);
      return;
    }
    for (const claim of claims) {
      const one = { claim, lost: new AbortController() };
      const end = attempt(one).finally(() => {
        running.delete(one);
        bell.ring();
      });
      running.set(one, end);
    }
  }

  try {
    while (!signal.aborted) {
      try {
        await fill();
      } catch (error) {
        log.warn({ queue, ...reasonOf(error) }, "nothing can be taken now");
      }
      await bell.wait(pollMs);
    }
    await Promise.all(running.values());
  } finally {
    clearInterval(heart);
    unsubscribe();
    signal.removeEventListener("abort", bell.ring);
  }
}

type Bell = { readonly ring: () => void; readonly wait: (ms: number) => Promise<void> };

/** Ends a wait; one that rings while nobody waits ends the next one at once. */
function createBell(): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    async wait(ms) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isRung = false;
    },
  };
}

function parseEnvelope(queue: QueueName, data: unknown): z.output<typeof envelopeSchema> {
  const parsed = envelopeSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const reason = z.prettifyError(parsed.error);
  throw new QueueError({ code: "PAYLOAD_INVALID", queue, reason }, { cause: parsed.error });
}
