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
import { claimEach, commitEach, commitment, hashWords, packEach, packWords } from "./templates.ts";
import type { PackTemplate, Template } from "./templates.ts";

/** What a circuit depends on: an integer graph that passed `verifyIntegers`, and how input, output and weights are claimed. */
export type ProvableModel = {
  readonly graph: IntegerGraph;
  /** Of one inference, as `output` is. */
  readonly input: ClaimEncoding;
  readonly output: ClaimEncoding;
  readonly weights: WeightsMode;
  /** How many inferences the graph makes at once (`batchModel`), each with words of its own; one where absent. */
  readonly inferences?: number;
};

/** Templates that bind parameters, input or output to one word list of the claim. */
export type Binding = {
  /** What is bound, laid end to end; of several inferences, one after the other. */
  readonly tensors: readonly Tensor[];
  /** `undefined` where there is nothing to pack: a model without parameters. */
  readonly pack: PackTemplate | undefined;
  /** `undefined` where the packed words themselves are claimed. */
  readonly commit: Template | undefined;
  /** How many are packed, and committed to, each by itself; 1 of the weights, whatever the number of inferences. */
  readonly inferences: number;
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
  const inferences = inferencesOf(model);
  if (model.weights === "public" && graph.parameters.length > 0) {
    throw invalid(graph.name, "its weights are public, and parameters are committed");
  }
  const weights = model.weights === "public" ? undefined : weightsBinding(graph.parameters);
  const input = inputBinding(graph, model.input, inferences);
  const output = outputBinding(graph, model.output, model.input.mode === "join", inferences);
  const words = [weights, input, output].reduce((sum, it) => sum + claimedWords(it), 0);
  return { ...lowerNodes(graph), weights, input, output, claim: claimEach(inferences, words) };
}

/** Words that a binding puts into the claim. */
export function claimedWords(binding: Binding | undefined): number {
  if (binding === undefined) return 0;
  const { pack, commit, inferences } = binding;
  return commit === undefined && pack !== undefined ? pack.words : inferences;
}

/** How many inferences a model makes at once. */
export function inferencesOf({ inferences = 1 }: Pick<ProvableModel, "inferences">): number {
  return inferences;
}

function weightsBinding(parameters: readonly Parameter[]): Binding {
  if (parameters.length === 0) {
    const commit = hashWords(HASH_TAGS.weights, 1);
    return { tensors: [], pack: undefined, commit, inferences: 1 };
  }
  return committed(HASH_TAGS.weights, parameters);
}

function inputBinding(graph: IntegerGraph, encoding: ClaimEncoding, inferences: number): Binding {
  const inputs = inputsOf(graph);
  // What is not bound, a prover is free to choose.
  const declared = encoding.mode === "join" ? encoding.tensors.length : 1;
  if (declared !== inputs.length) throw invalid(graph.name, "not all that comes in is declared");
  if (encoding.mode !== "join")
    return tensorBinding(HASH_TAGS.input, graph.input, encoding, inferences);
  requireAlone(graph, inferences);
  inputs.forEach((it, index) => {
    requireSame(it, encoding.tensors[index]);
  });
  return committed(HASH_TAGS.join, inputs);
}

/** @param isSegment what leaves a segment may be wider to it than to the whole model, for which its type was proven */
function outputBinding(
  graph: IntegerGraph,
  encoding: ClaimEncoding,
  isSegment: boolean,
  inferences: number,
): Binding {
  if (encoding.mode !== "join") {
    const type = isSegment ? encoding : graph.output.type;
    return tensorBinding(HASH_TAGS.output, { ...graph.output, type }, encoding, inferences);
  }
  requireAlone(graph, inferences);
  const tensors = [...inputsOf(graph), ...graph.nodes.map((it) => it.output)];
  const byId = new Map<TensorId, Tensor>(tensors.map((it) => [it.id, it]));
  for (const it of [...graph.parameters, ...graph.constants]) byId.set(it.id, it);
  for (const it of encoding.tensors) requireFits(it, lookUp(byId, it.id, "integer"));
  return committed(HASH_TAGS.join, encoding.tensors);
}

function tensorBinding(
  tag: number,
  tensor: Tensor,
  { mode, elements, bits, signed }: TensorEncoding,
  inferences: number,
): Binding {
  requireSame(tensor, { shape: [inferences, elements], type: { bits, signed } });
  const one = packTensors([{ ...tensor, shape: [elements] }]);
  const commit = mode === "committed" ? commitment(tag, one.words) : undefined;
  return {
    ...{ tensors: [tensor], pack: packEach(inferences, one), inferences },
    commit: commit === undefined ? undefined : commitEach(inferences, commit),
  };
}

function committed(tag: number, tensors: readonly Tensor[]): Binding {
  const pack = packTensors(tensors);
  return { tensors, pack, commit: commitment(tag, pack.words), inferences: 1 };
}

/** What is joined is of one inference. */
function requireAlone({ name }: IntegerGraph, inferences: number): void {
  if (inferences !== 1) throw invalid(name, "a segment is proven for one inference at a time");
}

function packTensors(tensors: readonly Tensor[]): PackTemplate {
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
