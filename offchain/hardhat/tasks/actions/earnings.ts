import { NATIVE_TOKEN, connectLedger, parseAddress } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, openChain } from "../openChain.ts";
import { showEarnings } from "../showEarnings.ts";

type Args = {
  readonly token: string;
  readonly to: string;
  readonly withdraw: boolean;
  readonly account: string;
  readonly json: boolean;
};

/** Shows what an operator earned by vouchers, and moves it where asked to. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const { ledger } = await connectLedger(chain.deployment.receiptLedger, signer);
  const operator = parseAddress(signer.address);
  await showEarnings(
    {
      ...{ operator, withdraw: args.withdraw, json: args.json },
      token: args.token === "" ? NATIVE_TOKEN : parseAddress(args.token),
      to: args.to === "" ? operator : parseAddress(args.to),
      fromBlock: chain.deployment.fromBlock,
    },
    ledger,
  );
  if (chain.inProcess && !args.json)
    console.log("  (in-process chain: nobody has paid by vouchers on it)");
}
