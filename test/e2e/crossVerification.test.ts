import { createNativeProver, portableProver, SNARKJS_PROVER, terminate } from "@vouch/prover";
import { expect } from "chai";
import type { CrossCircuit } from "../helpers/crossVectors/crossCircuit.ts";
import { committedCircuit, plainCircuit } from "../helpers/crossVectors/crossCircuit.ts";
import type { CrossVector } from "../helpers/crossVectors/crossVectors.ts";
import {
  changedVectors,
  honestVectors,
  mutationsOf,
} from "../helpers/crossVectors/crossVectors.ts";
import type { Verifier } from "../helpers/crossVectors/crossVerdicts.ts";
import { verifiersOf } from "../helpers/crossVectors/crossVerdicts.ts";
import { deployScenario } from "../helpers/vouchScenario.ts";
import { builtNative } from "../offchain/native/builtNative.ts";
import { temporaryFolder } from "../offchain/prover/fixture.ts";

const DEEP = process.env["VOUCH_DEEP"] === "1";
/** Circuits of each system, drawn from the seeds from 1 on. */
const CIRCUITS = DEEP ? 25 : 2;
/** Of each circuit. */
const PROOFS = DEEP ? 20 : 5;
/** Of each proof. */
const CHANGES = DEEP ? 10 : 12;

const native = await builtNative();

/**
 * One list of proofs of random circuits, of both systems, for every verifier: @vouch/protocol's, snarkjs's (plain ones), the
 * native one and the contract, alone and in batches.
 */
describe("proofs of random circuits", function () {
  this.timeout(DEEP ? 3_600_000 : 120_000);
  const circuits: CrossCircuit[] = [];
  let verifiers: readonly Verifier[] = [];

  before(async () => {
    const scenario = await deployScenario();
    const cache = temporaryFolder();
    const fast = native === undefined ? [] : [createNativeProver(native)];
    verifiers = verifiersOf(scenario, native);
    const plan = { scenario, cache, proofs: PROOFS };
    for (let seed = 1; seed <= CIRCUITS; seed++) {
      circuits.push(await plainCircuit({ ...plan, seed, provers: [SNARKJS_PROVER, ...fast] }));
      circuits.push(await committedCircuit({ ...plan, seed, provers: [portableProver, ...fast] }));
    }
  });
  after(terminate);

  for (const system of ["groth16", "committedGroth16"] as const) {
    const own = (): readonly CrossCircuit[] => circuits.filter((it) => it.system === system);

    describe(`by ${system}`, () => {
      it(`are accepted by every verifier: ${CIRCUITS * PROOFS}`, async () => {
        const vectors = honestVectors(own());
        expect(vectors).to.have.length(CIRCUITS * PROOFS);
        expect(await disagreements(verifiers, vectors)).to.deep.equal([]);
      });

      it(`are judged alike by all once they are changed: ${CIRCUITS * PROOFS * CHANGES}`, async () => {
        const vectors = changedVectors(own(), CHANGES);
        expect(vectors).to.have.length(CIRCUITS * PROOFS * CHANGES);
        expect(await disagreements(verifiers, vectors)).to.deep.equal([]);
        const names = new Set(vectors.map(({ name }) => name));
        const untried = mutationsOf(system).filter(({ name }) => !names.has(name));
        expect(untried.map(({ name }) => name)).to.deep.equal([]);
      });
    });
  }
});

/** Verdicts that are not what they must be, each with what it takes to see it again. */
async function disagreements(
  verifiers: readonly Verifier[],
  vectors: readonly CrossVector[],
): Promise<readonly string[]> {
  const lists = await Promise.all(
    verifiers.map(async ({ name, judges, verify }) => {
      const judged = vectors.filter(({ circuit }) => judges(circuit.system));
      const verdicts = await verify(judged);
      return judged.flatMap((vector, i) => {
        // snarkjs reduces coordinates; everybody else refuses them.
        const must = vector.valid || (name === "snarkjs" && vector.aliased);
        if (verdicts[i] === must) return [];
        return [`${name} says ${verdicts[i]} of ${described(vector)}`];
      });
    }),
  );
  return lists.flat();
}

function described({ circuit, name, item }: CrossVector): string {
  const { claim, commitment, proof } = item;
  const words = JSON.stringify({ claim, commitment, proof }, (_, it: unknown) =>
    typeof it === "bigint" ? it.toString() : it,
  );
  return `seed ${circuit.seed}, ${circuit.system}, "${name}": ${words}`;
}
