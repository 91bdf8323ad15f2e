import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@vouch/protocol";
import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { openStore } from "@vouch/queue";
import { castOf } from "../../../scripts/demo/scenario.ts";
import { SILENT } from "../stores.ts";
import { openEnds, readBooks } from "./books.ts";
import { faultsOf, perform, resourceOf } from "./faults.ts";
import type { Asked, Load } from "./load.ts";
import { createLoad } from "./load.ts";
import { ifDown, watchProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { reconcile, standingOf } from "./reconcile.ts";
import type { FaultRecord, ReconciledRow, SoakReport } from "./report.ts";
import type { PlannedFault } from "./schedule.ts";
import { drawFrom, planFaults } from "./schedule.ts";
import type { SoakSite } from "./site.ts";
import { openSoakSite } from "./site.ts";
import type { TwinRecord } from "./twin.ts";
import { untilNoneLeft } from "./untilNoneLeft.ts";

export type SoakOptions = {
  readonly seed: number;
  /** Seconds of faults; what was asked until then is brought to an end behind them. */
  readonly seconds: number;
  /** Milliseconds between requests. */
  readonly askMs: number;
  /** Where it says what it does. */
  readonly say: (line: string) => void;
  /** Takes all that the workers said. */
  readonly onLog?: (text: string) => void;
};

/** Milliseconds without any change behind the last fault until the rest is given up. */
const STALL_MS = 180_000;
const LIABILITY_SECONDS = 3 * 86_400;
const FREED_AT_ONCE = 50;

/** Has an operator serve under faults that the seed decides, and reconciles all accounts when everything is final. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const site = await openSoakSite(options.say);
  const over = new AbortController();
  try {
    return await soak(options, site, over);
  } finally {
    over.abort(); // where it failed, nobody else has told those who watch and ask
    await site.close();
    options.onLog?.([site.workers, site.till?.gateway].map((it) => it?.text() ?? "").join("\n"));
  }
}

async function soak(
  { seed, seconds, askMs, say }: SoakOptions,
  site: SoakSite,
  over: AbortController,
): Promise<SoakReport> {
  const { node, chain, contracts, payers, keeper, operator, transcript } = site;
  const { publisher } = await castOf(chain);
  const began = performance.now();
  const nowMs = (): number => Math.round(performance.now() - began);
  const from = Number(await node.ask("eth_blockNumber", [])) + 1;
  const before = await standingOf(operator, contracts);

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
  const signal = AbortSignal.any([over.signal, enough.signal]);
  const asking = awaitedLater(askEvery(askMs, nowMs, site, load, signal));
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
  const unfinished = [
    ...(await untilFinal(site, load)),
    ...((await site.till?.settled(STALL_MS)) ?? []),
    ...(await untilIdle(site)),
  ];
  say(`all final at ${(nowMs() / 1_000).toFixed(1)} s`);
  const endMs = nowMs();
  over.abort();
  await Promise.all([pumping, progress.done]);
  const ownEnds = [...site.workers.ownEnds, ...(site.till?.gateway.ownEnds ?? [])];
  const till = (await site.till?.reconcile()) ?? [];
  await Promise.all([site.workers.close(), site.till?.gateway.close()]);

  await freeAll(site, load);
  const transcripts = [transcript, ...twins.map((it) => it.transcript)];
  const parties = { contracts, payers, operator, transcripts, from, before };
  const reconciled = await reconcile({
    ...parties,
    asked: load.asked,
    publisher: publisher.address.toLowerCase() as Hex,
  });
  const { url } = site.database ?? {};
  const { asked } = load;
  const { domain } = chain;
  const sold = site.till?.answered() ?? new Set<Hex>();
  const writers = { domain, contracts, operator, transcript, twins };
  const books = url === undefined ? [] : await readBooks({ ...writers, url, asked, from, sold });
  return {
    ...{ seed, seconds, node: node.name },
    blocks: progress.head() - from,
    asked: load.asked.length,
    sold: sold.size,
    fulfilled: reconciled.fulfilled.length,
    refunded: reconciled.refunded,
    refused: reconciled.refused,
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

/** Signs requests at a steady rate. */
async function askEvery(
  everyMs: number,
  nowMs: () => number,
  site: SoakSite,
  load: Load,
  signal: AbortSignal,
): Promise<void> {
  const { node } = site;
  for (let at = 0; !signal.aborted; at += everyMs) {
    await delay(Math.max(0, at - nowMs()));
    // A little behind the chain's time, which a reorganisation may set back.
    if (node.isUp()) await load.ask(Math.floor(Date.now() / 1_000) - 2);
    site.till?.ask();
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

const FINAL: ReadonlySet<string> = new Set(["fulfilled", "overturned", "cancelled", "expired"]);

/** Waits until every request is final, or never was made; what nobody locked in time is given back. Names what is not. */
function untilFinal({ contracts }: SoakSite, load: Load): Promise<readonly string[]> {
  const { requests } = contracts;
  const provider = requests.runner?.provider;
  const expiring = new Set<Asked>();
  let rest: readonly Asked[] = load.asked;

  return untilNoneLeft(async () => {
    await load.pump().catch(ifDown);
    const now = (await provider?.getBlock("latest"))?.timestamp ?? 0;
    const open: Asked[] = [];
    const words: string[] = [];
    for (const asked of rest) {
      const { id, kind, params, payer, nonce } = asked;
      const status = enumName(REQUEST_STATUSES, await requests.statusOf(id));
      if (FINAL.has(status)) continue;
      const hash = payer.hashes[nonce];
      const receipt = hash === undefined ? null : await provider?.getTransactionReceipt(hash);
      if (status === "none" && receipt?.status === 0) continue; // it came too late
      open.push(asked);
      words.push(`${kind} ${id} is ${status}`);
      if (status !== "open" || now <= params.lockDeadline || expiring.has(asked)) continue;
      expiring.add(asked);
      await load.expire(asked);
    }
    rest = open;
    return words;
  }, STALL_MS);
}

/** Waits until the operator's processes have nothing left to do: what another installation did for them, they find out. */
async function untilIdle({ database }: SoakSite): Promise<readonly string[]> {
  if (database === undefined) return [];
  const store = await openStore({ url: database.url }, { log: SILENT });
  try {
    return await untilNoneLeft(() => openEnds(store), STALL_MS);
  } finally {
    await store.close();
  }
}

/** Lets the term of liability pass and frees what final answers exposed. */
async function freeAll({ node, contracts, keeper }: SoakSite, load: Load): Promise<void> {
  const { requests } = contracts;
  await node.ask("evm_increaseTime", [LIABILITY_SECONDS + 1]);
  await node.ask("evm_mine", []);
  const fulfilled: string[] = [];
  for (const { id } of load.asked)
    if (enumName(REQUEST_STATUSES, await requests.statusOf(id)) === "fulfilled") fulfilled.push(id);
  const to = (await requests.getAddress()).toLowerCase() as Hex;
  let last = -1;
  for (let first = 0; first < fulfilled.length; first += FREED_AT_ONCE) {
    const ids = fulfilled.slice(first, first + FREED_AT_ONCE);
    const data = requests.interface.encodeFunctionData("freeStake", [ids]) as Hex;
    last = await keeper.push({ to, data });
  }
  while ((await keeper.pump()) <= last) await delay(200);
}
