import { compile } from "@vouch/compiler";
import type { CompiledModel } from "@vouch/compiler";
import { inputRows, readModelFolder } from "@vouch/publisher";
import { MODELS } from "./examples.ts";

/** Compiles a model of models/ as a release with private weights is. */
export function compileExample(name: string): CompiledModel {
  const example = readModelFolder(MODELS, name);
  const { input, output, dimensions } = example.choices;
  return compile(example.file, {
    name,
    input: { mode: "public", ...input },
    output: { mode: "public", ...output },
    weights: "private",
    calibration: { samples: inputRows(example).map(({ x }) => x) },
    ...(dimensions === undefined ? {} : { dimensions }),
  });
}
