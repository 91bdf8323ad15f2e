import { proverLine } from "@vouch/prover";
import { pino } from "pino";
import type { WorkerConfig } from "../config/workerConfig.ts";
import { openDaemon } from "../daemon/openDaemon.ts";
import { runDaemon } from "../daemon/runDaemon.ts";
import { openKey } from "../openKey.ts";
import { stopSignals } from "../stopSignals.ts";
import type { Env } from "./runProgram.ts";
import type { Terminal } from "./terminal.ts";

/** Serves until it is told to stop. */
export async function serve(config: WorkerConfig, env: Env, { out }: Terminal): Promise<void> {
  const log = pino({ level: config.observe.log }, pino.destination(2));
  const signer = await openKey(config.key, env);
  const opened = await openDaemon(config, { signer, log });
  const { operator, deployment, releases } = opened;
  const signals = stopSignals();
  const isEnded = await runDaemon(opened, config.observe, { env, log, signals }, (url) => {
    const chain = `chain ${deployment.chainId}`;
    out(`Operator ${operator} serves ${releases.ids.length} release(s) on ${chain}.`);
    out(`Prover: ${proverLine()}.`);
    if (url !== undefined) out(`Status at ${url}/status, metrics at ${url}/metrics.`);
  });
  // What cannot be interrupted must not keep the process.
  if (!isEnded) process.exit(0);
}
