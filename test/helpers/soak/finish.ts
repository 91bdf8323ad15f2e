import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@vouch/protocol";
import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { Store } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { SILENT } from "../stores.ts";
import { openEnds, openPayments } from "./books.ts";
import type { Asked, Load } from "./load.ts";
import { ifDown } from "./progress.ts";
import type { SoakSite } from "./site.ts";
import { escrowedOf } from "./tillRows.ts";
import { untilNoneLeft } from "./untilNoneLeft.ts";

/** Milliseconds without any change behind the last fault until the rest is given up. */
const STALL_MS = 180_000;
/** The ledger's term of dispute, in which nothing is claimed. */
const DISPUTE_SECONDS = 2 * 86_400;
const LIABILITY_SECONDS = 3 * 86_400;
const FREED_AT_ONCE = 50;

/**
 * Waits until everything that was asked has come to its end, and the operator's processes have nothing left to do; lets the chain's
 * time pass for what waits for that alone. Names what does not come to an end.
 */
export async function untilOver(site: SoakSite, load: Load): Promise<readonly string[]> {
  const till = site.shop?.till;
  const left = [
    ...(await untilFinal(site, load)),
    ...((await till?.served(STALL_MS)) ?? []),
    ...(await untilNothing(site, openEnds)),
  ];
  if (till === undefined || left.length > 0) return left;
  await pass(site, DISPUTE_SECONDS + 1);
  return [
    ...(await till.paid(STALL_MS)),
    ...(await untilNothing(site, openPayments)),
    ...(await untilNothing(site, openEnds)),
  ];
}

async function pass({ node }: SoakSite, seconds: number): Promise<void> {
  await node.ask("evm_increaseTime", [seconds]);
  await node.ask("evm_mine", []);
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

/** Waits until the operator's processes have nothing left of it: what another installation did for them, they find out. */
async function untilNothing(
  { database }: SoakSite,
  left: (store: Store) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  if (database === undefined) return [];
  const store = await openStore({ url: database.url }, { log: SILENT });
  try {
    return await untilNoneLeft(() => left(store), STALL_MS);
  } finally {
    await store.close();
  }
}

/** Lets the term of liability pass and frees what final answers exposed. */
export async function freeAll(site: SoakSite, load: Load): Promise<void> {
  const { contracts, keeper, shop } = site;
  const { requests } = contracts;
  await pass(site, LIABILITY_SECONDS + 1);
  const fulfilled: string[] = [];
  for (const { id } of [...load.asked, ...escrowedOf(shop?.till.purchases ?? [])])
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
