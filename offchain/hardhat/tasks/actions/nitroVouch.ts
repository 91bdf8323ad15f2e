import { attestNitro, upholdNitro } from "@vouch/attestation/nitro";
import type { RegistrarSignature } from "@vouch/attestation/nitro";
import { simulatedNitroRoot } from "@vouch/attestation/simulated";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseTime } from "../enclaveArguments.ts";
import { inRed } from "../markWeak.ts";
import type { ClaimArgs } from "../nitroArguments.ts";
import { keyIdOf, parseWhole, readClaim, venueOf } from "../nitroArguments.ts";
import { accountAt, openChain } from "../openChain.ts";

type Args = ClaimArgs & {
  readonly maxAge: string;
  readonly time: string;
  readonly uphold: boolean;
  readonly simulated: boolean;
  readonly account: string;
  readonly json: boolean;
};

/**
 * What a registrar runs: verifies a document completely and that it binds this key of this operator here, then signs. The
 * quorum is the one that the registrar names itself, which is how it says that it is of it.
 */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { document, claim } = readClaim(args);
  const chain = await openChain(hre);
  const venue = venueOf(chain);
  const { provider } = chain.connection.ethers;
  const deps = {
    signer: await accountAt(chain, args.account),
    quorums: [claim.quorum],
    blockHashOf: async (number: number) => (await provider.getBlock(number))?.hash ?? null,
    ...(args.simulated ? { simulatedRoot: simulatedNitroRoot().certificate } : {}),
  };
  let signed: RegistrarSignature;
  if (args.uphold) {
    const id = await keyIdOf(chain, claim);
    const { attestation, disputer, deadline } = await chain.contracts.registrars.voucherOf(id);
    const dispute = { id, attestation, disputer, deadline: Number(deadline) };
    signed = await upholdNitro(document, claim, dispute, venue, deps);
  } else {
    const maxAgeSeconds = Number(parseWhole("max-age", args.maxAge));
    const when = { time: parseTime(args.time), maxAgeSeconds };
    signed = await attestNitro(document, claim, venue, when, deps);
  }
  const { registrar, signature } = signed;
  if (args.json) {
    console.log(JSON.stringify({ registrar, signature, simulated: claim.simulated }));
    return;
  }
  if (claim.simulated) console.log(inRed("SIMULATED: it proves nothing"));
  console.log(`Verified ${args.file}; signed as ${registrar}`);
  console.log(`  ${signature}`);
}
