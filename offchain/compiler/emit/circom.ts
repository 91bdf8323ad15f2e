import type { IntegerGraph, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
import { verifyIntegers } from "../ir/verifyIntegers.ts";
import type { SaltedTensor } from "./claimWords.ts";
import { claimedWords, componentsOf } from "./components.ts";
import type { Binding, Components, ProvableModel } from "./components.ts";
import type { Operand, Step } from "./lowerNodes.ts";
import type { Template } from "./templates.ts";
import { viewRuns } from "./viewRuns.ts";
import { viewStatements } from "./viewStatements.ts";

/** Longer arrays are declared, once each. */
const LONGEST_LITERAL = 16;

/** Signal of the main component that carries the parameter at `index` of `IntegerGraph.parameters`. */
export function parameterSignal(index: number): string {
  return `parameter${index}`;
}

/** Signal of the main component that carries the input at `index` of `inputsOf`. */
export function inputSignal(index: number): string {
  return index === 0 ? "x" : `x${index}`;
}

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
  const writer = createWriter(graph, components);
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

type Writer = {
  readonly signal: (id: TensorId) => string;
  readonly statements: (step: Step) => readonly string[];
  /** An instance of a template. */
  readonly call: (template: Template, ...inputs: readonly string[]) => string;
  /** Declarations of the arrays of constants that were used. */
  readonly arrays: () => readonly string[];
};

function createWriter(graph: IntegerGraph, { steps }: Components): Writer {
  const names = new Map<TensorId, string>();
  inputsOf(graph).forEach((it, index) => names.set(it.id, inputSignal(index)));
  graph.parameters.forEach((it, index) => names.set(it.id, parameterSignal(index)));
  const sizes = new Map<TensorId, number>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...graph.constants]) {
    sizes.set(it.id, elementsOf(it.shape));
  }
  const constants = new Map(graph.constants.map((it) => [it.id, it]));
  const arrays = new Map<string, string>();
  // The claim's c determines parameters and inputs, and so does each challenge after it. Never z.
  let seed = "c";

  const declare = (values: readonly (number | bigint)[]): string => {
    const literal = `[${values.length}] = [${values.join(", ")}];`;
    const name = arrays.get(literal) ?? `array${arrays.size}`;
    arrays.set(literal, name);
    return name;
  };
  const array = (values: readonly (number | bigint)[]): string =>
    values.length > LONGEST_LITERAL ? declare(values) : `[${values.join(", ")}]`;
  const call = ({ file, parameters }: Template, ...inputs: readonly string[]): string => {
    const name = file.slice(file.lastIndexOf("/") + 1);
    const literals = parameters.map((it) => (typeof it === "object" ? array(it) : String(it)));
    return `${name}(${literals.join(", ")})(${inputs.join(", ")})`;
  };
  const signal = (id: TensorId): string => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const name = declare(lookUp(constants, id, "integer").values);
    names.set(id, name);
    return name;
  };
  const operand = (it: Operand): string => {
    switch (it.kind) {
      case "tensor":
        return signal(it.id);
      case "tensors":
        return `[${it.ids.map(signal).join(", ")}]`;
      case "scalars":
        return `[${it.ids.map((id) => `${signal(id)}[0]`).join(", ")}]`;
      case "one":
        return "[1]";
      case "zeros":
        return array(Array<number>(it.count).fill(0));
      case "seed":
        return seed;
      default:
        return it satisfies never;
    }
  };
  const define = ({ id, shape }: Tensor): string => {
    const name = `node${steps.findIndex((it) => outputOf(it).id === id)}`;
    names.set(id, name);
    sizes.set(id, elementsOf(shape));
    return `signal ${name}[${elementsOf(shape)}]`;
  };
  return {
    signal,
    statements(step) {
      if (step.kind === "template") {
        const inputs = step.operands.map(operand);
        if (step.isChecked === true) {
          const declaration = define(step.output);
          const output = signal(step.output.id);
          seed = output.replace("node", "digest");
          return [
            `${declaration};`,
            `signal ${seed};`,
            `(${output}, ${seed}) <== ${call(step.template, ...inputs)};`,
          ];
        }
        return [`${define(step.output)} <== ${call(step.template, ...inputs)};`];
      }
      const { inputs, indices, output } = step.node;
      const [first = ""] = inputs;
      const lengths = inputs.map((id) => lookUp(sizes, id, "integer"));
      const isWhole = indices.length === lengths[0] && indices.every((it, i) => it === i);
      if (isWhole && inputs.length === 1) {
        names.set(output.id, signal(first));
        sizes.set(output.id, indices.length);
        return [];
      }
      const sources = inputs.map(signal);
      const declaration = define(output);
      const view = signal(output.id).replace("node", "view");
      const target = { output: view, inputs: sources, tables: `${view}Table` };
      return [
        `var ${view}[${indices.length}];`,
        ...viewStatements(viewRuns(lengths, indices), target),
        `${declaration} <== ${view};`,
      ];
    },
    call,
    arrays: () => [...arrays].map(([literal, name]) => `var ${name}${literal}`),
  };
}

function outputOf(step: Step): Tensor {
  return step.kind === "view" ? step.node.output : step.output;
}

function inputDeclarations(model: ProvableModel): readonly string[] {
  const { graph } = model;
  return [
    "signal input c;",
    "signal input z;",
    "signal input e;",
    ...saltedTensors(model).map((it) => `signal input ${it}Salt;`),
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
  const { tensors, pack, commit } = binding;
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
    `${declaration};`,
    `${claimed}[0] <== ${call(commit, salt, `${name}Words`)};`,
  ];
}

function laidEndToEnd(
  name: string,
  tensors: readonly Tensor[],
  signal: (id: TensorId) => string,
): { readonly name: string; readonly lines: readonly string[] } {
  const [only] = tensors;
  if (tensors.length === 1 && only !== undefined) return { name: signal(only.id), lines: [] };
  let at = 0;
  const copies = tensors.map(({ id, shape }) => {
    const elements = elementsOf(shape);
    const place = at === 0 ? "i" : `${at} + i`;
    at += elements;
    return `for (var i = 0; i < ${elements}; i++) { ${name}[${place}] = ${signal(id)}[i]; }`;
  });
  return { name, lines: [`var ${name}[${at}];`, ...copies] };
}

function claimStatements(
  { weights, input, output, claim }: Components,
  { call }: Writer,
): readonly string[] {
  let at = 0;
  const copies = Object.entries({ weights, input, output }).flatMap(([name, binding]) => {
    const words = claimedWords(binding);
    const place = at === 0 ? "i" : `${at} + i`;
    at += words;
    return words === 0
      ? []
      : [`for (var i = 0; i < ${words}; i++) { v[${place}] <== ${name}Claim[i]; }`];
  });
  return [`signal v[${at}];`, ...copies, `${call(claim, "v", "c", "z", "e")};`];
}
