import { setTimeout as delay } from "node:timers/promises";
import type { Faults } from "../faultyRpc.ts";
import type { FaultName, PlannedFault } from "./schedule.ts";
import { FAULTS } from "./schedule.ts";
import type { SoakSite } from "./site.ts";
import type { TwinRecord } from "./twin.ts";
import { startTwin } from "./twin.ts";

/** Returns what can go wrong at a site: what is not there cannot. */
export function faultsOf(site: SoakSite): readonly FaultName[] {
  return FAULTS.filter(
    (name) =>
      !(name === "database killed" && site.database === undefined) &&
      !(name === "node killed" && site.node.crash === undefined) &&
      !(name === "gateway killed" && site.shop === undefined),
  );
}

/** Returns what a fault has for itself while it lasts. */
export function resourceOf({ name, target }: PlannedFault): string {
  switch (name) {
    case "worker killed":
      return `worker ${String(Math.max(target, 0))}`;
    case "gateway killed":
      return "gateway";
    case "key shared":
      return "twin";
    case "database killed":
      return "database";
    case "node killed":
    case "blocks replaced":
      return "node";
    default:
      return "endpoints";
  }
}

/** Does it; returns when it is over, and what was killed runs again. */
export async function perform(
  fault: PlannedFault,
  site: SoakSite,
  onTwin: (twin: TwinRecord) => void,
): Promise<void> {
  const { name, amount, forMs, target } = fault;
  switch (name) {
    case "worker killed":
      return site.workers.restart(Math.max(target, 0), forMs);
    case "gateway killed":
      return site.shop?.till.gateway.restart(0, forMs);
    case "database killed":
      await site.database?.kill();
      await delay(forMs);
      return site.database?.start();
    case "node killed":
      return site.node.crash?.(forMs);
    case "blocks replaced":
      return site.node.reorganise(amount);
    case "endpoint lags":
      return misled(fault, site, { lag: amount });
    case "endpoint slow":
      return misled(fault, site, { delayMs: amount * 200 });
    case "endpoint silent":
      return misled(fault, site, { silent: true });
    case "endpoint busy":
      return misled(fault, site, { status: 429, retryAfter: "1" });
    case "nonce too high":
      return misled(fault, site, { nonceOffset: amount });
    case "nonce too low":
      return misled(fault, site, { nonceOffset: -amount });
    case "transactions swallowed":
      return misled(fault, site, { swallows: true });
    case "sockets dropped":
      for (const endpoint of site.endpoints) endpoint.dropSockets();
      return misled(fault, site, { drops: true });
    case "key shared":
      onTwin(await startTwin(site));
      return;
    default:
      return name satisfies never;
  }
}

/** Has one endpoint, or all of them, behave so for a while. */
async function misled(
  { target, forMs }: PlannedFault,
  { endpoints }: SoakSite,
  change: Partial<Faults>,
): Promise<void> {
  const wrong = endpoints.filter((_, index) => target < 0 || target === index);
  const before = wrong.map(({ faults }) => ({ ...faults }));
  for (const { faults } of wrong) Object.assign(faults, change);
  await delay(forMs);
  for (const [index, { faults }] of wrong.entries()) Object.assign(faults, before[index]);
}
