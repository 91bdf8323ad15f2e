import { terminate } from "@vouch/prover";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseChoice, parseWei } from "../arguments.ts";
import { enoughFor } from "../enoughFor.ts";
import type { Chain } from "../openChain.ts";
import { accountAt, openChain } from "../openChain.ts";
import { ENCLAVE_CHOICES } from "../openTaskEnclave.ts";
import type { OpenedWorker } from "../openWorker.ts";
import { ensureStake, openWorker } from "../openWorker.ts";

type Args = {
  readonly stake: string;
  readonly minFee: string;
  readonly account: string;
  readonly enclave: string;
  readonly collateral: string;
  readonly retireKey: boolean;
  readonly once: boolean;
  readonly json: boolean;
};

/** Runs the daemon until it is told to stop, or once. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const stake = parseWei("stake", args.stake);
  const choice = parseChoice("enclave", args.enclave, ENCLAVE_CHOICES);
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  await enoughFor(chain, signer, stake);
  await ensureStake(chain, signer, stake);

  try {
    const opened = await openWorker(chain, signer, {
      minFee: parseWei("min-fee", args.minFee),
      silent: args.json,
      enclave: {
        choice,
        root: hre.config.paths.root,
        collateral: args.collateral,
        retire: args.retireKey,
      },
    });
    await serve(opened, chain, signer.address, args).finally(opened.close);
  } finally {
    await terminate();
  }
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
    if (!looksOnce) console.log("Stop with Ctrl-C: a request under way is finished first.");
  }
  if (!looksOnce) return worker.start(stopSignal());
  const open = await worker.poll();
  await enclave?.stop();
  if (json) {
    const { key, measurement, simulated } = enclave ?? {};
    const facts = {
      operator,
      releases: [...releases.keys()],
      enclave: enclave === undefined ? null : { key, measurement, simulated },
      open,
    };
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(
    open === 0 ? "Nothing left to serve." : `${open} request(s) could not be served yet.`,
  );
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
