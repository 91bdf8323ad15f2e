import { parseTime, readQuoteFile } from "../enclaveArguments.ts";
import { inspectQuote } from "../inspectQuote.ts";

type Args = {
  readonly file: string;
  readonly collateral: string;
  readonly time: string;
  readonly independent: boolean;
  readonly json: boolean;
};

/** Explains an attestation; the exit code is 0 where it is verified, 1 where it is refused, 2 where it was only read. */
export async function run(args: Args): Promise<void> {
  const { file, collateral, independent } = args;
  const bytes = readQuoteFile(file);
  const options = { collateral, time: parseTime(args.time), independent };
  const { text, json, exitCode } = await inspectQuote(bytes, options);
  console.log(args.json ? JSON.stringify(json) : text);
  process.exitCode = exitCode;
}
