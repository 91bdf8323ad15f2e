import { registrarQuorumId } from "@vouch/attestation/nitro";
import { parseAddress } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseWei } from "../arguments.ts";
import { parseWhole, report } from "../nitroArguments.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = {
  readonly members: string;
  readonly threshold: string;
  readonly bond: string;
  readonly window: string;
  readonly account: string;
  readonly json: boolean;
};

/** Declares a quorum of registrars, or says its id where it was declared before. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const members = args.members
    .split(",")
    .map((it) => parseAddress(it.trim()))
    .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const threshold = Number(parseWhole("threshold", args.threshold));
  const disputeBond = parseWei("bond", args.bond);
  const disputeWindow = Number(parseWhole("window", args.window));
  const quorum = registrarQuorumId({ members, threshold, disputeBond, disputeWindow });
  const chain = await openChain(hre);
  const { registrars } = contractsAs(chain, await accountAt(chain, args.account));
  const known = await registrars.termsOf(quorum);
  if (known.threshold > 0n) {
    console.log(
      args.json ? JSON.stringify({ quorum, txHash: null }) : `${quorum} was declared before`,
    );
    return;
  }
  const sent = registrars.declare([...members], threshold, disputeBond, disputeWindow);
  await report(`declare ${threshold} of ${members.length} registrars`, sent, args, { quorum });
}
