import { isNitroDocument } from "@vouch/attestation/nitro";
import { parseTime, readQuoteFile } from "../enclaveArguments.ts";
import { inspectNitro } from "../inspectNitro.ts";
import { inspectQuote } from "../inspectQuote.ts";

type Args = {
  readonly file: string;
  readonly collateral: string;
  readonly time: string;
  readonly independent: boolean;
  readonly json: boolean;
};

/**
 * Explains a quote, or a document of AWS Nitro; the exit code is 0 where it is verified, 1 where it is refused, 2 where it was
 * only read.
 */
export async function run(args: Args): Promise<void> {
  const { file, collateral, independent } = args;
  const bytes = readQuoteFile(file);
  const time = parseTime(args.time);
  const { text, json, exitCode } = isNitroDocument(bytes)
    ? inspectNitro(bytes, time)
    : await inspectQuote(bytes, { collateral, time, independent });
  console.log(args.json ? JSON.stringify(json) : text);
  process.exitCode = exitCode;
}
