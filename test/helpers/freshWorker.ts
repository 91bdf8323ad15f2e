import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import type { Enclave, ServedRelease, SignLog, Worker, WorkerEvent } from "@vouch/worker";
import { createWorker, loadedReleases, noCursor, openSignLog } from "@vouch/worker";
import { pino } from "pino";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Scenario } from "./creditScenario.ts";
import { noOpenings } from "./noOpenings.ts";

/** What of a worker is another than usual. */
export type FreshWorkerOptions = {
  readonly signLog?: SignLog;
  readonly releases?: ReadonlyMap<ServedRelease["id"], ServedRelease>;
  readonly enclave?: Enclave;
};

/** Another process of the scenario's operator: no memory but the chain and what is passed. */
export function freshWorker(
  { chain, cast, served }: Scenario,
  change: FreshWorkerOptions = {},
): { readonly worker: Worker; readonly events: WorkerEvent[] } {
  const events: WorkerEvent[] = [];
  const worker = createWorker(
    { startBlock: 0, pollIntervalMs: 10 },
    {
      signer: cast.operator,
      operator: cast.operator.address.toLowerCase() as Hex,
      contracts: contractsAs(chain, cast.operator),
      domain: chain.domain,
      home: chain.home,
      openings: noOpenings(),
      releases: loadedReleases(change.releases ?? new Map([[served.id, served]])),
      signLog: change.signLog ?? temporarySignLog(),
      ...(change.enclave === undefined ? {} : { enclave: change.enclave }),
      cursor: noCursor,
      log: pino({ level: "silent" }),
      onEvent: (event) => events.push(event),
    },
  );
  return { worker, events };
}

/** A sign log that starts empty. */
export function temporarySignLog(): SignLog {
  return openSignLog(join(mkdtempSync(join(tmpdir(), "vouch-")), "signed.jsonl"));
}
