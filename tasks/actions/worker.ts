import { terminate } from "@vouch/prover";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseChoice, parseWei } from "../arguments.ts";
import { enoughFor } from "../enoughFor.ts";
import { accountAt, openChain } from "../openChain.ts";
import { ENCLAVE_CHOICES } from "../openTaskEnclave.ts";
import { ensureStake, openWorker } from "../openWorker.ts";
import { TaskError } from "../taskError.ts";

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

  const { worker, releases, enclave, close } = await openWorker(chain, signer, {
    minFee: parseWei("min-fee", args.minFee),
    silent: args.json,
    enclave: {
      choice,
      root: hre.config.paths.root,
      collateral: args.collateral,
      retire: args.retireKey,
    },
  });
  try {
    if (releases.size === 0) {
      throw new TaskError(
        "NOTHING_PUBLISHED",
        "No release of the local store is on this chain. Publish one with `npx hardhat model:publish`, or copy its bundle.",
      );
    }
    const once = args.once || chain.inProcess;
    if (!args.json) {
      console.log(
        `Operator ${signer.address} serves ${releases.size} release(s) on chain ${chain.deployment.chainId}.`,
      );
      if (!once) console.log("Stop with Ctrl-C: a request under way is finished first.");
    }
    if (once) {
      const open = await worker.poll();
      await enclave?.stop();
      if (args.json) {
        const { key, measurement, simulated } = enclave ?? {};
        const facts = {
          operator: signer.address,
          releases: [...releases.keys()],
          enclave: enclave === undefined ? null : { key, measurement, simulated },
          open,
        };
        console.log(JSON.stringify(facts));
      } else
        console.log(
          open === 0 ? "Nothing left to serve." : `${open} request(s) could not be served yet.`,
        );
    } else {
      await worker.start(stopSignal());
    }
  } finally {
    await close();
    await terminate();
  }
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
