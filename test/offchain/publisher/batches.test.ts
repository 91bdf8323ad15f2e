import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  batchOpening,
  challengedInputs,
  circuitInputs,
  claimWords,
  committedInputs,
  committedWords,
  groupValues,
  interpret,
} from "@vouch/compiler";
import type { SingleOpening } from "@vouch/compiler";
import type {
  BatchCircuitId,
  BatchedCircuit,
  CircuitId,
  Contracts,
  EncodedCircuit,
  EncodedCommittedCircuit,
  EncodedWeightsRegistration,
  Hex,
} from "@vouch/protocol";
import {
  batchDigest,
  batchesId,
  batchesOf,
  challenge,
  evaluateWords,
  packWords,
  releaseCircuitId,
  releaseCircuitSchema,
  releaseCircuitToJson,
  singleCircuitId,
  verifyBatchProof,
  weightsBlind,
  weightsSalt,
} from "@vouch/protocol";
import { calculateWitness, drawBlind, prove, proveCommitted, terminate } from "@vouch/prover";
import type { PreparedRelease, ReleasePlan } from "@vouch/publisher";
import {
  compilePlan,
  prepareRelease,
  publishRelease,
  requireBatchSizes,
  storeProvingKeys,
  requireProvingKey,
  requireWeightsPoint,
  verifyCircuit,
  verifyRelease,
} from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { batchModels } from "../../../offchain/publisher/batchSizes.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { COMMITTED_PLAN } from "../../helpers/committedPlan.ts";

const DIGESTS = ["one", "other"].map((it) => id(it) as Hex);
const SALT = COMMITTED_PLAN.salt!; // it has one
const isDeep = process.env["VOUCH_DEEP"] === "1";
const PLANS: readonly ReleasePlan[] = [
  { ...COMMITTED_PLAN, batches: [2] },
  ...(isDeep ? [{ ...COMMITTED_PLAN, system: "groth16", batches: [2] } as const] : []),
];
if (!isDeep)
  process.stderr.write("\n  NOT TRIED: batches by plain Groth16: they take VOUCH_DEEP=1.\n");

/** Two inferences of the prepared model, and their words as a verifier has them. */
function twoInferences({ compiled }: PreparedRelease) {
  const inputs = [
    [32n, -16n],
    [-5n, 60n],
  ];
  const openings = inputs.map((input): SingleOpening => ({
    input,
    output: interpret(compiled.graph, input),
  }));
  const statements = openings.map(({ input, output }, at) => ({
    ...{ input: packWords(input, compiled.input), output: packWords(output, compiled.output) },
    digest: DIGESTS[at]!, // there are two
  }));
  return { openings, statements };
}

async function evidenceOf(prepared: PreparedRelease, openings: readonly SingleOpening[]) {
  const [{ model, circuit, artefacts, setup }] = prepared.batches as [PreparedBatch];
  const digest = batchDigest(DIGESTS);
  const opening = batchOpening(openings, weightsSalt(SALT));
  if (circuit.system === "groth16") {
    const { v, c } = claimWords(model, opening);
    const z = challenge(c, digest);
    const inputs = circuitInputs(model, { ...opening, c, z, e: evaluateWords(v, z) });
    const made = { wasm: artefacts.wasm, zkey: setup.zkey, key: circuit.key };
    const { proof } = await prove(made, inputs);
    return { kind: "zk", commitment: c, proof } as const;
  }
  const { weights } = prepared.bundle.release;
  const blind = weightsBlind(SALT, weights, singleCircuitId(circuit));
  const inputs = committedInputs(model, opening, { weights: blind, advice: drawBlind() });
  const claim = {
    ...{ weights: circuit.registration!.weights, digest }, // private weights are registered
    v: committedWords(model, opening),
  };
  const { proof } = await proveCommitted(
    { zkey: setup.zkey, key: circuit.key },
    {
      ...{ claim, advice: groupValues(inputs.advice) },
      witnessOf: (it) => calculateWitness(artefacts.wasm, challengedInputs(inputs, it)),
    },
  );
  return { kind: "zk", committed: proof } as const;
}

type PreparedBatch = PreparedRelease["batches"][number];

