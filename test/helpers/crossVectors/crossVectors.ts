/** Test only: what becomes of honest proofs once they are changed, and what must be said of each. */
import type { Mutation, OtherItems, ProvenItem } from "../proofMutations.ts";
import { COMMITTED_MUTATIONS, MUTATIONS } from "../proofMutations.ts";
import type { CrossCircuit } from "./crossCircuit.ts";

/** One proof with its statement. */
export type CrossVector = {
  readonly circuit: CrossCircuit;
  readonly item: ProvenItem;
  /** What was done to it. */
  readonly name: string;
  readonly valid: boolean;
  /** As `Mutation.aliased`. */
  readonly aliased: boolean;
};

/** The proofs as they are. */
export function honestVectors(circuits: readonly CrossCircuit[]): readonly CrossVector[] {
  return circuits.flatMap((circuit) =>
    circuit.items.map((item) => ({
      ...{ circuit, item, name: "as it is", valid: true, aliased: false },
    })),
  );
}

/**
 * So many changes of each proof: the system's list is gone through again and again, so that every change comes as often as
 * any other. One that changes nothing, such as to the same input, is passed over.
 *
 * @param circuits of one system
 */
export function changedVectors(
  circuits: readonly CrossCircuit[],
  each: number,
): readonly CrossVector[] {
  const vectors: CrossVector[] = [];
  let turn = 0;
  for (const [i, circuit] of circuits.entries()) {
    const mutations = mutationsOf(circuit.system);
    for (const [k, item] of circuit.items.entries()) {
      const others = {
        same: circuit.items[(k + 1) % circuit.items.length] ?? item,
        foreign: circuits[(i + 1) % circuits.length]?.items[0] ?? item,
      };
      for (let taken = 0; taken < each; turn++) {
        const vector = changed(circuit, item, others, mutations[turn % mutations.length]);
        if (vector === undefined) continue;
        vectors.push(vector);
        taken += 1;
      }
    }
  }
  return vectors;
}

/** All that may be done to a proof of the system. */
export function mutationsOf(system: CrossCircuit["system"]): readonly Mutation[] {
  return system === "groth16" ? MUTATIONS : COMMITTED_MUTATIONS;
}

function changed(
  circuit: CrossCircuit,
  item: ProvenItem,
  others: OtherItems,
  mutation: Mutation | undefined,
): CrossVector | undefined {
  if (mutation === undefined) return undefined;
  const { name, valid, aliased } = mutation;
  const made = mutation.apply(item, others);
  if (wordsOf(made) === wordsOf(item)) return undefined;
  return { circuit, item: made, name, valid, aliased };
}

function wordsOf({ claim, commitment, proof }: ProvenItem): string {
  const { release, request, operator, input, output } = claim;
  return [release, request, operator, input, "to", output, commitment, proof].join();
}
