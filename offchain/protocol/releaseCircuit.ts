import type { Circuit, CircuitTensor } from "./circuit.ts";
import { circuitId } from "./circuit.ts";
import { MAX_BATCH_CIRCUITS, MAX_BATCH_WORDS, batchesId, isBatchSize } from "./batches.ts";
import { ProtocolError } from "./errors.ts";
import type { CommittedCircuit } from "./committedCircuit.ts";
import { committedCircuitId } from "./committedCircuit.ts";
import type { CircuitId } from "./hex.ts";
import { segmentsId } from "./segments.ts";
import type { WeightsRegistration } from "./weightsRegistration.ts";
import { wordCount } from "./words.ts";

/** What a circuit and a list of circuits have in common. */
type CircuitOutline = Pick<Circuit, "weights" | "setup" | "input" | "output">;

/**
 * An ordered list of circuits that together prove one model (docs/statement.md, section 8). The outline is that of the
 * whole: the first one's input, the last one's output, the worst set-up. `joinCircuits` makes one.
 */
export type SegmentedCircuit = CircuitOutline & {
  readonly system: "groth16Segments";
  readonly segments: readonly Circuit[];
};

/**
 * A commit-and-prove circuit as a release's proofs are of it: with what shows that the point they are verified against opens
 * to the release's weights. Null where the circuit holds these; the id does not depend on it.
 */
export type WeightedCircuit = CommittedCircuit & {
  readonly registration: WeightsRegistration | null;
};

/** A circuit that proves by itself. */
export type SingleCircuit = Circuit | WeightedCircuit;

/** A circuit that proves so many inferences at once; its encodings are those of one. */
export type BatchCircuit = { readonly count: number; readonly circuit: SingleCircuit };

/**
 * A circuit that proves one inference, with others that prove several of the same weights by one proof. The outline is that of
 * the one, with the worst set-up of all. `withBatches` makes one.
 */
export type BatchedCircuit = CircuitOutline & {
  readonly system: "batches";
  readonly single: SingleCircuit;
  /** By count, ascending. */
  readonly batches: readonly BatchCircuit[];
};

/** What proves one inference: a circuit, or a list of them. */
export type InferenceCircuit = SingleCircuit | SegmentedCircuit;

/** What a release names as its circuit. */
export type ReleaseCircuit = InferenceCircuit | BatchedCircuit;

/** Returns what proves one inference of a release. */
export function singleOf(circuit: ReleaseCircuit): InferenceCircuit {
  return circuit.system === "batches" ? circuit.single : circuit;
}

/** Returns the circuits that prove several inferences of a release at once, by count. */
export function batchesOf(circuit: ReleaseCircuit): readonly BatchCircuit[] {
  return circuit.system === "batches" ? circuit.batches : [];
}

/**
 * Returns the circuit of a release that proves so many inferences at once.
 *
 * @throws {ProtocolError} `BATCH_CIRCUIT_MISSING`, with the sizes that there are.
 */
export function batchCircuitOf(circuit: ReleaseCircuit, count: number): SingleCircuit {
  const batches = batchesOf(circuit);
  const found = batches.find((it) => it.count === count);
  if (found !== undefined) return found.circuit;
  const sizes = batches.map((it) => it.count).join(", ");
  throw new ProtocolError({ code: "BATCH_CIRCUIT_MISSING", count, sizes });
}

/** Returns the circuits that prove one inference of a release, in order: one unless it is proven in segments. */
export function circuitsOf(circuit: ReleaseCircuit): readonly SingleCircuit[] {
  const single = singleOf(circuit);
  return single.system === "groth16Segments" ? single.segments : [single];
}

/** Returns every circuit by which a proof of the release may be: those of one inference, then those of several. */
export function everyCircuitOf(circuit: ReleaseCircuit): readonly SingleCircuit[] {
  return [...circuitsOf(circuit), ...batchesOf(circuit).map((it) => it.circuit)];
}

/** Returns the id of one circuit, whatever its proof system. */
export function singleCircuitId(circuit: SingleCircuit): CircuitId {
  return circuit.system === "groth16" ? circuitId(circuit) : committedCircuitId(circuit);
}

