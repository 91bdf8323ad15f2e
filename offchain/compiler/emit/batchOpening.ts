import { CompilerError } from "../errors.ts";
import type { Opening, Salt } from "./claimWords.ts";
import { inferencesOf } from "./components.ts";
import type { ProvableModel } from "./components.ts";

/** An opening of one inference, without the salt of the weights, which all of a batch share. */
export type SingleOpening = Pick<Opening, "input" | "output"> & {
  readonly inputSalt?: bigint;
  readonly outputSalt?: bigint;
};

/**
 * Returns the opening of a model that makes several inferences at once, from that of each in their order.
 *
 * @param weightsSalt needed where the weights are private
 * @throws {CompilerError} `SALT_MISSING` where some have a salt and others none.
 */
export function batchOpening(openings: readonly SingleOpening[], weightsSalt?: bigint): Opening {
  return {
    input: openings.flatMap(({ input }) => input),
    output: openings.flatMap(({ output }) => output),
    ...(weightsSalt === undefined ? {} : { weightsSalt }),
    ...allSalts("input", openings),
    ...allSalts("output", openings),
  };
}

/**
 * Returns the opening of each inference that a model makes.
 *
 * @throws {CompilerError} `BATCH_COUNT` where input or output are of another number of inferences.
 */
export function splitOpening(model: ProvableModel, opening: Opening): readonly SingleOpening[] {
  const count = inferencesOf(model);
  const inputs = partsOf("input", model, opening);
  const outputs = partsOf("output", model, opening);
  const [inputSalts, outputSalts] = [opening.inputSalt, opening.outputSalt].map(saltList);
  return Array.from({ length: count }, (_, at) => {
    const [inputSalt, outputSalt] = [inputSalts?.[at], outputSalts?.[at]];
    return {
      ...{ input: inputs[at] ?? [], output: outputs[at] ?? [] },
      ...(inputSalt === undefined ? {} : { inputSalt }),
      ...(outputSalt === undefined ? {} : { outputSalt }),
    };
  });
}

/** The salts of one inference, or of several in their order. */
export function saltList(salt: Salt | undefined): readonly bigint[] {
  if (salt === undefined) return [];
  return typeof salt === "object" ? salt : [salt];
}

function allSalts(
  tensor: "input" | "output",
  openings: readonly SingleOpening[],
): Pick<Opening, "inputSalt" | "outputSalt"> {
  const salts = openings.flatMap((it) => it[`${tensor}Salt`] ?? []);
  if (salts.length === 0) return {};
  if (salts.length < openings.length) throw new CompilerError({ code: "SALT_MISSING", tensor });
  return { [`${tensor}Salt`]: salts };
}

function partsOf(
  tensor: "input" | "output",
  model: ProvableModel,
  opening: Opening,
): readonly (readonly bigint[])[] {
  const [encoding, values] = [model[tensor], opening[tensor]];
  const inferences = inferencesOf(model);
  if (inferences === 1 || encoding.mode === "join") return [values];
  const size = encoding.elements;
  if (values.length !== inferences * size) {
    const elements = values.length;
    throw new CompilerError({ code: "BATCH_COUNT", tensor, elements, expected: inferences * size });
  }
  return Array.from({ length: inferences }, (_, at) => values.slice(at * size, (at + 1) * size));
}
