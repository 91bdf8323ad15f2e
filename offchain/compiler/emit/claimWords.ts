import {
  HASH_TAGS,
  hashWords,
  inputCommitment,
  outputCommitment,
  packWords,
  weightsCommitment,
} from "@vouch/protocol";
import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { ProvableModel } from "./components.ts";

/** What a prover knows of one inference beside the graph. */
export type Opening = {
  readonly weightsSalt: bigint;
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
  /** Needed where the input's mode is committed. */
  readonly inputSalt?: bigint;
  /** Needed where the output's mode is committed. */
  readonly outputSalt?: bigint;
};

/**
 * The words `v = [W] ‖ words(x) ‖ words(y)` of an inference and their hash `c` (docs/statement.md, section 4).
 *
 * @throws {CompilerError} `SALT_MISSING` if a committed tensor has no salt.
 * @throws {ProtocolError} if an element is out of the range of its type.
 */
export function claimWords(
  { graph, input, output }: ProvableModel,
  opening: Opening,
): { readonly v: readonly bigint[]; readonly c: bigint } {
  const parameters = graph.parameters.map((it) => ({ ...it.type, values: it.values }));
  const v = [
    weightsCommitment(opening.weightsSalt, parameters),
    ...tensorWords(input, opening.input, () =>
      inputCommitment(saltOf("input", opening.inputSalt), opening.input, input),
    ),
    ...tensorWords(output, opening.output, () =>
      outputCommitment(saltOf("output", opening.outputSalt), opening.output, output),
    ),
  ];
  return { v, c: hashWords(HASH_TAGS.claim, v) };
}

function tensorWords(
  encoding: TensorEncoding,
  values: readonly bigint[],
  commit: () => bigint,
): readonly bigint[] {
  return encoding.mode === "committed" ? [commit()] : packWords(values, encoding);
}

function saltOf(tensor: "input" | "output", salt: bigint | undefined): bigint {
  if (salt === undefined) throw new CompilerError({ code: "SALT_MISSING", tensor });
  return salt;
}
