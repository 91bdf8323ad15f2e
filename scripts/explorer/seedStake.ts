import { connectContracts } from "@vouch/protocol";
import type { Town } from "./town.ts";

const ETHER = 10n ** 18n;
const COMMISSION_BPS = 1_000;

/** Two operators open pools for delegated stake, and two accounts delegate to them. */
export async function delegate({ chain, local, delegators }: Town): Promise<void> {
  const { deployment, connection } = chain;
  const { ethers } = connection;
  for (const [index, { signer }] of local.operators.slice(0, 2).entries()) {
    const { vault } = connectContracts(deployment, signer);
    await (await vault.announceCommission(COMMISSION_BPS)).wait();
    await (await vault.openPool()).wait();
    for (const delegator of delegators.slice(index)) {
      const amount = ETHER * BigInt(3 + 4 * index);
      const asset = await ethers.getContractAt("WrappedNative", await vault.asset(), delegator);
      const pool = await vault.sharesOf(signer.address);
      await (await asset.deposit({ value: amount })).wait();
      await (await asset.approve(pool, amount)).wait();
      const shares = await ethers.getContractAt("OperatorShares", pool, delegator);
      await (await shares.deposit(amount, delegator.address)).wait();
    }
  }
}

/** An operator asks for a part of its stake back, which stays for three weeks. */
export async function askForExit({ chain, local }: Town): Promise<void> {
  const last = local.operators.at(-1);
  if (last === undefined) return;
  const { vault } = connectContracts(chain.deployment, last.signer);
  await (await vault.requestExit(2n * ETHER)).wait();
}
