import { encodeWeightsRegistration } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { registerCommitted } from "../../helpers/committedScenario.ts";
import {
  committedSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../helpers/committedSecrets.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { BatchCircuit } from "../../helpers/familyScenario.ts";
import { batchCircuit, familyIdOf, registerFamily } from "../../helpers/familyScenario.ts";
import { publishSegments } from "../../helpers/segmentScenario.ts";
import { g1 } from "../../helpers/trapdoorKey.ts";
import { CIRCUIT, W, deployScenario, release } from "../../helpers/vouchScenario.ts";
import type { Circuit } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { circuits } = scenario;
  const add = async (label: string, count: number, change: Partial<Circuit> = {}) => {
    const circuit = batchCircuit(label, count, change);
    const circuitId = await circuits.register.staticCall(circuit);
    await circuits.register(circuit);
    return circuitId;
  };
  return { ...scenario, add };
}

describe("CircuitRegistry.registerBatches", () => {
  it("stores the family under the hash of its circuits and counts", async () => {
    const { circuits, add, stranger } = await deployed();
    const single = await add("family", 1);
    const batches = [
      { count: 2n, circuit: await add("family", 2) },
      { count: 128n, circuit: await add("family", 128) },
    ];
    const expected = familyIdOf(single, batches);
    await expect(circuits.connect(stranger).registerBatches(single, batches))
      .to.emit(circuits, "BatchesRegistered")
      .withArgs(expected, stranger.address, single, batches.map(Object.values));
    const stored = (await circuits.batchesOf(expected)).map(({ count, circuit }) => [
      count,
      circuit,
    ]);
    expect(stored).to.deep.equal(batches.map(Object.values));
    expect(await circuits.singleOf(expected)).to.equal(single);
    expect(await circuits.isRegistered(expected)).to.equal(true);
  });

  it("is to who reads it what its circuit of one inference is", async () => {
    const { circuits } = await deployed();
    const { familyId, single } = await registerFamily({ circuits }, "read");
    const [input, output] = await circuits.encodingsOf(familyId);
    expect([...input]).to.deep.equal(Object.values(CIRCUIT.input));
    expect([...output]).to.deep.equal(Object.values(CIRCUIT.output));
    expect(await circuits.weightsModeOf(familyId)).to.equal(0n);
    expect(await circuits.systemOf(familyId)).to.equal(0n);
    expect(await circuits.pointerOf(familyId)).to.equal(await circuits.pointerOf(single));
    expect(await circuits.circuitOf(familyId)).to.deep.equal(await circuits.circuitOf(single));
    expect(await circuits.segmentsOf(familyId)).to.deep.equal([]);
  });

  it("leaves any other id its own single, without batches", async () => {
    const { circuits, publisher, models, circuitId } = await deployed();
    const { listId } = await publishSegments({ circuits, models }, publisher, "list");
    for (const other of [circuitId, listId, id("nothing")]) {
      expect(await circuits.singleOf(other)).to.equal(other);
      expect(await circuits.batchesOf(other)).to.deep.equal([]);
    }
    await expect(circuits.pointerOf(listId)).to.be.revertedWithCustomError(
      circuits,
      "CircuitNotRegistered",
    );
  });

  it("reverts with CircuitAlreadyRegistered the second time", async () => {
    const { circuits } = await deployed();
    const { single, batches } = await registerFamily({ circuits }, "twice");
    await expect(circuits.registerBatches(single, [...batches])).to.be.revertedWithCustomError(
      circuits,
      "CircuitAlreadyRegistered",
    );
  });

  it("reverts with CircuitNotRegistered for what is no circuit, a list or a family too", async () => {
    const { circuits, models, publisher } = await deployed();
    const { familyId, single, batches } = await registerFamily({ circuits }, "members");
    const { listId } = await publishSegments({ circuits, models }, publisher, "members");
    const [first] = batches as [BatchCircuit];
    for (const odd of [id("nothing"), familyId, listId]) {
      for (const [one, many] of [
        [odd, first.circuit],
        [single, odd],
      ] as const) {
        await expect(circuits.registerBatches(one, [{ count: 2n, circuit: many }]))
          .to.be.revertedWithCustomError(circuits, "CircuitNotRegistered")
          .withArgs(odd);
      }
      await expect(circuits.registerSegments([odd, odd]))
        .to.be.revertedWithCustomError(circuits, "CircuitNotRegistered")
        .withArgs(odd);
    }
  });

  it("reverts with BatchCountInvalid unless counts ascend from 2 to 128", async () => {
    const { circuits } = await deployed();
    const { single, batches } = await registerFamily({ circuits }, "counts");
    const [{ circuit }] = batches as [BatchCircuit];
    const cases: [bigint[], bigint][] = [
      [[0n], 0n],
      [[1n], 0n],
      [[129n], 0n],
      [[2n ** 255n], 0n],
      [[4n, 4n], 1n],
      [[4n, 8n, 2n], 2n],
    ];
    for (const [counts, at] of cases) {
      await expect(
        circuits.registerBatches(
          single,
          counts.map((count) => ({ count, circuit })),
        ),
      )
        .to.be.revertedWithCustomError(circuits, "BatchCountInvalid")
        .withArgs(at, counts[Number(at)]);
    }
  });

  it("reverts with BatchSizesInvalid for none or more than 16", async () => {
    const { circuits } = await deployed();
    const { single, batches } = await registerFamily({ circuits }, "sizes");
    const [{ circuit }] = batches as [BatchCircuit];
    const many = Array.from({ length: 17 }, (_, i) => ({ count: BigInt(i) + 2n, circuit }));
    for (const list of [[], many]) {
      await expect(circuits.registerBatches(single, list))
        .to.be.revertedWithCustomError(circuits, "BatchSizesInvalid")
        .withArgs(list.length, 16n);
    }
    await circuits.registerBatches(single, many.slice(1));
  });

  it("reverts with BatchWordsTooMany where the challenge would stand for 2^13 words or more", async () => {
    const { circuits, add } = await deployed();
    // 63 words in and one out.
    const input = { ...CIRCUIT.input, elements: 63n, bits: 253n };
    const single = await add("wide", 1, { input });
    const circuit = await add("wide", 128, { input });
    await expect(circuits.registerBatches(single, [{ count: 128n, circuit }]))
      .to.be.revertedWithCustomError(circuits, "BatchWordsTooMany")
      .withArgs(0n, 8192n, 8190n);
    await circuits.registerBatches(single, [{ count: 127n, circuit }]);
  });

  it("reverts where a circuit encodes an inference otherwise, or has its weights otherwise", async () => {
    const { circuits, add } = await deployed();
    const single = await add("odd", 1);
    const [input, output] = [CIRCUIT.input, CIRCUIT.output];
    const changes: [Partial<Circuit>, string][] = [
      [{ weights: 1n }, "BatchWeightsInvalid"],
      ...[{ mode: 1n }, { elements: 5n }, { bits: 17n }, { isSigned: false }].flatMap(
        (it): [Partial<Circuit>, string][] => [
          [{ input: { ...input, ...it } }, "BatchEncodingInvalid"],
          [{ output: { ...output, ...it } }, "BatchEncodingInvalid"],
        ],
      ),
    ];
    const good = { count: 2n, circuit: await add("odd", 2) };
    for (const [change, error] of changes) {
      const circuit = await add("odd", 4, change);
      await expect(circuits.registerBatches(single, [good, { count: 4n, circuit }]))
        .to.be.revertedWithCustomError(circuits, error)
        .withArgs(1n);
    }
  });

  it("reverts with BatchSystemInvalid where proof systems differ", async () => {
    const { circuits, add } = await deployed();
    const plain = await add("plain", 2);
    const committed = await registerCommitted({ circuits }, committedSecrets("systems"));
    for (const [single, circuit] of [
      [plain, committed],
      [committed, plain],
    ] as const) {
      await expect(circuits.registerBatches(single, [{ count: 2n, circuit }]))
        .to.be.revertedWithCustomError(circuits, "BatchSystemInvalid")
        .withArgs(0n);
    }
  });

  describe("given a family", () => {
    it("lets a release name it, with weights where its circuits commit to them", async () => {
      const { circuits, models, publisher } = await deployed();
      const { familyId } = await registerFamily({ circuits }, "released");
      const held = await registerFamily({ circuits }, "held", { change: { weights: 1n } });
      const named = (circuit: string, weights: bigint) =>
        models.publish(release({ publisher: publisher.address, circuit, weights }), "");
      for (const [circuit, weights] of [
        [familyId, 0n],
        [held.familyId, W],
      ] as const) {
        await expect(named(circuit, weights)).to.be.revertedWithCustomError(
          models,
          "ReleaseWeightsInvalid",
        );
      }
      await named(familyId, W);
      await named(held.familyId, 0n);
    });

    it("is set up as well as its worst circuit, and attested by who attested all", async () => {
      const { circuits, operator, rival, add } = await deployed();
      const change = { setup: 0n, transcript: id("ceremony") };
      const { familyId, single, batches } = await registerFamily({ circuits }, "setup", { change });
      const ids = [single, ...batches.map(({ circuit }) => circuit)];
      expect(await circuits.setupOf(familyId)).to.deep.equal([0n, 0n]);
      for (const it of ids) await circuits.connect(operator).attest(it, id("ceremony"));
      for (const it of ids.slice(1)) await circuits.connect(rival).attest(it, id("ceremony"));
      expect(await circuits.setupOf(familyId)).to.deep.equal([0n, 1n]);
      expect(await circuits.isAttestedBy(familyId, operator)).to.equal(true);
      expect(await circuits.isAttestedBy(familyId, rival)).to.equal(false);
      await expect(
        circuits.connect(rival).attest(familyId, id("ceremony")),
      ).to.be.revertedWithCustomError(circuits, "CircuitNotRegistered");

      const development = { count: 8n, circuit: await add("of one party", 8, { setup: 1n }) };
      await circuits.registerBatches(single, [...batches, development]);
      const worse = familyIdOf(single, [...batches, development]);
      expect(await circuits.setupOf(worse)).to.deep.equal([1n, 0n]);
    });

    it("has the weights of its circuit of one inference, and is shown none itself", async () => {
      const { circuits } = await deployed();
      const [one, two] = [committedSecrets("family/1"), committedSecrets("family/2")];
      const [single, circuit] = [
        await registerCommitted({ circuits }, one),
        await registerCommitted({ circuits }, two),
      ];
      const batches = [{ count: 2n, circuit }];
      await circuits.registerBatches(single, batches);
      const familyId = familyIdOf(single, batches);
      expect(await circuits.systemOf(familyId)).to.equal(1n);
      expect(await circuits.committedCircuitOf(familyId)).to.deep.equal(
        await circuits.committedCircuitOf(single),
      );
      expect(await circuits.weightsPointOf(familyId, W)).to.deep.equal([0n, 0n]);

      const secret = weightsSecretOf("family");
      // Bound to the family's id, whatever one would make of it.
      const shown = encodeWeightsRegistration(registrationOf(one, familyId, W, secret));
      await expect(circuits.registerWeights(familyId, W, shown))
        .to.be.revertedWithCustomError(circuits, "CircuitNotRegistered")
        .withArgs(familyId);

      const own = encodeWeightsRegistration(registrationOf(one, single, W, secret));
      await circuits.registerWeights(single, W, own);
      expect(await circuits.weightsPointOf(familyId, W)).to.deep.equal(g1(secret));
      expect(await circuits.weightsPointOf(circuit, W)).to.deep.equal([0n, 0n]);
    });
  });
});
