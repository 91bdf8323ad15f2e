import { MAX_RECORD_BYTES, recordBytes, wordCount } from "@vouch/protocol";
import type { Item, Outcome, Queue } from "@vouch/queue";
import type { z } from "zod";
import { chainNow } from "../duties/duty.ts";
import { BATCH_MARGIN_SECONDS } from "../steps/batchStep.ts";
import type { StepDeps } from "../steps/step.ts";
import type { BatchPauses } from "./batchPauses.ts";
import type { MemberItem, proveItem, ProveItem } from "./items.ts";
import { fromAnswerItem, toAnswerItem, toBatchItem } from "./items.ts";

export type GatherOptions = {
  /** Seconds that an answer may wait for others, where a prover is free for it. */
  readonly gatherSeconds: number;
};

export type GatherDeps = GatherOptions & {
  readonly prove: Pick<
    Queue<z.input<typeof proveItem>, ProveItem>,
    "countWaiting" | "takeWaiting" | "renew"
  >;
  readonly steps: Pick<StepDeps, "contracts" | "releases">;
  readonly pauses: Pick<BatchPauses, "has">;
};

/** Between looks whether others have come. */
const LOOK_SECONDS = 1;

/**
 * Puts an answer that a prover is free for and those that wait behind it into a batch: the largest size that they fill, nearest
 * deadlines first. While provers are busy answers gather by themselves; a free one waits for others as long as the options say. One that
 * no others fill a size with, or whose deadline is near, is proven by itself (`alone`), and so is each where a batch of the release failed
 * a short while ago.
 *
 * @throws {WorkerError} `NODE_WITHOUT_BLOCKS`; {QueueError}.
 */
export async function gatherBatch(
  { key, deadline, since }: Pick<Item<unknown>, "key" | "deadline" | "since">,
  payload: MemberItem,
  alone: () => Promise<Outcome>,
  { gatherSeconds, prove, pauses, steps: { contracts, releases } }: GatherDeps,
): Promise<Outcome> {
  const { release } = payload;
  if (pauses.has(release)) return alone();
  let sizes: readonly number[];
  try {
    const { batches, compiled } = await releases.get(release);
    const words = wordCount(compiled.input) + wordCount(compiled.output);
    sizes = batches
      .map(({ count }) => count)
      .filter((it) => recordBytes(it, words) <= MAX_RECORD_BYTES);
  } catch {
    return alone(); // which meets the same, and gives up what it must
  }
  const members = { kind: "member", release };
  const isLate = deadline - (await chainNow(contracts)) < BATCH_MARGIN_SECONDS;
  if (isLate || sizes.length === 0) return alone();
  const largest = Math.max(...sizes);
  const together = 1 + (await prove.countWaiting(members, largest - 1));
  const waited = Date.now() / 1_000 - since;
  if (together < largest && waited < gatherSeconds)
    return { status: "later", seconds: LOOK_SECONDS };
  if (!sizes.some((size) => size <= together)) return alone();
  return {
    status: "done",
    async commit(tx) {
      const others = await prove.takeWaiting(
        members,
        sizes.map((size) => size - 1),
        tx,
      );
      const gathered = others.flatMap(({ payload: it, ...item }) =>
        "kind" in it && it.kind === "member" ? [{ ...item, payload: it }] : [],
      );
      if (gathered.length > 0) {
        await prove.renew(toBatchItem([{ key, deadline, payload }, ...gathered]), tx);
        return;
      }
      // Others were faster to take them.
      const { plan, ...watched } = fromAnswerItem(payload, contracts);
      await prove.renew(toAnswerItem(watched, plan, contracts), tx);
    },
  };
}
