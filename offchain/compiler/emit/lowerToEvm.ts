import { CompilerError } from "../errors.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { rangeOfType, rangeOfValues, signedBits } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import { inferRanges } from "../passes/inferRanges.ts";
import type { EvmCode, EvmInstruction, EvmOperand, EvmOperation } from "./evmInstructions.ts";
import { EVM_INPUT, wordBytes } from "./evmInstructions.ts";

/** Most entries of a table, as a power of two. */
const MAX_ENTRY_BITS = 16;
const WORD_BITS = 256;
/** What a byte holds. */
const MAX_LANES = 255;

/** Where an element of a view comes from; `undefined` is 0. */
type Source = { readonly tensor: TensorId; readonly index: number } | undefined;

/**
 * Lowers a graph to instructions of `contracts/libraries/IntegerModel.sol`. Views cost nothing where they show a part of
 * one tensor in order; else they are gathered when first read, and views of views from where their elements are.
 *
 * @throws {CompilerError} `EVM_UNSUPPORTED` for parameters (private weights), a segment, or a table of more than 2^16 entries.
 */
export function lowerToEvm(graph: IntegerGraph): EvmCode {
  if (graph.parameters.length > 0) unsupported("its weights are private");
  if (graph.carried !== undefined) unsupported("it is a segment of a model");
  const ranges = inferRanges(graph);
  const constants = new Map(graph.constants.map((it) => [it.id, it]));
  const tensors = new Map<TensorId, Tensor | Parameter>(constants);
  const views = new Map<TensorId, readonly Source[]>();
  const operands = new Map<TensorId, EvmOperand>();
  const instructions: EvmInstruction[] = [];

  tensors.set(graph.input.id, graph.input);
  operands.set(graph.input.id, { tensor: EVM_INPUT, offset: 0 });
  for (const node of graph.nodes) {
    tensors.set(node.output.id, node.output);
    lower(node);
  }
  const elements = elementsOf(graph.output.shape);
  return {
    input: { elements: elementsOf(graph.input.shape), type: graph.input.type },
    output: { ...operandOf(graph.output.id), elements, type: graph.output.type },
    instructions,
  };

  function add(
    operation: EvmOperation,
    elements: number,
    reads: readonly (EvmOperand | undefined)[],
  ): EvmOperand {
    const output = EVM_INPUT + 1 + instructions.length;
    instructions.push({ ...operation, output, elements, reads });
    return { tensor: output, offset: 0 };
  }

  function load(values: readonly bigint[]): EvmOperand {
    return add({ op: "load", values, width: bytesOf(rangeOfValues(values)) }, values.length, []);
  }

  /** Where a tensor lies, once it has been loaded or gathered. */
  function operandOf(id: TensorId): EvmOperand {
    const known = operands.get(id);
    if (known !== undefined) return known;
    const constant = constants.get(id);
    const operand =
      constant === undefined ? gather(lookUp(views, id, "integer")) : load(constant.values);
    operands.set(id, operand);
    return operand;
  }

  function gather(sources: readonly Source[]): EvmOperand {
    const values = sources.map(valueOf);
    if (values.every((it) => it !== undefined)) return load(values);
    const [first] = sources;
    const isPart = sources.every(
      (it, i) => it?.tensor === first?.tensor && it?.index === (first?.index ?? 0) + i,
    );
    const reads = sources.map((it) => it && elementOf(it));
    const [start] = reads;
    if (isPart && start !== undefined) return start;
    return add({ op: "gather" }, sources.length, reads);
  }

  function elementOf({ tensor, index }: NonNullable<Source>): EvmOperand {
    const operand = operandOf(tensor);
    return { ...operand, offset: operand.offset + index };
  }

  function valueOf(source: Source): bigint | undefined {
    return source === undefined ? 0n : constants.get(source.tensor)?.values[source.index];
  }

  function lower(node: IntegerNode): void {
    if (node.op === "view") views.set(node.output.id, sourcesOf(node));
    else operands.set(node.output.id, compute(node));
  }

  function sourcesOf({ inputs, indices }: IntegerNode & { op: "view" }): readonly Source[] {
    const all = inputs.flatMap((tensor): readonly Source[] => {
      const shown = views.get(tensor);
      if (shown !== undefined) return shown;
      const length = elementsOf(lookUp(tensors, tensor, "integer").shape);
      return Array.from({ length }, (_, index) => ({ tensor, index }));
    });
    return Array.from(indices, (index) => all[index]); // -1 is no element
  }

  function compute(node: Exclude<IntegerNode, { op: "view" }>): EvmOperand {
    const elements = elementsOf(node.output.shape);
    switch (node.op) {
      case "linear":
        return add(linearOf(node), elements, [operandOf(node.input)]);
      case "matmul": {
        const [batches = 1, rows = 1, inner = 1] = lookUp(tensors, node.left, "integer").shape;
        const reads = [operandOf(node.left), operandOf(node.right)];
        return add({ op: "matmul", batches, rows, inner }, elements, reads);
      }
      case "combine":
        return combine(node, elements);
      case "multiply": {
        const reads = [operandOf(node.left), operandOf(node.right)];
        return add({ op: "multiply", length: elements }, elements, reads);
      }
      case "rescale": {
        const { shift, relu, output } = node;
        const multipliers = node.multiplier === undefined ? [1n] : valuesOf(node.multiplier);
        const [multiplier = 1n, ...others] = multipliers;
        const input = operandOf(node.input);
        const rescale = { op: "rescale", shift, relu, type: output.type } as const;
        if (others.length === 0) return add({ ...rescale, multiplier }, elements, [input]);
        const reads = [input, operandOf(node.multiplier ?? "")];
        const product = add({ op: "multiply", length: multipliers.length }, elements, reads);
        return add({ ...rescale, multiplier: 1n }, elements, [product]);
      }
      case "lookup":
        return add(lookupOf(node), elements, [operandOf(node.input)]);
      case "divide": {
        const reads = [operandOf(node.left), operandOf(node.right)];
        return add({ op: "divide", shift: node.shift }, elements, reads);
      }
      case "compare":
        return add({ op: node.relation }, elements, [operandOf(node.left), operandOf(node.right)]);
      case "select": {
        const reads = [node.left, node.right, node.condition].map(operandOf);
        return add({ op: "select" }, elements, reads);
      }
      case "relu":
        return add({ op: "relu" }, elements, [operandOf(node.input)]);
      case "sqrt":
        return add({ op: "root" }, elements, [operandOf(node.input)]);
      case "reduceSum":
      case "reduceMax": {
        const length = elementsOf(lookUp(tensors, node.input, "integer").shape) / elements;
        const op = node.op === "reduceSum" ? "sum" : "maximum";
        return add({ op, length }, elements, [operandOf(node.input)]);
      }
      default:
        return node satisfies never;
    }
  }

  function combine(node: IntegerNode & { op: "combine" }, elements: number): EvmOperand {
    const terms = node.inputs.map((id, k) => {
      const [factor = 0n] = valuesOf(node.multipliers[k] ?? "");
      return { operand: operandOf(id), factor };
    });
    const [first, ...others] = terms;
    if (first === undefined) return lookUp(operands, "", "integer");
    if (others.length === 0 && first.factor === 1n) return first.operand;
    const [second = { ...first, factor: 0n }, ...rest] = others;
    return rest.reduce(
      (sum, { operand, factor }) =>
        add({ op: "combine", factors: [1n, factor] }, elements, [sum, operand]),
      add({ op: "combine", factors: [first.factor, second.factor] }, elements, [
        first.operand,
        second.operand,
      ]),
    );
  }

  function valuesOf(id: TensorId): readonly bigint[] {
    return lookUp(constants, id, "integer").values;
  }

  function linearOf(node: IntegerNode & { op: "linear" }): EvmOperation {
    const { shape, values: weights } = lookUp(constants, node.weights, "integer");
    const [outputs = 1, inputs = 1] = shape;
    const bias = node.bias === undefined ? [] : valuesOf(node.bias);
    // Of every sum, for all inputs: what its lane has to hold.
    const bits = signedBits(lookUp(ranges, node.output.id, "integer"));
    const groups = Math.ceil(outputs / Math.min(Math.floor(WORD_BITS / bits), MAX_LANES));
    const lanes = Math.ceil(outputs / groups);
    const half = 1n << BigInt(bits - 1);
    const words: bigint[] = [];
    const pack = (start: number, valueOf: (output: number) => bigint): void => {
      let word = 0n;
      for (let o = Math.min(start + lanes, outputs) - 1; o >= start; o--) {
        word = (word << BigInt(bits)) + valueOf(o);
      }
      words.push(BigInt.asUintN(8 * wordBytes({ lanes, bits }), word));
    };
    for (let start = 0; start < outputs; start += lanes) {
      pack(start, (o) => (bias[o] ?? 0n) + half);
      for (let i = 0; i < inputs; i++) pack(start, (o) => weights[o * inputs + i] ?? 0n);
    }
    const rows = elementsOf(node.output.shape) / outputs;
    return { op: "linear", rows, inputs, lanes, bits, words };
  }

  function lookupOf(node: IntegerNode & { op: "lookup" }): EvmOperation {
    const { type } = lookUp(tensors, node.input, "integer");
    const { base, slope, lowBits } = node;
    const highBits = type.bits - lowBits;
    if (highBits > MAX_ENTRY_BITS) unsupported(`${node.name} has a table of 2^${highBits} entries`);
    const entries = lowBits === 0 ? base : base.flatMap((it, h) => [it, slope[h] ?? 0n]);
    const width = bytesOf(rangeOfValues(entries));
    return { op: "lookup", least: rangeOfType(type).lo, highBits, lowBits, width, entries };
  }
}

/** Bytes of the narrowest signed integer that holds the range. */
function bytesOf(range: Range): number {
  return Math.ceil(signedBits(range) / 8);
}

/** @throws {CompilerError} always, `EVM_UNSUPPORTED`. */
export function unsupported(reason: string): never {
  throw new CompilerError({ code: "EVM_UNSUPPORTED", reason });
}
