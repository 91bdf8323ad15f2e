import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@vouch/protocol";
import { castOf } from "../../../scripts/demo/scenario.ts";
import { readBooks } from "./books.ts";
import { drawPurchase } from "./customers.ts";
import { faultsOf, perform, resourceOf } from "./faults.ts";
import { freeAll, untilOver } from "./finish.ts";
import type { Load } from "./load.ts";
import { createLoad } from "./load.ts";
import { ifDown, watchProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { reconcile, standingOf } from "./reconcile.ts";
import type { FaultRecord, ReconciledRow, SoakReport } from "./report.ts";
import type { Draw, PlannedFault } from "./schedule.ts";
import { drawFrom, planFaults } from "./schedule.ts";
import type { SoakSite } from "./site.ts";
import { openSoakSite } from "./site.ts";
import type { Purchase } from "./till.ts";
import { escrowedOf, reconcileTill, soldOf } from "./tillRows.ts";
import type { TwinRecord } from "./twin.ts";

export type SoakOptions = {
  readonly seed: number;
  /** Seconds of faults; what was asked until then is brought to an end behind them. */
  readonly seconds: number;
  /** Milliseconds between requests. */
  readonly askMs: number;
  /**
   * Blocks that workers count on to be taken back, a second each: so long does a transaction wait whose nonce another installation
   * used. Their default where absent.
   */
  readonly reorgDepth?: number;
  /** Where it says what it does. */
  readonly say: (line: string) => void;
  /** Takes all that the workers said. */
  readonly onLog?: (text: string) => void;
};

/** Requests on the chain that wait at once: on a machine that is too busy for more, others would expire. */
const MOST_WAITING = 400;

/** Has an operator serve under faults that the seed decides, and reconciles all accounts when everything is final. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const site = await openSoakSite(options.say, options.reorgDepth);
  const over = new AbortController();
  try {
    return await soak(options, site, over);
  } finally {
    over.abort(); // where it failed, nobody else has told those who watch and ask
    await site.close();
    options.onLog?.(
      [site.workers, site.shop?.till.gateway].map((it) => it?.text() ?? "").join("\n"),
    );
  }
}

async function soak(
  { seed, seconds, askMs, say }: SoakOptions,
  site: SoakSite,
  over: AbortController,
): Promise<SoakReport> {
  const { node, chain, contracts, ledger, payers, keeper, operator, transcript, shop } = site;
  const { publisher } = await castOf(chain);
  const began = performance.now();
  const nowMs = (): number => Math.round(performance.now() - began);
  const from = Number(await node.ask("eth_blockNumber", [])) + 1;
  const before = await standingOf(operator, contracts, ledger);

  const tellHeads = (): void => {
    for (const endpoint of site.endpoints) endpoint.tellHead();
  };
  const progress = watchProgress(node, tellHeads, nowMs, over.signal);
  const load = createLoad(chain, site.model, { payers, keeper }, drawFrom(seed + 1));
  const pumping = awaitedLater(pump(site, load, over.signal));

  const planned = planFaults(seed, seconds * 1_000, faultsOf(site));
  say(
    `seed ${String(seed)}: ${String(planned.length)} faults in ${String(seconds)} s on ${node.name}`,
  );
  for (const it of planned)
    say(
      `  ${(it.atMs / 1_000).toFixed(1)} s  ${it.name} (target ${String(it.target)}, ${String(it.amount)}, ${String(it.forMs)} ms)`,
    );
  const enough = new AbortController();
  const draw = drawFrom(seed + 2);
  const signal = AbortSignal.any([over.signal, enough.signal]);
  const asking = awaitedLater(askEvery(askMs, nowMs, site, { load, progress }, draw, signal));
  const twins: TwinRecord[] = [];
  const faults = await inject(planned, nowMs, (it) =>
    perform(it, site, (twin) => twins.push(twin)),
  );
  await delay(Math.max(0, seconds * 1_000 - nowMs()));
  enough.abort(); // only now: without requests a fault shows nothing, however long it lasts on a busy machine
  await asking;
  say(
    `${String(faults.length)} faults over at ${(nowMs() / 1_000).toFixed(1)} s, ${String(load.asked.length)} requests made`,
  );
  const unfinished = await untilOver(site, load);
  say(`all final at ${(nowMs() / 1_000).toFixed(1)} s`);
  const endMs = nowMs();
  over.abort();
  await Promise.all([pumping, progress.done]);
  const ownEnds = [...site.workers.ownEnds, ...(shop?.till.gateway.ownEnds ?? [])];
  const purchases = shop?.till.purchases ?? [];
  const till = shop === undefined ? [] : await reconcileTill({ ...shop, contracts, purchases });
  await Promise.all([site.workers.close(), shop?.till.gateway.close()]);

  await freeAll(site, load);
  const transcripts = [transcript, ...twins.map((it) => it.transcript)];
  const escrowed = escrowedOf(purchases);
  const parties = { contracts, ledger, payers, operator, transcripts, from, before };
  const reconciled = await reconcile({
    ...parties,
    asked: load.asked,
    escrowed: new Set(escrowed.map(({ id }) => id)),
    publisher: publisher.address.toLowerCase() as Hex,
  });
  const { url } = site.database ?? {};
  const asked = [...load.asked.map(({ id, params }) => ({ id, input: params.input })), ...escrowed];
  const { domain } = chain;
  const sold = soldOf(purchases);
  const writers = { domain, contracts, operator, transcript, twins };
  const books = url === undefined ? [] : await readBooks({ ...writers, url, asked, from, sold });
  return {
    ...{ seed, seconds, node: node.name },
    blocks: progress.head() - from,
    asked: load.asked.length,
    sold: countedBy(purchases),
    fulfilled: reconciled.fulfilled.length,
    refunded: reconciled.refunded,
    refused: reconciled.refused,
    reverted: reconciled.reverted,
    perMinute: Math.round((reconciled.fulfilled.length / endMs) * 60_000),
    faults: faults.map((it) => recordOf(it, progress)),
    rows: [...reconciled.rows, ...till, ...books, ...rowsOf(twins)],
    lockedUnaware: twins.reduce((sum, { locksBefore }) => sum + locksBefore, 0),
    ownEnds,
    unfinished,
  };
}

/** A failure is told of where the promise is awaited. */
function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Counts purchases by how they are paid for. */
function countedBy(purchases: readonly Purchase[]): SoakReport["sold"] {
  const kinds = purchases.map(({ question }) => question.kind);
  return Object.fromEntries(
    [...new Set(kinds)].map((kind) => [kind, kinds.filter((it) => it === kind).length]),
  );
}

/** Signs requests at a steady rate while no more wait than should, and buys by HTTP in ways that are drawn. */
async function askEvery(
  everyMs: number,
  nowMs: () => number,
  site: SoakSite,
  { load, progress }: { readonly load: Load; readonly progress: Pick<Progress, "seen"> },
  draw: Draw,
  signal: AbortSignal,
): Promise<void> {
  const { node, shop } = site;
  const waiting = (): number =>
    load.asked.filter(({ kind }) => kind === "ordinary").length - progress.seen.length;
  for (let at = 0; !signal.aborted; at += everyMs) {
    await delay(Math.max(0, at - nowMs()));
    // A little behind the chain's time, which a reorganisation may set back.
    if (node.isUp() && waiting() < MOST_WAITING) await load.ask(Math.floor(Date.now() / 1_000) - 2);
    shop?.till.ask(drawPurchase(draw));
  }
}

/** Hands the node, twice a second, what it has not mined yet. */
async function pump({ node }: SoakSite, load: Load, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (node.isUp()) await load.pump().catch(ifDown);
    await delay(500);
  }
}

