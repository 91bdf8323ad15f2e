import { enoughFor } from "../enoughFor.ts";
import { parseWei } from "../arguments.ts";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = {
  readonly add: string;
  readonly bond: string;
  readonly exit: string;
  readonly withdraw: boolean;
  readonly account: string;
  readonly json: boolean;
};

/** Shows an operator's stake, after changing it where asked to. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const { vault, requests, signatures } = contractsAs(chain, signer);
  if (args.add !== "") {
    const value = parseWei("add", args.add);
    await enoughFor(chain, signer, value);
    await (await vault.stake({ value })).wait();
    for (const holder of [requests, signatures]) {
      if ((await vault.authorisedSince(signer.address, holder)) === 0n)
        await (await vault.authorise(holder, true)).wait();
    }
  }
  if (args.bond !== "") await (await signatures.post(parseWei("bond", args.bond))).wait();
  if (args.exit !== "") await (await vault.requestExit(parseWei("exit", args.exit))).wait();
  if (args.withdraw) await (await vault.withdrawExit(signer.address)).wait();

  const [stake, exposed, exit] = await Promise.all([
    vault.stakeOf(signer.address),
    vault.exposureOf(signer.address),
    vault.exitOf(signer.address),
  ]);
  const facts = {
    operator: signer.address,
    stake: stake.own.toString(),
    delegated: stake.delegated.toString(),
    free: (await vault.freeOwnStakeOf(signer.address)).toString(),
    exposed: exposed.own.toString(),
    bond: (await signatures.bondOf(signer.address)).toString(),
    bondLapsesAt: Number(await signatures.lapsesAtOf(signer.address)),
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
  console.log(`  behind it, delegated by others: ${facts.delegated}`);
  console.log(
    facts.bond === "0"
      ? "  no bond stands behind what it signs: --bond posts one"
      : `  bond     ${facts.bond}, until ${new Date(facts.bondLapsesAt * 1000).toISOString()}`,
  );
  if (exit.amount > 0n) {
    console.log(
      `  exiting  ${facts.exiting}, available from ${new Date(facts.exitAvailableAt * 1000).toISOString()}`,
    );
  }
  if (chain.inProcess) console.log("  (in-process chain: this stake ends with the process)");
}
