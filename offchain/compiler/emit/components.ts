import { HASH_TAGS } from "@vouch/protocol";
import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { dotRange, rangeOfType, signedBits } from "../ir/range.ts";
import {
  claim,
  combine,
  commitment,
  hashWords,
  linear,
  packWords,
  relu,
  rescaleTensor,
} from "./templates.ts";
import type { Template } from "./templates.ts";

/** What a circuit depends on: an integer graph that passed `verifyIntegers`, and how its input and output are claimed. */
export type ProvableModel = {
  readonly graph: IntegerGraph;
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
};

/** Templates that bind parameters, input or output to one word list of the claim. */
export type Binding = {
  /** `undefined` where there is nothing to pack: a model without parameters. */
  readonly pack: ReturnType<typeof packWords> | undefined;
  /** `undefined` where the packed words themselves are claimed. */
  readonly commit: Template | undefined;
};

/** Every template instance of a model's circuit, in the order of the main component. */
export type Components = {
  /** In step with `graph.nodes`; `undefined` for a node that only renames its input. */
  readonly nodes: readonly (Template | undefined)[];
  readonly weights: Binding;
  readonly input: Binding;
  readonly output: Binding;
  readonly claim: Template;
};

/**
 * Chooses the templates of a model's circuit; the emitter connects them, the estimate adds them up.
 *
 * @throws {CompilerError} `GRAPH_INVALID` where a tensor is declared of another type or size than the graph's, whose
 * widths were proven for its own type; or for a graph that `verifyIntegers` would have refused.
 */
export function componentsOf(model: ProvableModel): Components {
  requireDeclared(model.graph.input, model.input);
  requireDeclared(model.graph.output, model.output);
  const tensors = tensorsOf(model.graph);
  const weights = weightsBinding(model.graph.parameters);
  const input = tensorBinding(HASH_TAGS.input, model.input);
  const output = tensorBinding(HASH_TAGS.output, model.output);
  return {
    nodes: model.graph.nodes.map((node) => nodeTemplate(node, tensors)),
    weights,
    input,
    output,
    claim: claim(1 + claimedWords(input) + claimedWords(output)),
  };
}

/** Words that a binding puts into the claim. */
export function claimedWords({ pack, commit }: Binding): number {
  return commit === undefined && pack !== undefined ? pack.words : 1;
}

/** Number of elements of a tensor or parameter. */
export function elementsOf({ shape }: Pick<Tensor, "shape">): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Refuses a graph that `verifyIntegers` would have refused before. */
export function undefinedTensor(id: TensorId): never {
  throw invalid(id, "it is used but never defined");
}

/** The circuit range-checks what is declared, and the graph's widths hold for what it says itself. */
function requireDeclared(tensor: Tensor, { elements, bits, signed }: TensorEncoding): void {
  const { type } = tensor;
  if (elements !== elementsOf(tensor) || bits !== type.bits || signed !== type.signed) {
    throw invalid(tensor.id, "it is declared of another type or size");
  }
}

function requireScalar(tensor: AnyTensor): void {
  if (elementsOf(tensor) !== 1) throw invalid(tensor.id, "a multiplier of combine is one number");
}

function invalid(where: TensorId, reason: string): CompilerError {
  return new CompilerError({ code: "GRAPH_INVALID", level: "integer", where, reason });
}

type AnyTensor = Tensor | Parameter;

function tensorsOf(graph: IntegerGraph): (id: TensorId) => AnyTensor {
  const all = [graph.input, ...graph.parameters, ...graph.nodes.map((it) => it.output)];
  const byId = new Map<TensorId, AnyTensor>(all.map((it) => [it.id, it]));
  return (id) => byId.get(id) ?? undefinedTensor(id);
}

function nodeTemplate(
  node: IntegerNode,
  tensor: (id: TensorId) => AnyTensor,
): Template | undefined {
  const elements = elementsOf(node.output);
  switch (node.op) {
    case "linear": {
      const weights = tensor(node.weights);
      const [outputs = 1, inputs = 1] = weights.shape; // verifyIntegers: of rank 2
      // From the types alone, as these are what the circuit range-checks.
      const ranges = [rangeOfType(tensor(node.input).type), rangeOfType(weights.type)] as const;
      return linear({
        rows: elements / outputs,
        inputs,
        outputs,
        bits: signedBits(dotRange(...ranges, inputs)),
        bias: node.bias !== undefined,
      });
    }
    case "combine":
      node.multipliers.map(tensor).forEach(requireScalar);
      return combine(node.inputs.length, elements);
    case "rescale": {
      const { type } = tensor(node.input);
      const multiplier = node.multiplier === undefined ? undefined : tensor(node.multiplier);
      return rescaleTensor(elements, multiplier === undefined ? 1 : elementsOf(multiplier), {
        accumulatorBits: type.bits + (type.signed ? 0 : 1),
        multiplierBits: multiplier?.type.bits,
        shift: node.shift,
        output: clampedType(node.output.type, node.relu),
      });
    }
    case "relu":
      return relu(
        elements,
        tensor(node.input).type.bits + (tensor(node.input).type.signed ? 0 : 1),
      );
    case "reshape":
      return undefined;
    default:
      return node satisfies never;
  }
}

/** `0..hi` of a signed type is the unsigned type of one bit less. */
function clampedType(type: Tensor["type"], nonNegative: boolean): Tensor["type"] {
  return nonNegative && type.signed ? { bits: type.bits - 1, signed: false } : type;
}

function weightsBinding(parameters: readonly Parameter[]): Binding {
  if (parameters.length === 0) return { pack: undefined, commit: hashWords(HASH_TAGS.weights, 1) };
  const pack = packWords(parameters.map((it) => ({ ...it.type, elements: elementsOf(it) })));
  return { pack, commit: commitment(HASH_TAGS.weights, pack.words) };
}

function tensorBinding(tag: number, { mode, elements, bits, signed }: TensorEncoding): Binding {
  const pack = packWords([{ elements, bits, signed }]);
  return { pack, commit: mode === "committed" ? commitment(tag, pack.words) : undefined };
}
