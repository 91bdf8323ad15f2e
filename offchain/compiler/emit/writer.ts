import type { IntegerGraph, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
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

/** Writes the statements of a main component and remembers what its signals are called. */
export type Writer = {
  readonly signal: (id: TensorId) => string;
  readonly statements: (step: Step) => readonly string[];
  /** An instance of a template. */
  readonly call: (template: Template, ...inputs: readonly string[]) => string;
  /** The signal that a tensor's statements are to declare, with its declaration. */
  readonly define: (output: Tensor) => string;
  readonly operand: (it: Operand) => string;
  /** A list of constants, declared once where it is long. */
  readonly array: (values: readonly (number | bigint)[]) => string;
  /** Declarations of the arrays of constants that were used. */
  readonly arrays: () => readonly string[];
};

/** @param outputs tensors in the order of the statements that compute them, by which their signals are numbered */
export function createWriter(graph: IntegerGraph, outputs: readonly TensorId[]): Writer {
  const places = new Map(outputs.map((id, index) => [id, index]));
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
    const name = `node${lookUp(places, id, "integer")}`;
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
    define,
    operand,
    array,
    arrays: () => [...arrays].map(([literal, name]) => `var ${name}${literal}`),
  };
}

/** What a step computes. */
export function outputOf(step: Step): Tensor {
  return step.kind === "view" ? step.node.output : step.output;
}

/** One array of tensors end to end: its name, and the statements that fill it where it is a new one. */
export function laidEndToEnd(
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
