import { lookUp } from "./ir/lookUp.ts";
import { CompilerError } from "./errors.ts";
import type { IntegerGraph, IntegerNode, Parameter, TensorId } from "./ir/integerGraph.ts";
import { clampRange, rangeOfType } from "./ir/range.ts";
import { rescale } from "./ir/rescale.ts";
import { elementsOf } from "./ir/shape.ts";

type Values = readonly bigint[];

/**
 * Runs an integer graph: the reference that integer ONNX and the circuit equal bit for bit.
 *
 * @param input row-major integers of the input's type
 * @returns the output, row-major
 * @throws {CompilerError} `INPUT_INVALID` for a wrong number of elements or one out of range.
 */
export function interpret(graph: IntegerGraph, input: Values): Values {
  return lookUp(interpretAll(graph, input), graph.output.id, "integer");
}

/** As `interpret`, every tensor by its id, parameters included. */
export function interpretAll(graph: IntegerGraph, input: Values): ReadonlyMap<TensorId, Values> {
  checkInput(graph, input);
  const parameters = new Map(graph.parameters.map((it) => [it.id, it]));
  const values = new Map<TensorId, Values>([[graph.input.id, input]]);
  for (const { id, values: own } of graph.parameters) values.set(id, own);
  for (const node of graph.nodes) {
    values.set(
      node.output.id,
      evaluate(node, (id) => lookUp(values, id, "integer"), parameters),
    );
  }
  return values;
}

function checkInput({ input: { shape, type } }: IntegerGraph, input: Values): void {
  const expected = elementsOf(shape);
  if (input.length !== expected) {
    const reason = `${input.length} elements where the model takes ${expected}`;
    throw new CompilerError({ code: "INPUT_INVALID", index: input.length, reason });
  }
  const { lo, hi } = rangeOfType(type);
  const index = input.findIndex((it) => it < lo || hi < it);
  if (index !== -1) {
    const reason = `${String(input[index])} is outside ${lo} to ${hi}`;
    throw new CompilerError({ code: "INPUT_INVALID", index, reason });
  }
}

function evaluate(
  node: IntegerNode,
  valuesOf: (id: TensorId) => Values,
  parameters: ReadonlyMap<TensorId, Parameter>,
): Values {
  switch (node.op) {
    case "linear": {
      const [outputs = 0, inputs = 0] = lookUp(parameters, node.weights, "integer").shape;
      const bias = node.bias === undefined ? undefined : valuesOf(node.bias);
      const [input, weights] = [valuesOf(node.input), valuesOf(node.weights)];
      return Array.from({ length: elementsOf(node.output.shape) }, (_, index) => {
        const o = index % outputs;
        const start = ((index - o) / outputs) * inputs;
        let sum = bias?.[o] ?? 0n;
        for (let i = 0; i < inputs; i++) {
          sum += (input[start + i] ?? 0n) * (weights[o * inputs + i] ?? 0n);
        }
        return sum;
      });
    }
    case "combine": {
      const terms = node.inputs.map((id, k) => {
        const [multiplier = 0n] = valuesOf(node.multipliers[k] ?? "");
        return { values: valuesOf(id), multiplier };
      });
      return Array.from({ length: elementsOf(node.output.shape) }, (_, i) =>
        terms.reduce((sum, { values, multiplier }) => sum + (values[i] ?? 0n) * multiplier, 0n),
      );
    }
    case "rescale": {
      const multipliers = node.multiplier === undefined ? [1n] : valuesOf(node.multiplier);
      const range = clampRange(node.output.type, node.relu);
      return valuesOf(node.input).map((it, i) =>
        rescale(it, multipliers[i % multipliers.length] ?? 0n, node.shift, range),
      );
    }
    case "relu":
      return valuesOf(node.input).map((it) => (it > 0n ? it : 0n));
    case "reshape":
      return valuesOf(node.input);
    default:
      return node satisfies never;
  }
}
