import { verifyGroth16 } from "@vouch/protocol";
import type { Groth16Proof } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  createNativeProver,
  developmentSetup,
  keyToSnarkjs,
  proofToSnarkjs,
  proveWitness,
  SNARKJS_PROVER,
  terminate,
} from "@vouch/prover";
import type { Prover } from "@vouch/prover";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { MUTATIONS } from "../../helpers/proofMutations.ts";
import type { Mutation, ProvenItem } from "../../helpers/proofMutations.ts";
import { SCALAR_FIELD } from "../../helpers/trapdoorKey.ts";
import { builtNative } from "../native/builtNative.ts";
import { temporaryFolder } from "./fixture.ts";
import { randomCircuit } from "./randomCircuit.ts";

const DEEP = process.env["VOUCH_DEEP"] === "1";
const CIRCUITS = DEEP ? 25 : 2;
const PROOFS = DEEP ? 20 : 10; // of each circuit
const MUTANTS = 10; // of each proof

const native = await builtNative();

/** A proof, or what became of one, with its signals, and what must be said of it. */
type Judged = {
  readonly name: string;
  readonly item: ProvenItem;
  readonly signals: readonly bigint[];
  readonly valid: boolean;
  readonly aliased: boolean;
};

/** Changes of signals alone; the proof's are of the shared list. */
const SIGNAL_CHANGES: readonly (readonly [string, (signals: readonly bigint[]) => bigint[]])[] = [
  ["a signal plus one", ([first = 0n, ...rest]) => [(first + 1n) % SCALAR_FIELD, ...rest]],
  ["a signal plus the field's order", ([first = 0n, ...rest]) => [first + SCALAR_FIELD, ...rest]],
  [
    "the last signal plus one",
    (signals) => signals.map((it, i) => (i === signals.length - 1 ? it + 1n : it)),
  ],
  ["signals in another order", (signals) => [...signals.slice(1), ...signals.slice(0, 1)]],
  ["a signal less", (signals) => signals.slice(1)],
  ["a signal more", (signals) => [...signals, 0n]],
];

/** The statement that a mutation of a proof leaves alone. */
const NO_CLAIM: ProvenItem["claim"] = {
  ...{ release: "0x", request: "0x", operator: "0x", input: [], output: [] },
};

describe("proofs of random circuits", function () {
  this.timeout(DEEP ? 3_600_000 : 120_000);
  const next = randomNumbers(7);
  const draw = (): number => (next() + 1) / 2;
  const proven: Judged[] = [];
  let mutants: readonly Judged[] = [];

  before(async () => {
    const cache = temporaryFolder();
    const provers = [SNARKJS_PROVER, ...(native === undefined ? [] : [createNativeProver(native)])];
    const circuits: (readonly Judged[])[] = [];
    for (let i = 0; i < CIRCUITS; i++) circuits.push(await proveRandom(cache, provers));
    proven.push(...circuits.flat());
    mutants = circuits.flatMap((own, i) => {
      const foreign = circuits[(i + 1) % circuits.length]?.[0]?.item;
      return own.flatMap((it, k) => mutate(it, own[(k + 1) % own.length]?.item, foreign));
    });
  });
  after(terminate);

  async function proveRandom(cache: string, provers: readonly Prover[]): Promise<Judged[]> {
    const { source, drawInputs } = randomCircuit(draw);
    const circuit = await buildCircuit(source, { cache });
    const setup = await developmentSetup(circuit, { cache });
    const made: Judged[] = [];
    for (let i = 0; i < PROOFS; i++) {
      const witness = await calculateWitness(circuit.wasm, drawInputs());
      // Every other one by the native prover; none is checked here.
      const prover = provers[i % provers.length] ?? SNARKJS_PROVER;
      const { proof, publicSignals } = await proveWitness(setup, witness, { prover, selfCheck: false }); // prettier-ignore
      const item = { claim: NO_CLAIM, weights: 0n, commitment: 0n, proof, key: setup.key };
      const verdict = { valid: true, aliased: false };
      made.push({ name: `${prover.name}'s proof`, item, signals: publicSignals, ...verdict });
    }
    return made;
  }

  let turn = 0;
  /** The next so many mutations of the list, which is gone through again and again. */
  function mutate(it: Judged, same = it.item, foreign = it.item): readonly Judged[] {
    const ofProof = MUTATIONS.filter((mutation) => changesProof(mutation, it.item, same, foreign));
    const all: Judged[] = [
      ...ofProof.map(({ name, valid, aliased, apply }) => {
        const item = apply(it.item, { same, foreign });
        return { name, item, signals: it.signals, valid, aliased };
      }),
      ...SIGNAL_CHANGES.flatMap(([name, change]) => {
        const signals = change(it.signals);
        // One signal has one order, and two equal ones too.
        if (signals.join() === it.signals.join()) return [];
        return [{ name, item: it.item, signals, valid: false, aliased: false }];
      }),
    ];
    return Array.from({ length: MUTANTS }, () => all[turn++ % all.length]).filter(
      (mutant) => mutant !== undefined,
    );
  }

  function changesProof(
    { apply }: Mutation,
    item: ProvenItem,
    same: ProvenItem,
    foreign: ProvenItem,
  ): boolean {
    return apply(item, { same, foreign }).proof.join() !== item.proof.join();
  }

  /** What each verifier says that is here: ours, snarkjs's, the native one. They work beside each other. */
  async function verdictsOf({ item: { key, proof }, signals }: Judged): Promise<boolean[]> {
    const others = [
      snarkjsVerifies(keyToSnarkjs(key), proof, signals),
      ...(native === undefined ? [] : [native.verify(key, proof, signals)]),
    ];
    return [verifyGroth16(key, proof, signals), ...(await Promise.all(others))];
  }

  it(`are accepted by every verifier: ${CIRCUITS * PROOFS}`, async () => {
    expect(proven).to.have.length(CIRCUITS * PROOFS);
    for (const it of proven) {
      const verdicts = await verdictsOf(it);
      expect(verdicts, it.name).to.deep.equal(verdicts.map(() => true));
    }
  });

  it(`are judged alike by all once they are changed: ${CIRCUITS * PROOFS * MUTANTS}`, async () => {
    expect(mutants).to.have.length(CIRCUITS * PROOFS * MUTANTS);
    for (const it of mutants) {
      const [own, snarkjs, ...others] = await verdictsOf(it);
      expect([own, ...others], it.name).to.deep.equal([it.valid, ...others.map(() => it.valid)]);
      // snarkjs reduces coordinates; everybody else refuses them.
      expect(snarkjs, it.name).to.equal(it.valid || it.aliased);
    }
  });

  it("are changed in every way that the lists know", () => {
    const names = new Set(mutants.map(({ name }) => name));
    expect(SIGNAL_CHANGES.map(([name]) => name).filter((it) => !names.has(it))).to.deep.equal([]);
    expect(names.size).to.be.greaterThan(60);
  });
});

/** An input that snarkjs fails on is one that it does not accept. */
async function snarkjsVerifies(
  key: ReturnType<typeof keyToSnarkjs>,
  proof: Groth16Proof,
  signals: readonly bigint[],
): Promise<boolean> {
  return groth16.verify(key, signals.map(String), proofToSnarkjs(proof)).catch(() => false);
}
