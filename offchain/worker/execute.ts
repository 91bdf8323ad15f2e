import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Domain, Evidence, Hex, Receipt, RequestId, Statement } from "@vouch/protocol";
import {
  hashOfWords,
  inputCommitment,
  inputSalt,
  outputCommitment,
  outputSalt,
  packWords,
  statementDigest,
  unpackWords,
  wordToHex,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import { WorkerError } from "./errors.ts";
import { readInputOpening } from "./inputOpenings.ts";
import type { ClaimWitness } from "./proveClaim.ts";
import type { ServedRelease } from "./servedRelease.ts";

/** An input with what opens it where it is committed. */
export type OpenInput = { readonly elements: readonly bigint[]; readonly secret?: Hex };

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
  readonly witness: Omit<ClaimWitness, "weightsSalt">;
};

/** What running a release takes beside the request. */
export type ExecuteDeps = {
  readonly operator: Hex;
  readonly domain: Domain;
  readonly home: Pick<Home, "inputs" | "outputs">;
};

/**
 * Runs a release and states what it gave. `served` was made by `loadRelease`: file, manifest and weights are the release's, or it
 * would not be there. The same request gives the same statement each time, whoever runs it and after whichever crash.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`.
 */
export async function execute(
  { id, input: words }: Asked,
  served: ServedRelease,
  { operator, domain, home }: ExecuteDeps,
): Promise<Executed> {
  const input = openInput(served, words, home.inputs);
  const elements = await served.model.run(input.elements);
  const output = await outputWords(served, elements, id, input, home.outputs);
  const statement: Statement = {
    release: served.id,
    request: id,
    operator,
    inputHash: hashOfWords(words),
    outputHash: hashOfWords(output),
  };
  const witness = { input: input.elements, output: elements, ...saltsOf(input, id) };
  return { statement, digest: statementDigest(domain, statement), output, witness };
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

/**
 * Returns the elements of a request's input: from its words, or from the opening that the requester handed over.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`.
 */
export function openInput(
  { compiled: { input, output } }: Pick<ServedRelease, "compiled">,
  words: readonly bigint[],
  folder: string,
): OpenInput {
  if (input.mode === "public" && output.mode === "committed") {
    const reason =
      "a committed output needs the requester's secret, which a public input does not carry";
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment: hashOfWords(words),
      reason,
    });
  }
  if (input.mode === "public") return { elements: unpackWords(words, input) };
  const commitment = wordToHex(words[0] ?? 0n);
  const opening = readInputOpening(folder, commitment);
  const derived = commitOrReason(opening.secret, opening.input, input);
  if (derived !== commitment) {
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment,
      reason: `it opens ${derived}`,
    });
  }
  return { elements: opening.input, secret: opening.secret };
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.part`, text, { mode });
  await rename(`${path}.part`, path);
}

/** The words of the output; a committed one is also kept as an opening for its requester. */
async function outputWords(
  { compiled: { output } }: ServedRelease,
  elements: readonly bigint[],
  id: RequestId,
  { secret }: OpenInput,
  folder: string,
): Promise<bigint[]> {
  if (output.mode === "public") return packWords(elements, output);
  if (secret === undefined)
    throw new TypeError("openInput lets no committed output without a secret through");
  const opening = JSON.stringify({ request: id, output: elements.map(String) });
  await writeWhole(join(folder, `${id}.json`), opening, 0o600);
  return [outputCommitment(outputSalt(secret, id), elements, output)];
}

function saltsOf(
  { secret }: OpenInput,
  id: RequestId,
): { inputSalt?: bigint; outputSalt?: bigint } {
  return secret === undefined
    ? {}
    : { inputSalt: inputSalt(secret), outputSalt: outputSalt(secret, id) };
}

function commitOrReason(
  secret: Hex,
  elements: readonly bigint[],
  input: { readonly bits: number; readonly signed: boolean; readonly elements: number },
): string {
  if (elements.length !== input.elements)
    return `${elements.length} elements, not ${input.elements}`;
  try {
    return wordToHex(inputCommitment(inputSalt(secret), elements, input));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
