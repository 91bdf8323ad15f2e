// Constraints of the example models in both lowerings, with private weights, public input and output; what a prover commits
// to, and how long it takes to have its values. Prints JSON.
//
//   npm run bench:committed -- [model ...]
import {
  committedEstimate,
  committedInputs,
  committedSizes,
  constraintEstimate,
  interpret,
  weightsConstraints,
} from "@vouch/compiler";
import type { CompiledModel } from "@vouch/compiler";
import { elementsOf } from "../offchain/compiler/ir/shape.ts";
import { compileExample } from "./models/compileExample.ts";
import { EXAMPLES } from "./models/examples.ts";

const ROUNDS = 5;
const names = process.argv.length > 2 ? process.argv.slice(2) : EXAMPLES;

const models = names.map((name) => measure(name, compileExample(name)));
console.log(JSON.stringify({ command: "npm run bench:committed", models }, undefined, 2));

function measure(name: string, model: CompiledModel): Record<string, number | string> {
  process.stderr.write(`${name}\n`);
  const { graph } = model;
  const types = graph.parameters.map((it) => ({ ...it.type, elements: it.values.length }));
  const planning = performance.now();
  const committed = committedEstimate(model).total;
  const planned = performance.now() - planning;
  const input = Array<bigint>(elementsOf(graph.input.shape)).fill(1n);
  const opening = { input, output: interpret(graph, input) };
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    committedInputs(model, opening, { weights: 1n, advice: 2n });
    return performance.now() - start;
  });
  return {
    name,
    plain: constraintEstimate(model).total,
    committed,
    weightsCircuit: weightsConstraints(types),
    ...committedSizes(model),
    planMs: Math.round(planned),
    adviceMs: Number(Math.min(...times).toFixed(1)),
  };
}
