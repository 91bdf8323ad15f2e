import { HASH_TAGS } from "@vouch/protocol";
import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { WeightsMode } from "../ir/compiledModel.ts";
import type { IntegerGraph, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { elementsOf } from "../ir/shape.ts";
import type { ClaimEncoding } from "./joinEncoding.ts";
import { lowerNodes } from "./lowerNodes.ts";
import type { Step } from "./lowerNodes.ts";
import { claim, commitment, hashWords, packWords } from "./templates.ts";
import type { Template } from "./templates.ts";

/** What a circuit depends on: an integer graph that passed `verifyIntegers`, and how input, output and weights are claimed. */
export type ProvableModel = {
  readonly graph: IntegerGraph;
  readonly input: ClaimEncoding;
  readonly output: ClaimEncoding;
  readonly weights: WeightsMode;
};

/** Templates that bind parameters, input or output to one word list of the claim. */
export type Binding = {
  /** What is bound, laid end to end. */
  readonly tensors: readonly Tensor[];
  /** `undefined` where there is nothing to pack: a model without parameters. */
  readonly pack: ReturnType<typeof packWords> | undefined;
  /** `undefined` where the packed words themselves are claimed. */
  readonly commit: Template | undefined;
};

/** Every template instance of a model's circuit, in the order of the main component. */
export type Components = {
  readonly steps: readonly Step[];
  /** Constraints of each node of the graph; those of nodes that are computed as one count for the first. */
  readonly constraints: readonly number[];
  /** `undefined` where the weights are public. */
  readonly weights: Binding | undefined;
  readonly input: Binding;
  readonly output: Binding;
  readonly claim: Template;
};

/**
 * Chooses the templates of a model's circuit; the emitter connects them, the estimate adds them up.
 *
 * @throws {CompilerError} `GRAPH_INVALID` where a tensor is declared of another type or size than the graph's, whose
 * widths were proven for its own type; where public weights are parameters; or for a graph that `verifyIntegers` would
 * have refused.
 */
export function componentsOf({ graph, ...model }: ProvableModel): Components {
  if (model.weights === "public" && graph.parameters.length > 0) {
    throw invalid(graph.name, "its weights are public, and parameters are committed");
  }
  const weights = model.weights === "public" ? undefined : weightsBinding(graph.parameters);
  const input = inputBinding(graph, model.input);
  const output = outputBinding(graph, model.output, model.input.mode === "join");
  const words = [weights, input, output].reduce((sum, it) => sum + claimedWords(it), 0);
  return { ...lowerNodes(graph), weights, input, output, claim: claim(words) };
}

/** Words that a binding puts into the claim. */
export function claimedWords(binding: Binding | undefined): number {
  if (binding === undefined) return 0;
  const { pack, commit } = binding;
  return commit === undefined && pack !== undefined ? pack.words : 1;
}

function weightsBinding(parameters: readonly Parameter[]): Binding {
  if (parameters.length === 0) {
    return { tensors: [], pack: undefined, commit: hashWords(HASH_TAGS.weights, 1) };
  }
  return committed(HASH_TAGS.weights, parameters);
}

function inputBinding(graph: IntegerGraph, encoding: ClaimEncoding): Binding {
  const inputs = inputsOf(graph);
  // What is not bound, a prover is free to choose.
  const declared = encoding.mode === "join" ? encoding.tensors.length : 1;
  if (declared !== inputs.length) throw invalid(graph.name, "not all that comes in is declared");
  if (encoding.mode !== "join") return tensorBinding(HASH_TAGS.input, graph.input, encoding);
  inputs.forEach((it, index) => {
    requireSame(it, encoding.tensors[index]);
  });
  return committed(HASH_TAGS.join, inputs);
}

/** @param isSegment what leaves a segment may be wider to it than to the whole model, for which its type was proven */
function outputBinding(graph: IntegerGraph, encoding: ClaimEncoding, isSegment: boolean): Binding {
  if (encoding.mode !== "join") {
    const type = isSegment ? encoding : graph.output.type;
    return tensorBinding(HASH_TAGS.output, { ...graph.output, type }, encoding);
  }
  const tensors = [...inputsOf(graph), ...graph.nodes.map((it) => it.output)];
  const byId = new Map<TensorId, Tensor>(tensors.map((it) => [it.id, it]));
  for (const it of [...graph.parameters, ...graph.constants]) byId.set(it.id, it);
  for (const it of encoding.tensors) requireFits(it, lookUp(byId, it.id, "integer"));
  return committed(HASH_TAGS.join, encoding.tensors);
}

function tensorBinding(tag: number, tensor: Tensor, encoding: TensorEncoding): Binding {
  const { mode, elements, bits, signed } = encoding;
  requireSame(tensor, { shape: [elements], type: { bits, signed } });
  if (mode === "committed") return committed(tag, [tensor]);
  return { tensors: [tensor], pack: packTensors([tensor]), commit: undefined };
}

function committed(tag: number, tensors: readonly Tensor[]): Binding {
  const pack = packTensors(tensors);
  return { tensors, pack, commit: commitment(tag, pack.words) };
}

function packTensors(tensors: readonly Tensor[]): ReturnType<typeof packWords> {
  return packWords(tensors.map(({ shape, type }) => ({ ...type, elements: elementsOf(shape) })));
}

/** The circuit range-checks what is declared, and the graph's widths hold for what it says itself. */
function requireSame(tensor: Tensor, declared: Pick<Tensor, "shape" | "type"> | undefined): void {
  if (
    declared === undefined ||
    elementsOf(declared.shape) !== elementsOf(tensor.shape) ||
    declared.type.bits !== tensor.type.bits ||
    declared.type.signed !== tensor.type.signed
  ) {
    throw invalid(tensor.id, "it is declared of another type or size");
  }
}

/** What leaves a segment may be packed narrower than its type: the range check refuses nothing that its range allows. */
function requireFits(declared: Tensor, { id, shape }: Tensor): void {
  if (elementsOf(declared.shape) !== elementsOf(shape)) {
    throw invalid(id, "it is declared of another size");
  }
}

function invalid(where: TensorId, reason: string): CompilerError {
  return new CompilerError({ code: "GRAPH_INVALID", level: "integer", where, reason });
}