describe("a release with circuits of several inferences", function () {
  this.timeout(240_000);
  let home = "";
  const paths = () => ({ cache: join(home, "cache"), keys: join(home, "keys") });

  before(() => {
    home = mkdtempSync(join(tmpdir(), "vouch-batches-"));
  });
  after(async () => {
    await terminate();
    rmSync(home, { recursive: true });
  });

  for (const plan of PLANS) {
    describe(`given ${plan.system ?? "groth16"}`, () => {
      let prepared: PreparedRelease;
      const circuitOf = (): BatchedCircuit => prepared.bundle.circuit as BatchedCircuit;

      before(async () => {
        prepared = await prepareRelease(plan, paths());
      });

      it("names the circuit of one inference and each of several, and is read from JSON as it was", () => {
        const { bundle, circuits, batches } = prepared;
        const circuit = circuitOf();
        expect(circuit.single).to.deep.equal(circuits[0]!.circuit);
        expect(batches.map(({ count }) => count)).to.deep.equal([2]);
        const [batch] = batches.map((it) => singleCircuitId(it.circuit));
        const family = [{ count: 2, circuit: batch! }];
        expect(bundle.release.circuit).to.equal(batchesId(singleCircuitId(circuit.single), family));
        expect(releaseCircuitSchema.parse(releaseCircuitToJson(circuit))).to.deep.equal(circuit);
      });

      it("proves two inferences by one proof, and no other output of either", async () => {
        const { openings, statements } = twoInferences(prepared);
        const { circuit } = prepared.batches[0]!; // there is one
        const evidence = await evidenceOf(prepared, openings);
        const claim = { weights: prepared.bundle.release.weights, statements };
        verifyBatchProof(evidence, claim, circuit);
        for (const [at, it] of statements.entries()) {
          const lie = { ...it, output: it.output.map((word) => word + 1n) };
          const other = { ...claim, statements: statements.with(at, lie) };
          expect(
            codeOf(() => {
              verifyBatchProof(evidence, other, circuit);
            }),
          ).to.equal("PROOF_INVALID");
        }
        const swapped = { ...claim, statements: statements.toReversed() };
        expect(
          codeOf(() => {
            verifyBatchProof(evidence, swapped, circuit);
          }),
        ).to.equal("PROOF_INVALID");
      });

      it("is derived again, and another circuit or count is found out", async () => {
        const { bundle } = prepared;
        const circuit = circuitOf();
        const again = await verifyRelease(bundle, bundle, paths());
        expect(again.batches.map((it) => [it.count, it.artefacts.hash])).to.deep.equal(
          circuit.batches.map((it) => [it.count, it.circuit.r1cs]),
        );
        const others = [
          // Each count is another circuit to build.
          ...(plan.system === "groth16" ? [[{ ...circuit.batches[0]!, count: 3 }]] : []),
          circuit.batches.map(({ count, circuit: it }) => {
            return { count, circuit: { ...it, r1cs: id("whatever") as Hex } };
          }),
        ];
        for (const batches of others) {
          const other = { ...circuit, batches };
          const release = { ...bundle.release, circuit: releaseCircuitId(other) };
          const findings = await verifyCircuit(
            { id: release.circuit, circuit: other, release },
            { file: bundle.file, manifest: bundle.manifest, salt: SALT },
            paths(),
          );
          const r1cs = findings.filter(({ name }) => name === "r1cs");
          expect(r1cs.map(({ status, inferences }) => [status, inferences])).to.deep.equal([
            ["holds", undefined],
            ["fails", batches[0]!.count],
          ]);
        }
      });

      it("has a key of each under its id, with a point of its own for the weights", async () => {
        const { keys } = paths();
        await storeProvingKeys(keys, [...prepared.circuits, ...prepared.batches]);
        const points = new Set<string>();
        for (const { circuit, model } of [...prepared.circuits, ...prepared.batches]) {
          const zkey = await requireProvingKey(keys, circuit);
          await requireWeightsPoint(zkey, circuit, model, SALT);
          if (circuit.system === "committedGroth16")
            points.add(String(circuit.registration?.weights));
        }
        expect(points.size).to.equal(plan.system === "committedGroth16" ? 2 : 0);
      });

      it("is registered circuit by circuit, then together, then as the release", async () => {
        const { bundle } = prepared;
        const circuit = circuitOf();
        const { sent, contracts } = registries(circuit);
        await publishRelease(contracts, bundle);
        const [single, batch] = [circuit.single, batchesOf(circuit)[0]!.circuit].map((it) =>
          singleCircuitId(it),
        );
        const weights = (of: string): readonly string[] =>
          plan.system === "committedGroth16" ? [`weights of ${of}`] : [];
        expect(sent).to.deep.equal([
          ...[single!, ...weights(single!), batch!, ...weights(batch!)],
          ...[`${single} with 2 ${batch}`, "release"],
        ]);
      });
    });
  }
});

