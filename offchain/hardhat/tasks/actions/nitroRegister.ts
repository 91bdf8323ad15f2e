import { asked } from "@vouch/attestation";
import { vouchedRegistration } from "@vouch/attestation/nitro";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { isoOf } from "../isoOf.ts";
import type { ClaimArgs } from "../nitroArguments.ts";
import { keyIdOf, readClaim, readSignatures, report } from "../nitroArguments.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";

type Args = Omit<ClaimArgs, "operator"> & {
  readonly signatures: string;
  readonly account: string;
  readonly json: boolean;
};

/** Registers a key that registrars vouched for, or extends it by a newer document, as its operator. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const { document, claim } = readClaim({ ...args, operator: signer.address });
  const { enclaves } = contractsAs(chain, signer);
  const { binding, signatures, ...rest } = vouchedRegistration(
    document,
    claim,
    readSignatures(args.signatures),
  );
  const bytes = [...signatures];
  const action = `register the key ${claim.key}`;
  await asked(
    action,
    enclaves.registerVouched.staticCall(binding, rest.claim, document, bytes, {
      blockTag: "pending",
    }),
  );
  await report(action, enclaves.registerVouched(binding, rest.claim, document, bytes), args, {
    id: await keyIdOf(chain, claim),
    quorum: claim.quorum,
    until: isoOf(BigInt(claim.validTo)),
    simulated: claim.simulated,
  });
}
