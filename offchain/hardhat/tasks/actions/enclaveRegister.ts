import { isSimulated, platformModelOf, readQuote, registerEnclave } from "@vouch/attestation";
import { parseAddress } from "@vouch/protocol";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { openCollateral, parseKind, readQuoteFile } from "../enclaveArguments.ts";
import { isoOf } from "../isoOf.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";
import { refreshRows, refreshTable } from "../refreshRows.ts";
import { TaskError } from "../taskError.ts";
import { vendorOf } from "../vendorOf.ts";
import { inRed } from "../markWeak.ts";

type Args = {
  readonly file: string;
  readonly key: string;
  readonly nonceBlock: string;
  readonly kind: string;
  readonly collateral: string;
  readonly account: string;
  readonly json: boolean;
};

/** Registers the key that an enclave bound into its quote, after bringing collateral where it is given. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const bytes = readQuoteFile(args.file);
  const quote = readQuote(bytes);
  const simulated = isSimulated(quote);
  const kind = parseKind(args.kind === "" ? (quote.tee === "TDX" ? "domain" : "image") : args.kind);
  const nonceBlock = parseBlock(args.nonceBlock);
  const key = parseAddress(args.key);
  const chain = await openChain(hre);
  const signer = await accountAt(chain, args.account);
  const contracts = contractsAs(chain, signer);
  const rows = args.collateral === "" ? [] : await broughtFrom(args.collateral);
  const operator = signer.address;
  const binding = { operator, key, nonceBlock, kind, simulated };
  const done = await registerEnclave(contracts, bytes, binding);
  if (args.json) {
    const { validTo, gasUsed, ...rest } = done;
    const numbers = { validTo: Number(validTo), gasUsed: Number(gasUsed) };
    console.log(
      JSON.stringify({ ...rest, ...numbers, operator, key, simulated, collateral: rows }),
    );
    return;
  }
  if (rows.length > 0) console.log(`${printTables([refreshTable(rows)])}\n`);
  console.log(`Registered ${done.id}${simulated ? inRed("  SIMULATED: it proves nothing") : ""}`);
  console.log(`  key         ${key} of operator ${operator}`);
  console.log(`  measurement ${done.measurement} (${kind})`);
  console.log(`  status      ${done.status}, until ${isoOf(done.validTo)}`);
  console.log(`  transaction ${done.txHash}, ${done.gasUsed.toLocaleString("en")} gas`);
  if (chain.inProcess) console.log("  (in-process chain: it ends with the process)");

  async function broughtFrom(from: string): ReturnType<typeof refreshRows> {
    const collateral = await openCollateral(from)(platformModelOf(quote));
    return refreshRows(vendorOf(contracts, collateral).vendor, collateral);
  }
}

function parseBlock(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--nonce-block is "${text}"; it takes the number of the block whose hash the enclave put into its quote.`,
  );
}
