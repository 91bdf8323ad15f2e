import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Receipt } from "@vouch/protocol";
import {
  decodeAssurance,
  describeAssurance,
  describeUndecided,
  encodeReceiptEvidence,
  parseReceipt,
  parseReleaseId,
  ProtocolError,
  verifyReceipt,
} from "@vouch/protocol";
import { terminate, verifyReceiptIndependently } from "@vouch/prover";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { markWeak } from "../markWeak.ts";
import { homeOf, openChain } from "../openChain.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly file: string;
  readonly release: string;
  readonly offline: boolean;
  readonly independent: boolean;
  readonly json: boolean;
};

/** Verifies a receipt without a chain and, where the network is the receipt's, asks the router too. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const path = args.file === "" ? newestReceipt(hre) : args.file;
  const { text, receipt } = readReceipt(path);
  const expected = args.release === "" ? {} : { release: parseReleaseId(args.release) };
  const { assurance, checks, notChecked, undecided } = verifyReceipt(receipt, expected);
  const independent = args.independent ? await independently(text) : undefined;
  const onChain = args.offline ? undefined : await askRouter(receipt, hre);

  if (args.json) {
    const facts = {
      receipt: path,
      release: receipt.statement.release,
      assurance: describeAssurance(assurance),
      checks,
      independent: independent ?? null,
      onChain: onChain ?? null,
      notChecked,
    };
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(markWeak(`Receipt ${path} holds: ${describeAssurance(assurance)}`));
  for (const { name, detail } of checks) console.log(markWeak(`  ${name.padEnd(10)} ${detail}`));
  if (independent !== undefined)
    console.log(`  snarkjs and ethers agree: ${independent.join(", ")}`);
  if (onChain !== undefined) console.log(markWeak(`  on-chain   ${onChain}`));
  // What the router says is about the evidence: how a request of the floor ended is another question.
  const unknown = onChain === undefined ? notChecked : undecided.map(describeUndecided);
  for (const it of unknown) console.log(markWeak(`  not checked: ${it}`));
}

function readReceipt(path: string): { readonly text: string; readonly receipt: Receipt } {
  if (!existsSync(path)) throw new TaskError("NO_RECEIPT", `There is no file ${path}.`);
  const text = readFileSync(path, "utf8");
  try {
    return { text, receipt: parseReceipt(JSON.parse(text)) };
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError(
      { code: "RECEIPT_MALFORMED", reason: "the file is not JSON" },
      { cause: error },
    );
  }
}

function newestReceipt(hre: HardhatRuntimeEnvironment): string {
  const { receipts } = homeOf(hre);
  const files = existsSync(receipts)
    ? readdirSync(receipts).filter((name) => name.endsWith(".json"))
    : [];
  const newest = files
    .map((name) => join(receipts, name))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
    .at(-1);
  if (newest === undefined) {
    throw new TaskError(
      "NO_RECEIPT",
      `No receipt in ${receipts}. Make one with \`npx hardhat infer\`, or name a --file.`,
    );
  }
  return newest;
}

async function independently(text: string): Promise<string[]> {
  try {
    const results = await verifyReceiptIndependently(text);
    const failed = Object.entries(results).filter(([, holds]) => !holds);
    if (failed.length > 0) {
      throw new ProtocolError({
        code: "EVIDENCE_MALFORMED",
        kind: failed.map(([name]) => name).join(),
        reason: "refused by snarkjs and ethers",
      });
    }
    return Object.keys(results);
  } finally {
    await terminate();
  }
}

/** What the router of this network says, or undefined where it is another chain or deployment. */
async function askRouter(
  receipt: Receipt,
  hre: HardhatRuntimeEnvironment,
): Promise<string | undefined> {
  const connection = await hre.network.create();
  if (connection.networkConfig.type === "edr-simulated") return undefined;
  const { contracts, domain } = await openChain(hre);
  if (domain.chainId !== receipt.domain.chainId || domain.router !== receipt.domain.router)
    return undefined;
  const { release, request, operator } = receipt.statement;
  const assurance = await contracts.router.assess({
    release,
    request,
    operator,
    input: [...receipt.input],
    output: [...receipt.output],
    evidence: encodeReceiptEvidence(receipt),
  });
  const decoded = decodeAssurance(assurance);
  return `${describeAssurance(decoded)}, ${decoded.stakeAtRisk} wei of stake free behind it`;
}
