import type { Scenario } from "./creditScenario.ts";
import type { FaultyRpc, Upstream } from "./faultyRpc.ts";
import type { ProgramProcess, ProgramSite, Settings } from "./programSite.ts";
import { openProgramSite } from "./programSite.ts";

/** A worker in a process of its own. */
export type DaemonProcess = ProgramProcess;

/** Where the workers of one operator of a scenario work: its chain by HTTP, a store and a key. */
export type DaemonSite = {
  readonly rpc: FaultyRpc;
  /** Folder of what its workers must not lose. */
  readonly home: string;
  /** Starts a worker with more settings; resolves once it serves. */
  readonly start: (settings?: Settings) => Promise<DaemonProcess>;
  /** Runs another command of `vouch-worker` to its end. */
  readonly command: ProgramSite["command"];
  readonly close: () => Promise<void>;
};

/** Opens a site for the operator of a scenario; `home` is where its releases are, `ask` the node behind its endpoint. */
export async function openDaemonSite(
  scenario: Pick<Scenario, "chain">,
  ask?: Upstream,
): Promise<DaemonSite> {
  const site = await openProgramSite(scenario, "offchain/worker/bin/vouch-worker.js", ask);
  const { rpc, command, close } = site;
  return {
    ...{ rpc, command, close },
    home: site.makeHome("home"),
    start: (settings = {}) => site.start(/serves/, settings),
  };
}
