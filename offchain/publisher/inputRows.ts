import { readModel, runFloat } from "@vouch/compiler";
import { decodeRows } from "./decodeRows.ts";
import type { ModelFolder } from "./modelFolder.ts";
import type { Sample } from "./samples.ts";

/** Inputs of a decoder beside its state: a token and its position. */
const STEP_INPUTS = 2;

/**
 * Returns the held-out rows of a model folder as the model takes them: a decoder's prompts, some of
 * them cut, are run through it first.
 *
 * @throws {CompilerError} where a decoder cannot be read.
 */
export function inputRows({ file, samples, choices }: ModelFolder): readonly Sample[] {
  if (!samples.prompts) return samples.rows;
  const graph = readModel(file, { dimensions: choices.dimensions ?? {} });
  const elements = graph.inputs
    .map(({ shape }) => shape.reduce((product, it) => product * it, 1))
    .reduce((sum, it) => sum + it, 0);
  const prompts = shorten(samples.rows);
  return decodeRows(prompts, elements - STEP_INPUTS, (x) => runFloat(graph, x));
}

/** Cuts prompts such that they end all along the context; what follows the cut is the label then. */
function shorten(prompts: readonly Sample[]): readonly Sample[] {
  return prompts.map((prompt, index) => {
    const length = Math.ceil((prompt.x.length * (index + 1)) / prompts.length);
    const next = prompt.x[length];
    return next === undefined ? prompt : { ...prompt, x: prompt.x.slice(0, length), label: next };
  });
}
