import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { recipientOf } from "@vouch/sealing";
import { SEALING_KEY_DOCUMENT } from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { accountAt, openChain } from "../openChain.ts";
import { announceKey } from "../openWorker.ts";

type Args = { readonly account: string; readonly json: boolean };

/** Announces the key to which publishers and requesters seal what is for an operator; draws it where there is none. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const recipient = await recipientOf(await announceKey(chain, signer));
  const operator = signer.address.toLowerCase() as Hex;
  const { chainId, anchor } = chain.deployment;
  const folder = join(chain.home.operators, operator, `${chainId}-${anchor}`);
  const document = join(folder, SEALING_KEY_DOCUMENT);
  if (args.json) {
    console.log(JSON.stringify({ operator, recipient, document }));
    return;
  }
  console.log(`Operator    ${operator}`);
  console.log(`Recipient   ${recipient}`);
  console.log(`Document    ${document}`);
  console.log("Hand the document to publishers and requesters: it is public, and signed.");
}