function rowsOf(twins: readonly TwinRecord[]): readonly ReconciledRow[] {
  const count = (what: string, expected: number, found: number): ReconciledRow => ({
    ...{ what, unit: "count", expected: BigInt(expected), found: BigInt(found) },
  });
  const locks = twins.reduce((sum, { locksAfter }) => sum + locksAfter, 0);
  return [
    count(
      "keys in use elsewhere found out",
      twins.length,
      twins.filter((it) => it.isDetected).length,
    ),
    count("requests locked by who knows that its key is shared", 0, locks),
  ];
}

type Performed = PlannedFault & { readonly beganMs: number; readonly endedMs: number };

/** Does what is planned, each at its time; what needs something that is not back yet is left out. */
async function inject(
  planned: readonly PlannedFault[],
  nowMs: () => number,
  act: (fault: PlannedFault) => Promise<void>,
): Promise<readonly Performed[]> {
  const busy = new Set<string>();
  const performed: Promise<Performed>[] = [];
  for (const fault of planned) {
    await delay(Math.max(0, fault.atMs - nowMs()));
    const resource = resourceOf(fault);
    if (busy.has(resource)) continue;
    busy.add(resource);
    performed.push(awaitedLater(timed(fault).finally(() => busy.delete(resource))));
  }
  await Promise.allSettled(performed); // none of them goes on where another failed and the site is closed
  return Promise.all(performed);

  async function timed(fault: PlannedFault): Promise<Performed> {
    const beganMs = nowMs();
    await act(fault);
    return { ...fault, beganMs, endedMs: nowMs() };
  }
}

function recordOf(it: Performed, { seen }: Progress): FaultRecord {
  const next = seen.find(({ atMs }) => atMs > it.endedMs);
  return {
    atMs: it.beganMs,
    what: it.name,
    target: it.target,
    lastedMs: it.endedMs - it.beganMs,
    recoveredMs: next === undefined ? undefined : next.atMs - it.beganMs,
  };
}
