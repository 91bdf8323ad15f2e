import type { RequestId } from "@vouch/protocol";
import type { PgBoss } from "pg-boss";
import { z } from "zod";
import { QueueError } from "./errors.ts";
import type { QueueName } from "./queues.ts";
import { DEAD_LETTERS, QUEUES } from "./queues.ts";
import type { Reason } from "./reasonOf.ts";

/** What failed too often, and why it failed last. */
export type DeadLetter = {
  readonly id: string;
  readonly queue: QueueName;
  readonly key: RequestId;
  readonly attempts: number;
  readonly reason: Reason;
  readonly diedAt: Date;
};

const deadSchema = z
  .object({
    id: z.string(),
    sourceName: z.enum(QUEUES),
    singletonKey: z.custom<RequestId>((it) => typeof it === "string"),
    sourceRetryCount: z.number(),
    createdOn: z.date(),
    // pg-boss's own, where a heartbeat was missed or an attempt took too long, have another form.
    sourceOutput: z.union([
      z.object({ code: z.string(), message: z.string() }),
      z
        .object({ value: z.object({ message: z.string() }) })
        .transform(({ value }) => ({ code: "TIMED_OUT", message: value.message })),
    ]),
  })
  .transform((it): DeadLetter => ({
    id: it.id,
    queue: it.sourceName,
    key: it.singletonKey,
    attempts: it.sourceRetryCount + 1,
    reason: it.sourceOutput,
    diedAt: it.createdOn,
  }));

/** Returns all dead letters, oldest first. */
export async function listDeadLetters(boss: PgBoss): Promise<readonly DeadLetter[]> {
  const found = await boss.findJobs(DEAD_LETTERS, { queued: true });
  return found
    .map((it) => deadSchema.parse(it))
    .sort((a, b) => a.diedAt.getTime() - b.diedAt.getTime());
}

/**
 * Puts one dead letter, or all, back into their queues with all their attempts; returns how many. One whose request is in the queue
 * again is dropped.
 *
 * @throws {QueueError} `DEAD_LETTER_UNKNOWN`.
 */
export async function retryDeadLetters(boss: PgBoss, which: string): Promise<number> {
  if (which !== "all") {
    const known = z.uuid().safeParse(which).success;
    if (!known || (await boss.redrive(DEAD_LETTERS, { ids: [which] })) === 0)
      throw new QueueError({ code: "DEAD_LETTER_UNKNOWN", id: which });
    return 1;
  }
  const createdBefore = new Date();
  let retried = 0;
  for (let moved = 1; moved > 0; retried += moved)
    moved = await boss.redrive(DEAD_LETTERS, { createdBefore });
  return retried;
}
