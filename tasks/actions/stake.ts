import { enoughFor } from "../enoughFor.ts";
import { parseWei } from "../arguments.ts";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = {
  readonly add: string;
  readonly exit: string;
  readonly withdraw: boolean;
  readonly account: string;
  readonly json: boolean;
};

/** Shows an operator's stake, after changing it where asked to. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const { vault, requests } = contractsAs(chain, signer);
  if (args.add !== "") {
    const value = parseWei("add", args.add);
    await enoughFor(chain, signer, value);
    await (await vault.stake({ value })).wait();
    const holder = await requests.getAddress();
    if (!(await vault.isAuthorised(signer.address, holder)))
      await (await vault.authorise(holder, true)).wait();
  }
  if (args.exit !== "") await (await vault.requestExit(parseWei("exit", args.exit))).wait();
  if (args.withdraw) await (await vault.withdraw(signer.address)).wait();

  const exit = await vault.exitOf(signer.address);
  const facts = {
    operator: signer.address,
    stake: (await vault.stakeOf(signer.address)).toString(),
    free: (await vault.freeStakeOf(signer.address)).toString(),
    exposed: (await vault.exposureOf(signer.address)).toString(),
    exiting: exit.amount.toString(),
    exitAvailableAt: Number(exit.availableAt),
  };
  if (args.json) {
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(`Operator ${facts.operator} (wei)`);
  console.log(
    `  stake    ${facts.stake}, of which free ${facts.free} and exposed ${facts.exposed}`,
  );
  if (exit.amount > 0n) {
    console.log(
      `  exiting  ${facts.exiting}, available from ${new Date(facts.exitAvailableAt * 1000).toISOString()}`,
    );
  }
  if (chain.inProcess) console.log("  (in-process chain: this stake ends with the process)");
}
