import { mined } from "@vouch/attestation";
import { parseBytes32 } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { enclaveState } from "../enclaveState.ts";
import { isoOf } from "../isoOf.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { inRed } from "../markWeak.ts";

type Args = { readonly id: string; readonly account: string; readonly json: boolean };

/** Judges a key by the collateral of now; the exit code says whether it still counts. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const id = parseBytes32(args.id);
  const chain = await openChain(hre);
  const { enclaves } = contractsAs(chain, await accountAt(chain, args.account));
  const { hash, gasUsed } = await mined(`the renewal of ${id}`, enclaves.renew(id));
  const latest = await chain.connection.ethers.provider.getBlock("latest");
  const state = await enclaveState(enclaves, id, latest?.timestamp ?? 0);
  if (state.standing === "compromised") process.exitCode = 1;
  if (args.json) {
    console.log(JSON.stringify({ ...state, txHash: hash, gasUsed: Number(gasUsed) }));
    return;
  }
  console.log(`Renewed ${id}${state.simulated ? inRed("  SIMULATED: it proves nothing") : ""}`);
  if (state.compromisedSince !== null) {
    console.log(inRed(`  COMPROMISED since ${isoOf(state.compromisedSince)}: it counts no more`));
  } else {
    console.log(`  status      ${state.status}, until ${isoOf(state.validTo)}`);
  }
  console.log(`  transaction ${hash}, ${gasUsed.toLocaleString("en")} gas`);
}
