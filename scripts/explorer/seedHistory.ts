import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestId } from "@vouch/protocol";
import { serializeReceipt } from "@vouch/protocol";
import { messageOf } from "@vouch/worker";
import type { StepLog } from "../demo/steps.ts";
import { askOnce, untilAnswered } from "./askOnce.ts";
import { DAY, HOUR, mineAt } from "./clock.ts";
import { everydayQuestions } from "./everydayQuestions.ts";
import type { Catalog, Listed } from "./publishCatalog.ts";
import { answerWrongly, askInVain, takeAndLeave, victimOf } from "./seedFaults.ts";
import type { SeededFeed } from "./seedFeed.ts";
import { seedFeed } from "./seedFeed.ts";
import { askForExit, delegate } from "./seedStake.ts";
import type { Town } from "./town.ts";

/** How many days the chain has behind it when the page opens. */
export const DAYS = 14;

/** What a seed left, by which tests and people find it. */
export type History = {
  /** A request for each policy that was asked for, the first one. */
  readonly requests: ReadonlyMap<string, RequestId>;
  /** The second release of the model of credit. */
  readonly network: Listed;
  readonly overturned: RequestId;
  readonly refunded: RequestId;
  readonly missed: RequestId;
  readonly feed: string;
};

/** What a history is made of beside the town: everything that can be asked, and what comes later. */
export type HistoryPlan = {
  readonly catalog: Pick<Catalog, "tree" | "eth" | "brent" | "digits">;
  readonly publishNetwork: () => Promise<Listed>;
  /** Questions of a day, at the beginning. */
  readonly perDay: number;
  /** The second in which the first day begins. */
  readonly start: number;
  /** Receipts are kept there. */
  readonly folder: string;
  readonly log: Pick<StepLog, "note">;
  readonly signal: AbortSignal;
};

/** On which day what happens beside the everyday. */
const ON = { delegate: 1, network: 3, vain: 4, liar: 5, idler: 8, exit: 9, deprecate: 10 } as const;

/**
 * Has two weeks pass on a chain: every day its questions and a round of the feed, beside these what goes wrong sometimes. Real operators answer, with real
 * signatures and proofs; what is simulated or of a development set-up says so itself.
 */
export async function seedHistory(town: Town, plan: HistoryPlan): Promise<History> {
  const { chain, requesters } = town;
  const { connection, contracts } = chain;
  const { catalog, start, perDay, folder, log, signal } = plan;
  const requests = new Map<string, RequestId>();
  let network: Listed | undefined;
  let feed: SeededFeed | undefined;
  let overturned: RequestId | undefined;
  let refunded: RequestId | undefined;
  let missed: RequestId | undefined;

  async function everyday(day: number): Promise<void> {
    const questions = everydayQuestions(day, { count: perDay, catalog, network });
    for (const [index, question] of questions.entries()) {
      signal.throwIfAborted();
      await mineAt(connection, start + day * DAY + (index + 1) * 3 * HOUR);
      const requester = requesters[(day + index) % requesters.length];
      if (requester === undefined) continue;
      const { policy } = question;
      const id = await askOnce(town, requester, question).catch((error: unknown) => {
        log.note(`${policy}, not answered: ${messageOf(error)}`);
      });
      if (id !== undefined && !requests.has(policy)) requests.set(policy, id);
    }
  }

  for (let day = 0; day < DAYS; day++) {
    log.note(`day ${day + 1} of ${DAYS}`);
    await mineAt(connection, start + day * DAY + HOUR);
    feed ??= await seedFeed(town, catalog.eth, day);
    await untilAnswered(victimOf(town), await feed.run(day));
    if (day === ON.delegate) await delegate(town);
    if (day === ON.network) network = await plan.publishNetwork();
    if (day === ON.vain) refunded = await askInVain(town, catalog.eth);
    if (day === ON.liar) overturned = await answerWrongly(town, catalog.tree);
    if (day === ON.idler) missed = await takeAndLeave(town, catalog.eth);
    if (day === ON.exit) await askForExit(town);
    if (day === ON.deprecate && network !== undefined)
      await (
        await contracts.models.deprecate(
          catalog.tree.id,
          network.id,
          "A network that errs less often takes its place.",
        )
      ).wait();
    if (day === ON.vain + 1 && refunded !== undefined) await victimOf(town).sdk.refund(refunded);
    if (day === ON.idler + 1 && missed !== undefined) await victimOf(town).sdk.refund(missed);
    await everyday(day);
  }
  await mineAt(connection, start + DAYS * DAY);
  await keepReceipts(town, requests, folder);
  if (!network || !overturned || !refunded || !missed || !feed)
    throw new Error("a day was left out");
  return { requests, network, overturned, refunded, missed, feed: feed.address };
}

/** Keeps a receipt for each policy whose answers have one, as files to be dropped on Verify. */
async function keepReceipts(
  town: Town,
  requests: ReadonlyMap<string, RequestId>,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [policy, id] of requests) {
    if (policy.startsWith("quorum")) continue; // no receipt shows what a panel saw
    const { receipt } = await victimOf(town).sdk.receipt.fetch(id);
    const name = `${policy.replaceAll(/[^a-z0-9]+/gi, "-")}.json`;
    await writeFile(join(folder, name), `${serializeReceipt(receipt)}\n`);
  }
}
