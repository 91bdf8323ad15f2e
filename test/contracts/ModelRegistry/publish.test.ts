import { expect } from "chai";
import type { Result } from "ethers";
import { AbiCoder, ZeroHash, id, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { SCALAR_FIELD, trapdoorKey } from "../../helpers/trapdoorKey.ts";
import {
  CIRCUIT,
  W,
  all,
  deployScenario,
  release,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Release } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

const POLICY =
  "tuple(tuple(tuple(uint8 kind,uint64 params,bytes32 pin)[] anyOf)[] allOf,uint128 minStake)";
const RELEASE = `tuple(address publisher,string model,string version,bytes32 content,uint256 weights,bytes32 circuit,uint8 inputFractionBits,uint8 outputFractionBits,uint8 runtime,bytes32 manifest,string licence,uint16 royaltyBps,${POLICY} floor)`;

describe("ModelRegistry.publish", () => {
  it("stores a release under the hash of all of it", async () => {
    const { models, publisher, circuitId } = await deployed();
    const floor = { ...all(zk(1n, circuitId), signature), minStake: 7n };
    const fresh = release({
      publisher: publisher.address,
      circuit: circuitId,
      version: "2",
      floor,
    });
    const expected = keccak256(
      AbiCoder.defaultAbiCoder().encode(["bytes32", RELEASE], [id("vouch.release.v1"), fresh]),
    );
    await expect(models.connect(publisher).publish(fresh, "ipfs://manifest")).to.emit(
      models,
      "ReleasePublished",
    );
    expect(await models.isPublished(expected)).to.equal(true);
    const record = await models.releaseOf(expected);
    expect(record.publisher).to.equal(publisher.address);
    expect(record.weights).to.equal(W);
    expect(record.circuit).to.equal(circuitId);
    expect(record.royaltyBps).to.equal(500n);
    const stored = await models.floorOf(expected);
    expect(stored.minStake).to.equal(7n);
    expect(stored.allOf.map(({ anyOf }) => anyOf.map((it) => [...it]))).to.deep.equal(
      floor.allOf.map(({ anyOf }) => anyOf.map((it) => Object.values(it))),
    );
  });

  const refusals: [string, Partial<Release>, string][] = [
    [
      "names another publisher",
      { publisher: "0x000000000000000000000000000000000000dEaD" },
      "ReleasePublisherMismatch",
    ],
    ["has no model name", { model: "" }, "ReleaseModelNameEmpty"],
    ["takes more than all as royalty", { royaltyBps: 10_001n }, "ReleaseRoyaltyTooHigh"],
    ["has no commitment for a circuit that needs one", { weights: 0n }, "ReleaseWeightsInvalid"],
    ["has a commitment above the field", { weights: SCALAR_FIELD }, "ReleaseWeightsInvalid"],
    ["has a commitment and no circuit", { circuit: ZeroHash }, "ReleaseWeightsInvalid"],
    [
      "has a floor that nothing meets",
      { floor: { allOf: [{ anyOf: [] }], minStake: 0n } },
      "ReleaseFloorClauseEmpty",
    ],
  ];
  for (const [what, change, error] of refusals) {
    describe(`when it ${what}`, () => {
      it(`reverts with ${error}`, async () => {
        const { models, publisher, circuitId } = await deployed();
        const bad = release({
          publisher: publisher.address,
          circuit: circuitId,
          version: "2",
          ...change,
        });
        await expect(models.publish(bad, "")).to.be.revertedWithCustomError(models, error);
      });
    });
  }

  it("takes a royalty of all of the fee", async () => {
    const { models, publisher, circuitId } = await deployed();
    const whole = release({
      publisher: publisher.address,
      circuit: circuitId,
      royaltyBps: 10_000n,
    });
    await expect(models.publish(whole, "")).to.emit(models, "ReleasePublished");
  });

  it("reverts with DataTooLong for a floor that is longer than a contract may be", async () => {
    const { models, publisher, circuitId } = await deployed();
    const long = release({
      publisher: publisher.address,
      circuit: circuitId,
      floor: all(...Array.from({ length: 200 }, () => signature)),
    });
    await expect(models.publish(long, "")).to.be.revertedWithCustomError(models, "DataTooLong");
  });

  describe("when the circuit is unknown", () => {
    it("reverts with CircuitNotRegistered", async () => {
      const { models, circuits, publisher } = await deployed();
      await expect(
        models.publish(release({ publisher: publisher.address, circuit: id("none") }), ""),
      ).to.be.revertedWithCustomError(circuits, "CircuitNotRegistered");
    });
  });

  describe("when it was published before", () => {
    it("reverts with ReleaseAlreadyPublished", async () => {
      const { models, publisher, circuitId, releaseId } = await deployed();
      await expect(
        models.publish(release({ publisher: publisher.address, circuit: circuitId }), ""),
      )
        .to.be.revertedWithCustomError(models, "ReleaseAlreadyPublished")
        .withArgs(releaseId);
    });
  });

  describe("given a circuit with constant weights", () => {
    it("takes no commitment", async () => {
      const { models, circuits, publisher } = await deployed();
      const constant = { ...CIRCUIT, weights: 1n, key: trapdoorKey("constant").key };
      const circuit = await circuits.register.staticCall(constant);
      await circuits.register(constant);
      const base = release({ publisher: publisher.address, circuit });
      await expect(models.publish(base, "")).to.be.revertedWithCustomError(
        models,
        "ReleaseWeightsInvalid",
      );
      await models.publish({ ...base, weights: 0n }, "");
    });
  });
});

describe("ModelRegistry.releaseOf", () => {
  it("returns every member, and the tensors as the circuit has them", async () => {
    const { models, circuits, publisher } = await deployed();
    const tensors = {
      input: { mode: 1n, elements: 3n, bits: 9n, isSigned: false },
      output: { mode: 0n, elements: 2n, bits: 17n, isSigned: true },
    };
    for (const [name, input, output] of [
      ["one", tensors.input, tensors.output],
      ["two", tensors.output, tensors.input],
    ] as const) {
      const described = { ...CIRCUIT, input, output, key: trapdoorKey(name).key };
      const circuit = await circuits.register.staticCall(described);
      await circuits.register(described);
      const fresh = release({
        publisher: publisher.address,
        circuit,
        version: name,
        inputFractionBits: 3n,
        outputFractionBits: 5n,
        runtime: 1n,
      });
      const releaseId = await models.publish.staticCall(fresh, "");
      await models.publish(fresh, "");
      const record = (await models.releaseOf(releaseId)) as unknown as Result;
      expect(record.toObject(true)).to.deep.include({
        publisher: publisher.address,
        inputFractionBits: 3n,
        outputFractionBits: 5n,
        runtime: 1n,
        royaltyBps: 500n,
        input,
        output,
        circuit,
        weights: W,
      });
    }
  });

  it("reverts with ReleaseNotPublished for an unknown id", async () => {
    const { models } = await deployed();
    for (const read of [models.releaseOf, models.floorOf]) {
      await expect(read(id("none"))).to.be.revertedWithCustomError(models, "ReleaseNotPublished");
    }
  });
});