/** Returns the id by which a release names its circuit, list of circuits, or circuit with batches. */
export function releaseCircuitId(circuit: ReleaseCircuit): CircuitId {
  switch (circuit.system) {
    case "groth16Segments":
      return segmentsId(circuit.segments.map(circuitId));
    case "batches":
      return batchesId(
        singleCircuitId(circuit.single),
        circuit.batches.map((it) => ({ count: it.count, circuit: singleCircuitId(it.circuit) })),
      );
    default:
      return singleCircuitId(circuit);
  }
}

/**
 * Returns the circuit with its outline derived anew from the circuits that it holds: what a receipt says of it is not taken
 * on trust.
 *
 * @throws {ProtocolError} `SEGMENT_COUNT`, `SEGMENT_INVALID`, `BATCH_CIRCUIT_INVALID`.
 */
export function outlinedAnew(circuit: ReleaseCircuit): ReleaseCircuit {
  return circuit.system === "batches"
    ? withBatches(circuit.single, circuit.batches)
    : joinCircuits(circuitsOf(circuit));
}

/**
 * Returns a circuit with those that prove several inferences at once. Demands what registration does: as many sizes as one
 * may, each once and ascending, all of one system, weights mode and encodings.
 *
 * @throws {ProtocolError} `BATCH_CIRCUIT_INVALID`, naming the size.
 */
export function withBatches(
  single: SingleCircuit,
  batches: readonly BatchCircuit[],
): BatchedCircuit {
  const refuse = (count: number, reason: string): never => {
    throw new ProtocolError({ code: "BATCH_CIRCUIT_INVALID", count, reason });
  };
  if (batches.length === 0 || batches.length > MAX_BATCH_CIRCUITS)
    refuse(batches.length, `not from 1 to ${MAX_BATCH_CIRCUITS} sizes`);
  const words = wordCount(single.input) + wordCount(single.output);
  for (const [index, { count, circuit }] of batches.entries()) {
    if (!isBatchSize(count)) refuse(count, "no number of inferences that one proof may have");
    if (count * words > MAX_BATCH_WORDS)
      refuse(count, `${count * words} words, more than ${MAX_BATCH_WORDS}`);
    if (count <= (batches[index - 1]?.count ?? 0)) refuse(count, "sizes do not ascend");
    if (circuit.system !== single.system) refuse(count, "another proof system");
    if (circuit.weights !== single.weights) refuse(count, "its weights are of another kind");
    if (!isSameTensor(circuit.input, single.input)) refuse(count, "another encoding of inputs");
    if (!isSameTensor(circuit.output, single.output)) refuse(count, "another encoding of outputs");
  }
  const { weights, input, output } = single;
  const all = [single, ...batches.map((it) => it.circuit)];
  const development = all.some(({ setup }) => setup === "development");
  const setup = development ? "development" : "unverified";
  return { system: "batches", ...{ weights, setup, input, output, single, batches } };
}

/**
 * Returns the circuit of a release that these circuits prove together: the one there is, or the list of several. Demands
 * what registration does, that each takes in what the one before gives out.
 *
 * @throws {ProtocolError} `SEGMENT_COUNT` for none, `SEGMENT_INVALID`.
 */
export function joinCircuits(circuits: readonly SingleCircuit[]): InferenceCircuit {
  const [first, last] = [circuits[0], circuits.at(-1)];
  if (first === undefined || last === undefined)
    throw new ProtocolError({ code: "SEGMENT_COUNT", count: 0, expected: 1 });
  if (circuits.length === 1) return first;
  const segments = circuits.map((it, index) => {
    const fail = (reason: string): never => {
      throw new ProtocolError({ code: "SEGMENT_INVALID", index, reason });
    };
    if (it.system !== "groth16")
      return fail("it is a commit-and-prove circuit, which no list takes");
    const { weights, input } = it;
    if (weights !== first.weights) fail("its weights are of another kind");
    const before = circuits[index - 1]?.output;
    if (before !== undefined && (input.mode !== "committed" || !isSameTensor(before, input)))
      fail("it does not take in what the one before gives out");
    return it;
  });
  const development = segments.some(({ setup }) => setup === "development");
  return {
    system: "groth16Segments",
    weights: first.weights,
    setup: development ? "development" : "unverified",
    input: first.input,
    output: last.output,
    segments,
  };
}

function isSameTensor(a: CircuitTensor, b: CircuitTensor): boolean {
  return (
    a.mode === b.mode && a.elements === b.elements && a.bits === b.bits && a.signed === b.signed
  );
}
