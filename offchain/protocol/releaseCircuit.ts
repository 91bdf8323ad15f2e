import type { Circuit, CircuitTensor } from "./circuit.ts";
import { circuitId } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { CommittedCircuit } from "./committedCircuit.ts";
import { committedCircuitId } from "./committedCircuit.ts";
import type { CircuitId } from "./hex.ts";
import { segmentsId } from "./segments.ts";
import type { WeightsRegistration } from "./weightsRegistration.ts";

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

/** What a release names as its circuit: one, or a list of them. */
export type ReleaseCircuit = SingleCircuit | SegmentedCircuit;

/** Returns the circuits that prove a release, in order: one unless it is proven in segments. */
export function circuitsOf(circuit: ReleaseCircuit): readonly SingleCircuit[] {
  return circuit.system === "groth16Segments" ? circuit.segments : [circuit];
}

/** Returns the id of one circuit, whatever its proof system. */
export function singleCircuitId(circuit: SingleCircuit): CircuitId {
  return circuit.system === "groth16" ? circuitId(circuit) : committedCircuitId(circuit);
}

/** Returns the id by which a release names its circuit or list of circuits. */
export function releaseCircuitId(circuit: ReleaseCircuit): CircuitId {
  return circuit.system === "groth16Segments"
    ? segmentsId(circuit.segments.map(circuitId))
    : singleCircuitId(circuit);
}

/**
 * Returns the circuit of a release that these circuits prove together: the one there is, or the list of several. Demands
 * what registration does, that each takes in what the one before gives out.
 *
 * @throws {ProtocolError} `SEGMENT_COUNT` for none, `SEGMENT_INVALID`.
 */
export function joinCircuits(circuits: readonly SingleCircuit[]): ReleaseCircuit {
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