/** Registries that take everything, and what they were sent, in order. */
function registries({ single, batches }: BatchedCircuit) {
  const sent: string[] = [];
  const ids = new Map(
    [single, ...batches.map(({ circuit }) => circuit)].map((it) => [it.r1cs, singleCircuitId(it)]),
  );
  const points = new Map<string, readonly bigint[]>();
  const take = (it: string) => {
    sent.push(it);
    return Promise.resolve({ wait: () => Promise.resolve({ gasUsed: 7n }) });
  };
  const isThere = () => Promise.resolve(false);
  const circuits = {
    isRegistered: isThere,
    register: ({ r1cs }: EncodedCircuit) => take(ids.get(r1cs) ?? "another"),
    registerCommitted: ({ circuit }: EncodedCommittedCircuit) =>
      take(ids.get(circuit.r1cs) ?? "another"),
    weightsPointOf: (of: CircuitId) => Promise.resolve(points.get(of) ?? [0n, 0n]),
    registerWeights: (of: CircuitId, _: bigint, { weights }: EncodedWeightsRegistration) => {
      points.set(of, weights);
      return take(`weights of ${of}`);
    },
    registerBatches: (of: CircuitId, family: readonly BatchCircuitId[]) =>
      take(`${of} with ${family.map(({ count, circuit }) => `${count} ${circuit}`).join()}`),
  };
  const models = { isPublished: isThere, publish: () => take("release") };
  return { sent, contracts: { circuits, models } as unknown as Contracts };
}

describe("requireBatchSizes", () => {
  for (const [sizes, code] of [
    [[1], "BATCH_SIZE"],
    [[129], "BATCH_SIZE"],
    [[4, 4], "BATCH_SIZE"],
    [[16, 4], "BATCH_SIZE"],
    [Array.from({ length: 17 }, (_, i) => i + 2), "TOO_MANY_BATCHES"],
  ] as const)
    it(`refuses ${sizes.join()}`, () => {
      expect(
        codeOf(() => {
          requireBatchSizes(sizes);
        }),
      ).to.equal(code);
    });

  it("takes the least and the most", () => {
    requireBatchSizes([2, 128]);
  });
});

describe("batchModels", () => {
  const models = [compilePlan(COMMITTED_PLAN)];

  it("gives a model of each size, none of none", () => {
    const found = batchModels(models, [2, 5], "groth16");
    expect(found.map(({ count, model }) => [count, model.inferences])).to.deep.equal([
      [2, 2],
      [5, 5],
    ]);
    expect(batchModels(models, [], "groth16")).to.deep.equal([]);
  });

  it("refuses a size whose circuit is over the budget, by the system's own count", () => {
    const of = (system: "groth16" | "committedGroth16") =>
      codeOf(() => batchModels(models, [2, 16], system, 1000));
    expect(of("groth16")).to.equal("BATCH_TOO_LARGE");
    expect(of("committedGroth16")).to.equal(undefined);
  });

  it("refuses more words than the registry takes", () => {
    const { graph, input, ...model } = models[0]!; // there is one
    const wide = { ...model, graph, input: { ...input, elements: 31 * 300 } };
    expect(codeOf(() => batchModels([wide], [28], "groth16"))).to.equal("BATCH_TOO_LARGE");
  });

  it("refuses more words than one transaction records", () => {
    const { graph, input, ...model } = models[0]!; // there is one
    const wide = { ...model, graph, input: { ...input, elements: 31 * 300 } };
    let problem: unknown;
    try {
      batchModels([wide], [13], "groth16");
    } catch (error) {
      problem = error;
    }
    expect(problem).to.have.nested.property("data.what", "bytes to record it by");
  });

  it("refuses segments", () => {
    const segments = [...models, ...models];
    expect(codeOf(() => batchModels(segments, [2], "groth16"))).to.equal("BATCHES_SEGMENTED");
  });
});
