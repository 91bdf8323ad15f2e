import { inputsOf } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { verifyIntegers } from "../ir/verifyIntegers.ts";
import type { SaltedTensor } from "./claimWords.ts";
import { commitStatements, copyStatements, saltDeclaration } from "./claimStatements.ts";
import { claimedWords, componentsOf } from "./components.ts";
import type { Binding, Components, ProvableModel } from "./components.ts";
import type { Writer } from "./writer.ts";
import { createWriter, inputSignal, laidEndToEnd, outputOf, parameterSignal } from "./writer.ts";

/** What the circuit commits to under a salt, each an input `weightsSalt`, `inputSalt` or `outputSalt`. */
export function saltedTensors({ weights, input, output }: ProvableModel): readonly SaltedTensor[] {
  return [
    ...(weights === "private" ? (["weights"] as const) : []),
    ...(input.mode === "public" ? [] : (["input"] as const)),
    ...(output.mode === "public" ? [] : (["output"] as const)),
  ];
}

/**
 * Returns the main circom file of a model, which includes the templates of `@vouch/circuits` by name.
 *
 * The text depends on shapes, types, shifts, tables, constants and modes only: neither names nor values of parameters
 * occur in it, so all models of one architecture share one circuit. Public signals are `[c, z, e]` of docs/statement.md;
 * the private inputs are one array for each parameter, `x`, and `weightsSalt`, `inputSalt` and `outputSalt` where
 * something is committed.
 *
 * @throws {CompilerError} those of `verifyIntegers`, on which the soundness of the templates rests, and of `componentsOf`.
 */
export function emitCircom(model: ProvableModel): string {
  const graph = verifyIntegers(model.graph);
  const components = componentsOf(model);
  const writer = createWriter(
    graph,
    components.steps.map((it) => outputOf(it).id),
  );
  const statements = [
    components.steps.flatMap(writer.statements),
    bindingStatements("weights", components.weights, writer),
    bindingStatements("input", components.input, writer),
    bindingStatements("output", components.output, writer),
    claimStatements(components, writer),
  ];
  const body = [inputDeclarations(model), writer.arrays(), ...statements];
  return `pragma circom 2.2.0;

${includes(components)}

template Model() {
${body
  .filter((lines) => lines.length > 0)
  .map((lines) => lines.map((line) => `    ${line}\n`).join(""))
  .join("\n")}}

component main {public [c, z, e]} = Model();
`;
}

function includes({ steps, weights, input, output, claim }: Components): string {
  const templates = [
    ...steps.map((it) => (it.kind === "template" ? it.template : undefined)),
    ...[weights, input, output].flatMap((it) => [it?.pack, it?.commit]),
    claim,
  ];
  const files = new Set(templates.flatMap((it) => (it === undefined ? [] : [it.file])));
  return [...files]
    .sort()
    .map((file) => `include "${file}.circom";`)
    .join("\n");
}

function inputDeclarations(model: ProvableModel): readonly string[] {
  const { graph } = model;
  return [
    "signal input c;",
    "signal input z;",
    "signal input e;",
    ...saltedTensors(model).map((it) => saltDeclaration(it, model)),
    ...graph.parameters.map(
      ({ shape }, index) => `signal input ${parameterSignal(index)}[${elementsOf(shape)}];`,
    ),
    ...inputsOf(graph).map(
      ({ shape }, index) => `signal input ${inputSignal(index)}[${elementsOf(shape)}];`,
    ),
  ];
}

/** Ends in `<name>Claim`, the words that go into v. */
function bindingStatements(
  name: "weights" | "input" | "output",
  binding: Binding | undefined,
  { signal, call }: Writer,
): readonly string[] {
  if (binding === undefined) return [];
  const { tensors, pack, commit, inferences } = binding;
  const claimed = `${name}Claim`;
  const declaration = `signal ${claimed}[${claimedWords(binding)}]`;
  const salt = `${name}Salt`;
  if (pack === undefined) {
    if (commit === undefined) return [];
    return [`${declaration};`, `${claimed}[0] <== ${call(commit, `[${salt}]`)};`];
  }
  const values = laidEndToEnd(`${name}Values`, tensors, signal);
  if (commit === undefined) {
    return [...values.lines, `${declaration} <== ${call(pack, values.name)};`];
  }
  return [
    ...values.lines,
    `signal ${name}Words[${pack.words}] <== ${call(pack, values.name)};`,
    ...commitStatements(name, { commit, inferences }, call),
  ];
}

function claimStatements(
  { weights, input, output, claim }: Components,
  { call }: Writer,
): readonly string[] {
  const first = claimedWords(weights);
  const words = first + claimedWords(input) + claimedWords(output);
  return [
    `signal v[${words}];`,
    ...(first === 0 ? [] : [`for (var i = 0; i < ${first}; i++) { v[i] <== weightsClaim[i]; }`]),
    ...copyStatements({ input, output }, first),
    `${call(claim, "v", "c", "z", "e")};`,
  ];
}
