import { expect } from "chai";
import { claimWords, interpret } from "@vouch/compiler";
import type { Hex, Statement } from "@vouch/protocol";
import {
  challenge,
  encodeEvidence,
  evaluateWords,
  findContractError,
  hashOfWords,
  packWords,
  statementDigest,
} from "@vouch/protocol";
import { keyToSnarkjs, proofToSnarkjs, terminate } from "@vouch/prover";
import type { ServedRelease } from "@vouch/worker";
import { loadRelease, proveClaim } from "@vouch/worker";
import { groth16 } from "snarkjs";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario, rowOf } from "../helpers/creditScenario.ts";
import { g1Point, g1Words } from "../helpers/curvePoints.ts";
import type { G1Point } from "../helpers/curvePoints.ts";
import { oneCircuit } from "../helpers/oneCircuit.ts";
import { randomNumbers } from "../helpers/onnxModel.ts";
import type { Mutation, ProvenItem } from "../helpers/proofMutations.ts";
import { MUTATIONS } from "../helpers/proofMutations.ts";
import type { Claim, Receipt } from "../helpers/vouchScenario.ts";

const DEEP = process.env["VOUCH_DEEP"] !== undefined;
/** Held-out rows that are proven under each circuit. */
const ROWS = DEEP ? 8 : 3;
/** Of these each is changed in every way there is. */
const MUTATED = DEEP ? 4 : 1;
const BATCH = 8;

/** An item, as a batch takes it, and what must be said of it. */
type Judged = {
  readonly name: string;
  readonly item: ProvenItem;
  readonly receipt: Receipt;
  readonly valid: boolean;
};

/**
 * The batch verifier on proofs of the example model's two circuits (its input public, and committed), made by the prover:
 * `assessMany` = `assess` = `snarkjs.groth16.verify` for every item of every batch.
 */
describe("credit-german-mlp: batches against snarkjs", function () {
  this.timeout(DEEP ? 3_600_000 : 300_000);

  let scenario: CreditScenario;
  /** By circuit. */
  let items: readonly (readonly ProvenItem[])[];
  let honest: readonly Judged[];
  let mutants: readonly Judged[];
  let draw: () => number;

  before(async () => {
    scenario = await openCreditScenario();
    const { chain, served, closed } = scenario;
    const committed = await loadRelease(chain.home, closed.id, { cache: chain.home.cache });
    items = [await proveRows(scenario, served), await proveRows(scenario, committed)];
    honest = items.flat().map((item, i) => judged(`item ${i}`, item, true));
    mutants = MUTATIONS.flatMap((it) => mutate(items, it));
    const next = randomNumbers(197);
    draw = () => (next() + 1) / 2;
  });

  after(terminate);

  it("proves under two keys", () => {
    const [open, closed] = items.map((of) => of[0]?.key);
    expect(open).to.not.deep.equal(closed);
  });

  it("is accepted as proven, by all three", async () => {
    const { router } = scenario.chain.contracts;
    const [, together] = await router.assessMany(honest.map((it) => it.receipt));
    expect([...together]).to.deep.equal(honest.map(() => true));
    for (const { receipt, item } of honest)
      expect(await verdictsOf(scenario, receipt, item)).to.deep.equal([true, true]);
  });

  for (const mutation of MUTATIONS) {
    const { name, valid, aliased } = mutation;
    const title = `${valid ? "accepts" : "refuses"} ${name}${aliased ? "" : ", as snarkjs does"}`;
    it(title, async () => {
      for (const { item, receipt } of mutants.filter((it) => it.name === name)) {
        expect(honest.map((it) => it.receipt)).to.not.deep.include(receipt);
        expect(await verdictsOf(scenario, receipt, item)).to.deep.equal([valid, valid || aliased]);
      }
    });
  }

  it("says of each item in a batch what is said of it alone, wherever it stands", async () => {
    expect(mutants).to.have.length(2 * MUTATED * MUTATIONS.length);
    // As many honest items as changed ones, of both circuits, in an order that the seed draws.
    const all = shuffled([...mutants, ...mutants.map((_, i) => honest[i % honest.length]!)]);
    for (let start = 0; start < all.length; start += BATCH)
      await expectBatch(all.slice(start, start + BATCH));
  });

  it("says the same of all others when one item is exchanged", async () => {
    const { router } = scenario.chain.contracts;
    const batch = shuffled(honest);
    for (let round = 0; round < (DEEP ? 20 : 3); round++) {
      for (const place of batch.keys()) {
        const mutant = mutants[Math.floor(draw() * mutants.length)]!;
        const exchanged = batch.with(place, mutant);
        const [, verified] = await router.assessMany(exchanged.map((it) => it.receipt));
        const expected = batch.map((_, i) => i !== place || mutant.valid);
        expect([...verified], `${mutant.name} at ${place}`).to.deep.equal(expected);
      }
    }
  });

  it("names both of two whose errors make up for each other", async () => {
    for (const of of items) {
      const [one, two, ...rest] = of as [ProvenItem, ProvenItem, ...ProvenItem[]];
      const c = ({ proof }: ProvenItem) => g1Point(proof.slice(6));
      const withC = (item: ProvenItem, point: G1Point): ProvenItem => ({
        ...item,
        proof: [...item.proof.slice(0, 6), ...g1Words(point)],
      });
      const error = g1Point([1n, 2n]);
      const pairs = {
        "C + D and C - D": [withC(one, c(one).add(error)), withC(two, c(two).subtract(error))],
        "C swapped": [withC(one, c(two)), withC(two, c(one))],
        "proofs swapped": [
          { ...one, proof: two.proof },
          { ...two, proof: one.proof },
        ],
      };
      for (const [name, pair] of Object.entries(pairs)) {
        const forged = pair.map((it) => judged(name, it, false));
        for (const { receipt, item } of forged)
          expect(await verdictsOf(scenario, receipt, item)).to.deep.equal([false, false]);
        await expectBatch([...forged, ...rest.map((it) => judged("item", it, true))]);
      }
    }
  });

  it("names all where only one is honest, or none", async () => {
    const bad = mutants.filter((it) => !it.valid);
    for (const place of [0, 3, BATCH - 1])
      await expectBatch(
        shuffled(bad)
          .slice(0, BATCH)
          .with(place, honest[place % honest.length]!),
      );
    await expectBatch(shuffled(bad).slice(0, BATCH));
  });

  async function expectBatch(batch: readonly Judged[]): Promise<void> {
    const { router } = scenario.chain.contracts;
    const [assurances, verified] = await router.assessMany(batch.map((it) => it.receipt));
    expect([...verified], batch.map((it) => it.name).join(", ")).to.deep.equal(
      batch.map((it) => it.valid),
    );
    expect(assurances).to.have.length(batch.length);
  }

  /** Fisher and Yates, by the seeded numbers. */
  function shuffled(from: readonly Judged[]): Judged[] {
    const all = [...from];
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(draw() * (i + 1));
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all;
  }
});

