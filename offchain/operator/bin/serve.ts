import type { Hex } from "@vouch/protocol";
import type { Env, Terminal } from "@vouch/worker";
import { openKey, stopSignals } from "@vouch/worker";
import { pino } from "pino";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { openOperator } from "../openOperator.ts";
import { runOperator } from "../runOperator.ts";

/** Works and serves HTTP until it is told to stop. */
export async function serve(config: OperatorConfig, env: Env, { out }: Terminal): Promise<void> {
  const log = pino({ level: config.observe.log }, pino.destination(2));
  const { keyFile: file, passwordFile, passwordEnv } = config.payments.facilitator;
  const signer = await openKey(config.key, env);
  const key = signer.privateKey as Hex;
  const facilitator =
    file === "" ? undefined : await openKey({ file, passwordFile, passwordEnv }, env);
  const opened = await openOperator(config, { signer, key, facilitator, env, log });
  const { catalog, daemon } = opened;
  const signals = stopSignals();
  const isEnded = await runOperator(opened, config, { env, log, signals }, ({ http, status }) => {
    const chain = `chain ${daemon.deployment.chainId}`;
    out(`Operator ${daemon.operator} serves ${daemon.releases.ids.length} release(s) on ${chain}.`);
    if (status !== undefined) out(`Status at ${status}/status, metrics at ${status}/metrics.`);
    out(`Gateway at ${http} sells ${catalog.list().length} release(s).`);
  });
  // What cannot be interrupted must not keep the process.
  if (!isEnded) process.exit(0);
}
