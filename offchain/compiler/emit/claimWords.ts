import {
  HASH_TAGS,
  hashWords,
  inputCommitment,
  joinCommitment,
  outputCommitment,
  packWords,
  weightsCommitment,
} from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { ProvableModel } from "./components.ts";
import { splitValues } from "./joinEncoding.ts";
import type { ClaimEncoding } from "./joinEncoding.ts";

/** What a prover knows of one inference beside the graph. */
export type Opening = {
  /** Needed where the weights are private. */
  readonly weightsSalt?: bigint;
  /** Of a join: its tensors laid end to end. */
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
  /** Needed where the input is committed or comes through a join. */
  readonly inputSalt?: bigint;
  /** Needed where the output is committed or goes into a join. */
  readonly outputSalt?: bigint;
};

/** What may be committed under a salt. */
export type SaltedTensor = "weights" | "input" | "output";

/**
 * The words `v = [W] ‖ words(x) ‖ words(y)` of an inference and their hash `c` (docs/statement.md, section 4); public
 * weights have no W.
 *
 * @throws {CompilerError} `SALT_MISSING` if what is committed has no salt.
 * @throws {ProtocolError} if an element is out of the range of its type.
 */
export function claimWords(
  { graph, input, output, weights }: ProvableModel,
  opening: Opening,
): { readonly v: readonly bigint[]; readonly c: bigint } {
  const parameters = graph.parameters.map((it) => ({ ...it.type, values: it.values }));
  const v = [
    ...(weights === "public" ? [] : [weightsCommitment(saltOf("weights", opening), parameters)]),
    ...tensorWords("input", input, opening),
    ...tensorWords("output", output, opening),
  ];
  return { v, c: hashWords(HASH_TAGS.claim, v) };
}

/** @throws {CompilerError} `SALT_MISSING` */
export function saltOf(tensor: SaltedTensor, opening: Opening): bigint {
  const salt = opening[`${tensor}Salt`];
  if (salt === undefined) throw new CompilerError({ code: "SALT_MISSING", tensor });
  return salt;
}

function tensorWords(
  tensor: "input" | "output",
  encoding: ClaimEncoding,
  opening: Opening,
): readonly bigint[] {
  const values = opening[tensor];
  switch (encoding.mode) {
    case "public":
      return packWords(values, encoding);
    case "committed": {
      const commit = tensor === "input" ? inputCommitment : outputCommitment;
      return [commit(saltOf(tensor, opening), values, encoding)];
    }
    case "join": {
      const parts = splitValues(encoding.tensors, values);
      const tensors = encoding.tensors.map(({ type }, i) => ({ ...type, values: parts[i] ?? [] }));
      return [joinCommitment(saltOf(tensor, opening), tensors)];
    }
    default:
      return encoding satisfies never;
  }
}
