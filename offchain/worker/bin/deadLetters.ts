import { join } from "node:path";
import { openEndpoints } from "@vouch/chain";
import { openHome } from "@vouch/publisher";
import type { Store } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { pino } from "pino";
import type { WorkerConfig } from "../config/workerConfig.ts";
import { readDeployment } from "../daemon/readDeployment.ts";
import { STEP_POLICIES } from "../daemon/stepQueues.ts";
import { openKey } from "../openKey.ts";
import type { Env } from "./runProgram.ts";
import type { Terminal } from "./terminal.ts";

/** Lists the requests that were given up, oldest first; returns the exit status. */
export async function listDead(config: WorkerConfig, env: Env, { out }: Terminal): Promise<number> {
  await withStore(config, env, async (store) => {
    const letters = await store.listDeadLetters();
    if (letters.length === 0) out("No dead letters.");
    for (const { id, queue, key, attempts, reason, diedAt } of letters) {
      out(`${id}  ${diedAt.toISOString()}  ${queue}  ${key}  after ${attempts} attempt(s)`);
      out(`    ${reason.code}: ${reason.message}`);
    }
  });
  return 0;
}

/** Puts dead letters back into their queues; returns the exit status. */
export async function retryDead(
  which: string | undefined,
  config: WorkerConfig,
  env: Env,
  { out, err }: Terminal,
): Promise<number> {
  if (which === undefined) {
    err("Name a dead letter by its id, or `all`: `dead-letters` lists them.");
    return 2;
  }
  await withStore(config, env, async (store) => {
    const count = await store.retryDeadLetter(which);
    out(`${count} put back.`);
  });
  return 0;
}

/** The embedded database has one process: these commands need that one to be stopped; PostgreSQL takes any number. */
async function withStore(
  config: WorkerConfig,
  env: Env,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const log = pino({ level: config.observe.log }, pino.destination(2));
  const { url } = config.database;
  const place = url === "" ? { folder: await folderOf(config, env) } : { url };
  const store = await openStore({ ...place, queues: STEP_POLICIES }, { log });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

async function folderOf(config: WorkerConfig, env: Env): Promise<string> {
  const provider = await openEndpoints(config.chain.rpc);
  try {
    const { chainId } = await provider.getNetwork();
    const { anchor } = readDeployment(config.deployment, chainId);
    const { address } = await openKey(config.key, env);
    const { operators } = openHome(config.home);
    return join(operators, address.toLowerCase(), `${chainId}-${anchor}`, "store");
  } finally {
    provider.destroy();
  }
}
