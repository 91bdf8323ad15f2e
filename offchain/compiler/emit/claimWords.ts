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
import { saltList, splitOpening } from "./batchOpening.ts";
import type { SingleOpening } from "./batchOpening.ts";
import { inferencesOf } from "./components.ts";
import type { ProvableModel } from "./components.ts";
import { splitValues } from "./joinEncoding.ts";
import type { ClaimEncoding } from "./joinEncoding.ts";

/** What a prover knows of one inference beside the graph; of a model that makes several at once, of all of them. */
export type Opening = {
  /** Needed where the weights are private. */
  readonly weightsSalt?: bigint;
  /** Of a join: its tensors laid end to end. Of several inferences: one after the other, as `output`. */
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
  /** Needed where the input is committed or comes through a join; of several inferences, one each. */
  readonly inputSalt?: Salt;
  /** Needed where the output is committed or goes into a join; of several inferences, one each. */
  readonly outputSalt?: Salt;
};

/** What hides a commitment, or those of several inferences in their order. */
export type Salt = bigint | readonly bigint[];

/** What may be committed under a salt. */
export type SaltedTensor = "weights" | "input" | "output";

/**
 * The words `v = [W] ‖ words(x) ‖ words(y)` of an inference and their hash `c` (docs/statement.md, section 4); public
 * weights have no W. Of several inferences at once `v = [W] ‖ words(x_1) ‖ words(y_1) ‖ … ‖ words(x_B) ‖ words(y_B) ‖ 1`, each
 * packed by itself; `c` hashes all but the 1, which tells their number.
 *
 * @throws {CompilerError} `SALT_MISSING` if what is committed has no salt, `BATCH_COUNT` for other inferences than the model's.
 * @throws {ProtocolError} if an element is out of the range of its type.
 */
export function claimWords(
  model: ProvableModel,
  opening: Opening,
): { readonly v: readonly bigint[]; readonly c: bigint } {
  const { graph, input, output, weights } = model;
  const parameters = graph.parameters.map((it) => ({ ...it.type, values: it.values }));
  const v = [
    ...(weights === "public"
      ? []
      : [weightsCommitment(requireSalt("weights", opening.weightsSalt), parameters)]),
    ...splitOpening(model, opening).flatMap((it) => [
      ...tensorWords("input", input, it),
      ...tensorWords("output", output, it),
    ]),
  ];
  const c = hashWords(HASH_TAGS.claim, v);
  return { v: inferencesOf(model) === 1 ? v : [...v, 1n], c };
}

/**
 * Returns what is committed under, one for each inference; one of the weights, whatever the number of inferences.
 *
 * @throws {CompilerError} `SALT_MISSING`
 */
export function saltsOf(
  tensor: SaltedTensor,
  model: Pick<ProvableModel, "inferences">,
  opening: Opening,
): readonly bigint[] {
  const salts = saltList(opening[`${tensor}Salt`]);
  const count = tensor === "weights" ? 1 : inferencesOf(model);
  return Array.from({ length: count }, (_, at) => requireSalt(tensor, salts[at]));
}

function requireSalt(tensor: SaltedTensor, salt: bigint | undefined): bigint {
  if (salt === undefined) throw new CompilerError({ code: "SALT_MISSING", tensor });
  return salt;
}

function tensorWords(
  tensor: "input" | "output",
  encoding: ClaimEncoding,
  opening: SingleOpening,
): readonly bigint[] {
  const values = opening[tensor];
  const salt = (): bigint => requireSalt(tensor, opening[`${tensor}Salt`]);
  switch (encoding.mode) {
    case "public":
      return packWords(values, encoding);
    case "committed": {
      const commit = tensor === "input" ? inputCommitment : outputCommitment;
      return [commit(salt(), values, encoding)];
    }
    case "join": {
      const parts = splitValues(encoding.tensors, values);
      const tensors = encoding.tensors.map(({ type }, i) => ({ ...type, values: parts[i] ?? [] }));
      return [joinCommitment(salt(), tensors)];
    }
    default:
      return encoding satisfies never;
  }
}
