import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Domain, Evidence, Hex, Receipt, RequestId, Statement } from "@vouch/protocol";
import { hashOfWords, statementDigester } from "@vouch/protocol";
import type { Openings } from "./openings.ts";
import type { ReleaseRun } from "./runRelease.ts";
import { runRelease } from "./runRelease.ts";
import type { ServedRelease } from "./servedRelease.ts";

/** What is asked of a release, on-chain or not. */
export type Asked = {
  readonly id: RequestId;
  /** Words of the input. */
  readonly input: readonly bigint[];
};

/** What a release gave, and the statement that says so; nothing is signed yet. */
export type Executed = {
  readonly statement: Statement;
  readonly digest: Hex;
  /** Words of the output. */
  readonly output: readonly bigint[];
  /** What a proof is made of. */
  readonly witness: ReleaseRun["witness"];
};

/** What running a release takes beside the request. */
export type ExecuteDeps = {
  readonly operator: Hex;
  readonly domain: Domain;
  /** `statementDigester(domain)`, of who has one already. */
  readonly digestOf?: (statement: Statement) => Hex;
  readonly openings: Openings;
};

/**
 * Runs a release and states what it gave. `served` was made by `loadRelease`: file, manifest and weights are the release's, or it
 * would not be there. The same request gives the same statement each time, whoever runs it and after whichever crash. A committed
 * output is kept for its requester, sealed.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`.
 */
export async function execute(
  { id, input }: Asked,
  served: ServedRelease,
  { operator, domain, digestOf = statementDigester(domain), openings }: ExecuteDeps,
): Promise<Executed> {
  const { words: output, witness, replyTo } = await runRelease(served, id, input, openings);
  if (served.compiled.output.mode === "committed")
    await openings.keepOutput({ request: id, output: witness.output }, replyTo);
  const statement = statementOf({ id, input }, served, output, operator);
  return { statement, digest: digestOf(statement), output, witness };
}

/** Returns what an operator states of the words that a release gave. */
export function statementOf(
  { id, input }: Asked,
  served: Pick<ServedRelease, "id">,
  output: readonly bigint[],
  operator: Hex,
): Statement {
  return {
    release: served.id,
    request: id,
    operator,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
}

/** Returns the receipt of what was executed, with the evidence for it. */
export function receiptOf(
  { input }: Pick<Asked, "input">,
  { statement, output }: Pick<Executed, "statement" | "output">,
  evidence: readonly Evidence[],
  { release, circuit }: Pick<ServedRelease, "release" | "circuit">,
  domain: Domain,
): Receipt {
  return { domain, statement, input, output, evidence, release, circuit };
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
