import { isNitroDocument } from "@vouch/attestation/nitro";
import { parseTime, readQuoteFile } from "../enclaveArguments.ts";
import { inspectNitro } from "../inspectNitro.ts";
import { inspectQuote } from "../inspectQuote.ts";

type Args = {
  readonly file: string;
  readonly collateral: string;
  readonly time: string;
  readonly independent: boolean;
  readonly simulated: boolean;
  readonly json: boolean;
};

/**
 * Explains a quote, or a document of AWS Nitro; the exit code is 0 where it is verified, 1 where it is refused, 2 where it is
 * not verified: only read, or simulated without that being asked for.
 */
export async function run(args: Args): Promise<void> {
  const { file, collateral, independent, simulated } = args;
  const bytes = readQuoteFile(file);
  const time = parseTime(args.time);
  const { text, json, exitCode } = isNitroDocument(bytes)
    ? inspectNitro(bytes, time, simulated)
    : await inspectQuote(bytes, { collateral, time, independent, simulated });
  console.log(args.json ? JSON.stringify(json) : text);
  process.exitCode = exitCode;
}
