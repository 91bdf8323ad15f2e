import { proverLine, terminate } from "@vouch/prover";
import type { Hex, ReleaseId } from "@vouch/protocol";
import type { Enclave } from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseChoice, parseWei } from "../arguments.ts";
import { enoughFor } from "../enoughFor.ts";
import { inRed } from "../markWeak.ts";
import type { Chain } from "../openChain.ts";
import { accountAt, openChain } from "../openChain.ts";
import type { TaskEnclaveOptions } from "../openTaskEnclave.ts";
import { ENCLAVE_CHOICES } from "../openTaskEnclave.ts";
import type { OpenedWorker } from "../openWorker.ts";
import { ensureStake, openWorker } from "../openWorker.ts";
import { daemonConfig, operatorKey, runTaskDaemon } from "../taskDaemon.ts";

type Args = {
  readonly stake: string;
  readonly minFee: string;
  readonly account: string;
  readonly keyFile: string;
  readonly settings: string;
  readonly enclave: string;
  readonly collateral: string;
  readonly retireKey: boolean;
  readonly once: boolean;
  readonly json: boolean;
};

/** Runs the operator's daemon until it is told to stop, or once. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const stake = parseWei("stake", args.stake);
  if (args.minFee !== "") parseWei("min-fee", args.minFee);
  const enclave = {
    choice: parseChoice("enclave", args.enclave, ENCLAVE_CHOICES),
    root: hre.config.paths.root,
    collateral: args.collateral,
    retire: args.retireKey,
  };
  const chain = await openChain(hre);
  try {
    // A chain within this process has no endpoint that a daemon could ask, and nothing of it outlives the process.
    if (chain.inProcess) await drive(chain, stake, enclave, args);
    else await runOn(chain, stake, enclave, args, hre);
  } finally {
    await terminate();
  }
}

type EnclaveArgs = Omit<TaskEnclaveOptions, "log" | "say">;

async function runOn(
  chain: Chain,
  stake: bigint,
  enclave: EnclaveArgs,
  args: Args,
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const config = await daemonConfig(chain, hre, args);
  const hasFile = config.key.file !== "";
  const address = hasFile ? "" : (await accountAt(chain, args.account)).address;
  const key = await operatorKey(config, address, chain, hre);
  if (key === undefined) {
    console.error(inRed(`ONLY THE NODE HAS THE KEY of ${address}: this is no daemon.`));
    console.error(
      "Requests are served one after the other, by no queue and no journal, and what a killed process sent may be sent again. Name the key by --key-file, or give it to the network: `npx hardhat keystore set`, and `accounts` in hardhat.config.ts.",
    );
    await drive(chain, stake, enclave, args);
    return;
  }
  const signer = key.connect(chain.connection.ethers.provider);
  await enoughFor(chain, signer, stake);
  await ensureStake(chain, signer, stake);
  const say = (text: string): void => {
    if (!args.json) console.log(text);
  };
  const { once, json } = args;
  const served = await runTaskDaemon(config, key, { once, enclave, say });
  if (once) report({ operator: key.address, ...served }, json);
}

/** Serves by a worker without a store; once, where the chain ends with the process. */
async function drive(chain: Chain, stake: bigint, enclave: EnclaveArgs, args: Args): Promise<void> {
  const signer = await accountAt(chain, args.account);
  await enoughFor(chain, signer, stake);
  await ensureStake(chain, signer, stake);
  const opened = await openWorker(chain, signer, {
    minFee: parseWei("min-fee", args.minFee === "" ? "0" : args.minFee),
    ...{ silent: args.json, enclave },
  });
  await serve(opened, chain, signer.address, args).finally(opened.close);
}

async function serve(
  { worker, releases, enclave }: OpenedWorker,
  { deployment, inProcess }: Chain,
  operator: string,
  { json, once }: Args,
): Promise<void> {
  const looksOnce = once || inProcess;
  if (!json) {
    console.log(
      `Operator ${operator} serves ${releases.size} release(s) on chain ${deployment.chainId}.`,
    );
    console.log(`Prover: ${proverLine()}.`);
    if (!looksOnce) console.log("Stop with Ctrl-C: a request under way is finished first.");
  }
  if (!looksOnce) return worker.start(stopSignal());
  const open = await worker.poll();
  await enclave?.stop();
  report({ operator, releases: [...releases.keys()], enclave, open }, json);
}

function report(
  {
    operator,
    releases,
    enclave,
    open,
  }: {
    readonly operator: string;
    readonly releases: readonly ReleaseId[];
    readonly enclave: Pick<Enclave, "key" | "measurement" | "simulated"> | undefined;
    readonly open: number;
  },
  json: boolean,
): void {
  if (json) {
    const facts = { operator, releases, enclave: enclaveFacts(enclave), open };
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(
    open === 0 ? "Nothing left to serve." : `${open} request(s) could not be served yet.`,
  );
}

function enclaveFacts(
  enclave: Pick<Enclave, "key" | "measurement" | "simulated"> | undefined,
): { readonly key: Hex; readonly measurement: Hex; readonly simulated: boolean } | null {
  if (enclave === undefined) return null;
  const { key, measurement, simulated } = enclave;
  return { key, measurement, simulated };
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      controller.abort();
    });
  }
  return controller.signal;
}
