import { join } from "node:path";
import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import { compile, constraintEstimate, emitCircom } from "@vouch/compiler";
import type { ProvingArtefacts } from "@vouch/prover";
import { buildCircuit, developmentSetup } from "@vouch/prover";
import { readModelFolder, splitRows } from "@vouch/publisher";

const MODELS = join(import.meta.dirname, "../../models");

/** Compiles a model of `models/` with public words. */
export function compileModel(name: string): CompiledModel {
  const { file, samples, choices } = readModelFolder(MODELS, name);
  const { input, output, weights, dimensions } = choices;
  const { calibration } = splitRows(samples.rows);
  return compile(file, {
    ...{ name, weights, calibration: { samples: calibration } },
    input: { mode: "public", ...input },
    output: { mode: "public", ...output },
    ...(dimensions === undefined ? {} : { dimensions }),
  });
}

/** Builds the circuit of a model or of a segment, and its keys, where the cache has none. */
export async function artefactsOf(model: ProvableModel, cache: string): Promise<ProvingArtefacts> {
  process.stderr.write(`  … compile and set up ${constraintEstimate(model).total} constraints\n`);
  const built = await buildCircuit(emitCircom(model), { cache });
  const { zkey, key } = await developmentSetup(built, { cache });
  return { wasm: built.wasm, zkey, key };
}
