// Models with private weights by plain Groth16 and by commit-and-prove, by the native prover and by the reference: constraints,
// key, witness, proof, the whole of an inference's proof; memory; medians of five, CPU seconds of the whole process and of the
// wall. Every proof is verified. Prints JSON.
//
//   npm run bench:prove-models -- [model ...]     default mnist-cnn-tiny mnist-cnn mnist-mlp, some ten minutes on two cores
//
// A model is a folder of models/, dense layers of random weights by their widths (mlp-784-56-10), or a folder of VOUCH_ZOO.
import { openNative } from "@vouch/native";
import { machineOf } from "./proofs/machineOf.ts";
import { measureProofs } from "./proofs/measureProofs.ts";
import { PROVERS, SYSTEMS } from "./proofs/proofFigures.ts";
import type { MeasuredProofs } from "./proofs/proofFigures.ts";

const MODEL_NAMES = ["mnist-cnn-tiny", "mnist-cnn", "mnist-mlp"];

const given = process.argv.slice(2);
const names = given.length > 0 ? given : MODEL_NAMES;
const models: object[] = [];
for (const name of names) models.push(await measureModel(name));
const command = ["npm run bench:prove-models", ...(given.length > 0 ? ["--", ...given] : [])];
const report = { command: command.join(" "), machine: machineOf(), models };
console.log(JSON.stringify(report, undefined, 2));

async function measureModel(name: string): Promise<object> {
  const provers = PROVERS.filter((it) => it === "reference" || openNative() !== undefined);
  const rows: Record<string, Record<string, MeasuredProofs>> = {};
  for (const system of SYSTEMS) {
    const figures: Record<string, MeasuredProofs> = {};
    for (const prover of provers) {
      process.stderr.write(`${name}, ${system}, ${prover}\n`);
      figures[prover] = await measureProofs(name, system, prover);
    }
    rows[system] = figures;
  }
  return { name, ...rows };
}
