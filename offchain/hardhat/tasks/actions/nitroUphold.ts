import { inOrder } from "@vouch/attestation/nitro";
import { parseBytes32 } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readSignatures, report } from "../nitroArguments.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = {
  readonly id: string;
  readonly signatures: string;
  readonly account: string;
  readonly json: boolean;
};

/** Ends a dispute: by the registrars' signatures in the key's favour, without them, once its time is over, against it. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const id = parseBytes32(args.id);
  const chain = await openChain(hre);
  const { registrars } = contractsAs(chain, await accountAt(chain, args.account));
  const signatures = inOrder(readSignatures(args.signatures));
  if (signatures.length > 0) {
    await report(`uphold ${id}`, registrars.uphold(id, signatures), args, { id });
  } else {
    await report(`void ${id}`, registrars.settle(id), args, { id });
  }
}
