import { expect } from "chai";
import { id } from "ethers";
import type { CircuitId } from "../../../offchain/protocol/index.ts";
import { segmentsId } from "../../../offchain/protocol/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { publishSegments, segmentCircuits } from "../../helpers/segmentScenario.ts";
import { CIRCUIT, W, deployScenario, release } from "../../helpers/vouchScenario.ts";
import type { Circuit, Encoding } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { circuits } = scenario;
  const add = async (list: readonly Circuit[]): Promise<string[]> => {
    const ids: string[] = [];
    for (const circuit of list) {
      ids.push(await circuits.register.staticCall(circuit));
      await circuits.register(circuit);
    }
    return ids;
  };
  return { ...scenario, add };
}

describe("CircuitRegistry.registerSegments", () => {
  it("stores the list under the hash of its ids, in their order", async () => {
    const { circuits, add, stranger } = await deployed();
    const ids = await add(segmentCircuits("list"));
    const expected = segmentsId(ids as CircuitId[]);
    await expect(circuits.connect(stranger).registerSegments(ids))
      .to.emit(circuits, "SegmentsRegistered")
      .withArgs(expected, stranger.address, ids);
    expect(await circuits.segmentsOf(expected)).to.deep.equal(ids);
    expect(await circuits.isRegistered(expected)).to.equal(true);
    const [input, output] = await circuits.encodingsOf(expected);
    expect([...input]).to.deep.equal(Object.values(CIRCUIT.input));
    expect([...output]).to.deep.equal(Object.values(CIRCUIT.output));
    expect(await circuits.weightsModeOf(expected)).to.equal(0n);
  });

  it("gives a list of the same circuits twice two places, as one architecture may repeat", async () => {
    const { circuits, add } = await deployed();
    const [first, middle, last] = (await add(segmentCircuits("repeated"))) as [
      string,
      string,
      string,
    ];
    const ids = [first, middle, middle, last];
    await circuits.registerSegments(ids);
    expect(await circuits.segmentsOf(segmentsId(ids as CircuitId[]))).to.deep.equal(ids);
  });

  it("reverts with CircuitAlreadyRegistered the second time", async () => {
    const { circuits, add } = await deployed();
    const ids = await add(segmentCircuits("twice"));
    await circuits.registerSegments(ids);
    await expect(circuits.registerSegments(ids)).to.be.revertedWithCustomError(
      circuits,
      "CircuitAlreadyRegistered",
    );
  });

  it("reverts with CircuitNotRegistered for an unknown circuit, or a list within a list", async () => {
    const { circuits, add } = await deployed();
    const ids = await add(segmentCircuits("members"));
    await circuits.registerSegments(ids);
    for (const odd of [id("nothing"), segmentsId(ids as CircuitId[])]) {
      await expect(circuits.registerSegments([...ids.slice(0, 2), odd]))
        .to.be.revertedWithCustomError(circuits, "CircuitNotRegistered")
        .withArgs(odd);
    }
  });

  it("reverts with SegmentCountInvalid for fewer than two or more than 256", async () => {
    const { circuits, add } = await deployed();
    const [first = "", middle = "", last = ""] = await add(segmentCircuits("count"));
    const many = [first, ...Array.from({ length: 255 }, () => middle), last];
    for (const list of [[], [first], many]) {
      await expect(circuits.registerSegments(list))
        .to.be.revertedWithCustomError(circuits, "SegmentCountInvalid")
        .withArgs(list.length, 256n);
    }
    await circuits.registerSegments(many.toSpliced(1, 1));
  });

  it("reverts with SegmentJoinInvalid where two neighbours do not fit", async () => {
    const { circuits, add } = await deployed();
    const parts = segmentCircuits("joins");
    const [first = "", middle = "", last = ""] = await add(parts);
    const { input } = parts[1]!;
    const middleWith = async (change: Partial<Encoding>): Promise<string> => {
      const other = { ...parts[1]!, input: { ...input, ...change } };
      const [added = ""] = await add([other]);
      return added;
    };
    const cases: [string[], bigint][] = [
      [[middle, first], 1n],
      [[first, await middleWith({ elements: 6n }), last], 1n],
      [[first, await middleWith({ bits: input.bits - 1n }), last], 1n],
      [[first, await middleWith({ isSigned: !input.isSigned }), last], 1n],
      [[first, middle, first], 2n],
      [[last, middle], 1n],
    ];
    for (const [list, at] of cases) {
      await expect(circuits.registerSegments(list))
        .to.be.revertedWithCustomError(circuits, "SegmentJoinInvalid")
        .withArgs(at);
    }
  });

  it("reverts with SegmentWeightsInvalid where some commit to weights and others do not", async () => {
    const { circuits, add } = await deployed();
    const [first = "", middle = ""] = await add(segmentCircuits("private"));
    const [, , last = ""] = await add(segmentCircuits("public", { weights: 1n }));
    await expect(circuits.registerSegments([first, middle, last]))
      .to.be.revertedWithCustomError(circuits, "SegmentWeightsInvalid")
      .withArgs(2n);
  });

  describe("given a list", () => {
    it("lets a release name it, with weights where its circuits commit to them", async () => {
      const { models, publisher, ...scenario } = await deployed();
      const { listId } = await publishSegments({ ...scenario, models }, publisher, "committed");
      const constant = await publishSegments({ ...scenario, models }, publisher, "constant", {
        change: { weights: 1n },
        weights: [],
      });
      expect(await models.isPublished(constant.releaseId)).to.equal(true);
      for (const [circuit, weights] of [
        [listId, 0n],
        [constant.listId, W],
      ] as const) {
        const wrong = release({ publisher: publisher.address, circuit, weights, version: "wrong" });
        await expect(models.publish(wrong, "")).to.be.revertedWithCustomError(
          models,
          "ReleaseWeightsInvalid",
        );
      }
    });

    it("is set up as well as its worst circuit, and attested by who attested all", async () => {
      const { circuits, add, operator, rival } = await deployed();
      const parts = segmentCircuits("setup", { setup: 0n, transcript: id("ceremony") });
      const ids = await add(parts);
      await circuits.registerSegments(ids);
      const list = segmentsId(ids as CircuitId[]);
      expect(await circuits.setupOf(list)).to.deep.equal([0n, 0n]);
      for (const it of ids) await circuits.connect(operator).attest(it, id("ceremony"));
      for (const it of ids.slice(1)) await circuits.connect(rival).attest(it, id("ceremony"));
      expect(await circuits.setupOf(list)).to.deep.equal([0n, 1n]);
      expect(await circuits.isAttestedBy(list, operator)).to.equal(true);
      expect(await circuits.isAttestedBy(list, rival)).to.equal(false);
      await expect(
        circuits.connect(rival).attest(list, id("ceremony")),
      ).to.be.revertedWithCustomError(circuits, "CircuitNotRegistered");

      const [development = ""] = await add([{ ...parts[0]!, setup: 1n, r1cs: id("of one party") }]);
      await circuits.registerSegments([development, ...ids.slice(1)]);
      const worse = segmentsId([development, ...ids.slice(1)] as CircuitId[]);
      expect((await circuits.setupOf(worse))[0]).to.equal(1n);
    });
  });
});
