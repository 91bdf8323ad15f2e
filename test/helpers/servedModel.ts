/** Test only: a model folder that runs as a release does, and whose circuit is a trapdoor's: it signs, and proves nothing. */
import { compile } from "@vouch/compiler";
import { loadIntegerModel } from "@vouch/execution";
import type { CircuitTensor, Policy, Release } from "@vouch/protocol";
import { circuitId, releaseId } from "@vouch/protocol";
import { planRelease, readModelFolder } from "@vouch/publisher";
import type { ServedRelease } from "@vouch/worker";
import { join } from "node:path";
import { CIRCUIT, OPERATOR, RELEASE } from "./trapdoorReceipt.ts";

const MODELS = join(import.meta.dirname, "../../models");

/** Compiles `models/<name>` with public words and loads it. */
export async function servedModel(
  name: string,
  change: { readonly floor?: Policy; readonly runtime?: Release["runtime"] } = {},
): Promise<ServedRelease> {
  const plan = planRelease(readModelFolder(MODELS, name), {
    ...{ version: "1", publisher: OPERATOR, inputMode: "public", outputMode: "public" },
    setup: { kind: "development" },
  });
  const { input, output, weights, calibration } = plan;
  const compiled = compile(plan.file, {
    ...{ name, weights, input, output, calibration: { samples: calibration } },
  });
  const circuit = {
    ...CIRCUIT,
    input: tensorOf(compiled.input),
    output: tensorOf(compiled.output),
  };
  const release: Release = {
    ...{ ...RELEASE, ...change },
    model: name,
    circuit: circuitId(circuit),
    inputFractionBits: compiled.input.fractionBits,
    outputFractionBits: compiled.output.fractionBits,
  };
  const id = releaseId(release);
  const model = await loadIntegerModel(id, compiled.graph);
  const parts = { models: [], batches: [], proving: [], weightsSalts: [] };
  return { id, release, circuit, compiled, ...parts, model };
}

/** What of a tensor a circuit says. */
function tensorOf({ mode, elements, bits, signed }: CircuitTensor): CircuitTensor {
  return { mode, elements, bits, signed };
}
