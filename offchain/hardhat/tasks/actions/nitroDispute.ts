import { parseBytes32 } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { report } from "../nitroArguments.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = { readonly id: string; readonly account: string; readonly json: boolean };

/** Disputes a key with the bond that its quorum asks: it counts for nothing until its registrars uphold it. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const id = parseBytes32(args.id);
  const chain = await openChain(hre);
  const { registrars } = contractsAs(chain, await accountAt(chain, args.account));
  const [{ attestation }, bond] = await Promise.all([
    registrars.voucherOf(id),
    registrars.bondOf(id),
  ]);
  const sent = registrars.dispute(id, attestation, { value: bond });
  await report(`dispute ${id}`, sent, args, { attestation, bond: `${bond} wei` });
}
