import type { PlatformModel } from "@vouch/attestation";
import { platformModelOf, readQuote } from "@vouch/attestation";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseChoice } from "../arguments.ts";
import { openCollateral, readQuoteFile } from "../enclaveArguments.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";
import { refreshRows, refreshTable } from "../refreshRows.ts";
import { TaskError } from "../taskError.ts";
import { vendorOf } from "../vendorOf.ts";
import { inRed } from "../markWeak.ts";

type Args = {
  readonly from: string;
  readonly quote: string;
  readonly fmspc: string;
  readonly tee: string;
  readonly ca: string;
  readonly update: string;
  readonly account: string;
  readonly json: boolean;
};

/** Brings a chain what it lacks of a platform model's collateral, or has older. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const update = parseChoice("update", args.update, ["standard", "early"]);
  const model = modelOf(args);
  const collateral = await openCollateral(args.from, update)(model);
  const chain = await openChain(hre);
  const contracts = contractsAs(chain, await accountAt(chain, args.account));
  const { vendor, simulated } = vendorOf(contracts, collateral);
  const rows = await refreshRows(vendor, collateral);
  if (args.json) {
    console.log(JSON.stringify({ ...model, simulated, rows }));
    return;
  }
  if (simulated) console.log(inRed("SIMULATED: what it vouches for proves nothing.\n"));
  console.log(printTables([refreshTable(rows)]));
  if (chain.inProcess) console.log("\n(In-process chain: it ends with the process.)");
}

function modelOf({ quote, fmspc, tee, ca }: Args): PlatformModel {
  if (quote !== "") return platformModelOf(readQuote(readQuoteFile(quote)));
  if (!/^(?:0x)?[0-9a-f]{12}$/i.test(fmspc)) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--fmspc is "${fmspc}"; it takes 12 hexadecimal digits, or give a --quote of the platform.`,
    );
  }
  return {
    fmspc: fmspc.toLowerCase().replace(/^0x/, ""),
    tee: parseChoice("tee", tee.toUpperCase(), ["SGX", "TDX"]),
    authority: parseChoice("ca", ca, ["platform", "processor"]),
  };
}