/** The first rows of both circuits, each changed in this way. */
function mutate(items: readonly (readonly ProvenItem[])[], mutation: Mutation): Judged[] {
  return items.flatMap((own, circuit) =>
    own.slice(0, MUTATED).map((item, row) => {
      const others = { same: own[row + 1]!, foreign: items[1 - circuit]![row]! };
      return judged(mutation.name, mutation.apply(item, others), mutation.valid);
    }),
  );
}

function judged(name: string, item: ProvenItem, valid: boolean): Judged {
  return { name, item, receipt: receiptOf(item), valid };
}

function receiptOf({ claim, commitment, proof }: ProvenItem): Receipt {
  const { kind, data } = encodeEvidence({ kind: "zk", commitment, proof });
  return { ...claim, evidence: [{ kind: BigInt(kind), data }] };
}

/** Proves the first held-out rows under a release's circuit. */
async function proveRows(
  scenario: CreditScenario,
  { id, release, circuit, compiled, proving, weightsSalts }: ServedRelease,
): Promise<ProvenItem[]> {
  const { cast, open } = scenario;
  const operator = cast.operator.address.toLowerCase();
  const committed = compiled.input.mode === "committed";
  const items: ProvenItem[] = [];
  for (let row = 0; row < ROWS; row++) {
    const input = rowOf(open, row);
    const output = interpret(compiled.graph, input);
    const [weightsSalt] = weightsSalts;
    if (weightsSalt === undefined) throw new Error("private weights have a salt");
    const opening = {
      ...{ weightsSalt, input, output },
      ...(committed ? { inputSalt: 1_000n + BigInt(row) } : {}),
    };
    const [weights, ...words] = claimWords(compiled, opening).v;
    expect(weights).to.equal(release.weights);
    const outputWords = packWords(output, compiled.output);
    const claim = {
      ...{ release: id, request: hashOfWords([BigInt(row)]), operator },
      ...{ input: words.slice(0, words.length - outputWords.length), output: outputWords },
    };
    const digest = digestOf(scenario, claim);
    const proven = await proveClaim(compiled, proving[0]!, opening, digest);
    const { commitment, proof } = proven;
    const { key } = oneCircuit(circuit);
    const item = { claim, weights: release.weights, commitment, proof, key };
    expect(signalsOf(scenario, item)).to.deep.equal(proven.publicSignals);
    items.push(item);
  }
  return items;
}

function digestOf({ chain }: CreditScenario, claim: Claim): Hex {
  const { release, request, operator, input, output } = claim;
  return statementDigest(chain.domain, {
    ...{ release, request, operator },
    ...{ inputHash: hashOfWords(input), outputHash: hashOfWords(output) },
  } as Statement);
}

/** `[c, z, e]` of what the receipt says (docs/statement.md, section 4). */
function signalsOf(scenario: CreditScenario, { claim, weights, commitment }: ProvenItem): bigint[] {
  const z = challenge(commitment, digestOf(scenario, claim));
  return [commitment, z, evaluateWords([weights, ...claim.input, ...claim.output], z)];
}

/** What the contract says of the receipt alone, and snarkjs of its proof and signals. */
async function verdictsOf(
  scenario: CreditScenario,
  receipt: Receipt,
  item: ProvenItem,
): Promise<[boolean, boolean]> {
  const alone = await scenario.chain.contracts.router.assess(receipt).then(
    () => true,
    (error: unknown) => {
      if (findContractError(error) === undefined) throw error;
      return false;
    },
  );
  return [alone, await snarkjsVerdict(scenario, item)];
}

async function snarkjsVerdict(scenario: CreditScenario, item: ProvenItem): Promise<boolean> {
  const signals = signalsOf(scenario, item).map(String);
  try {
    return await groth16.verify(keyToSnarkjs(item.key), signals, proofToSnarkjs(item.proof));
  } catch {
    // It throws where a coordinate has no representation in the field.
    return false;
  }
}
