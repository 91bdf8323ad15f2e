import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import type { ProvenRelease } from "../../helpers/batchScenario.ts";
import { claimAt, ownRelease, provenReceipt, publishProven } from "../../helpers/batchScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { publishSegments } from "../../helpers/segmentScenario.ts";
import type { Receipt, Release, Scenario } from "../../helpers/vouchScenario.ts";
import {
  CIRCUIT,
  deployScenario,
  digestOf,
  release,
  signalsOf,
  zkEvidence,
} from "../../helpers/vouchScenario.ts";
import { trapdoorKey } from "../../helpers/trapdoorKey.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

async function publish(
  { models, publisher }: Scenario,
  overrides: Partial<Release>,
): Promise<string> {
  const fresh = release({ publisher: publisher.address, ...overrides });
  const releaseId = await models.publish.staticCall(fresh, "");
  await models.publish(fresh, "");
  return releaseId;
}

async function verdictsOn({ router }: Scenario, receipts: Receipt[]): Promise<boolean[]> {
  const [, verified] = await router.assessMany(receipts);
  const apart = await Promise.all(
    receipts.map((it) =>
      router.assess(it).then(
        () => true,
        () => false,
      ),
    ),
  );
  expect([...verified]).to.deep.equal(apart);
  return apart;
}

describe("EvidenceRouter.assessMany, of several releases", () => {
  it("verifies two releases of one circuit together, each on its own weights", async () => {
    const world = await deployed();
    const own = ownRelease(world);
    const sibling: ProvenRelease = {
      releaseId: await publish(world, { circuit: world.circuitId, version: "2" }),
      key: own.key,
    };
    const others: ProvenRelease = {
      releaseId: await publish(world, { circuit: world.circuitId, version: "3", weights: 7n }),
      key: own.key,
    };
    const receipts = [own, sibling, own, sibling, others].map((it, i) =>
      provenReceipt(world, it, i),
    );
    expect(await verdictsOn(world, receipts)).to.deep.equal([true, true, true, true, false]);
  });

  it("verifies a release whose circuit holds the weights beside one that commits to them", async () => {
    const world = await deployed();
    const key = trapdoorKey("public weights");
    const circuit = { ...CIRCUIT, weights: 1n, r1cs: id("public"), key: key.key };
    const circuitId = await world.circuits.register.staticCall(circuit);
    await world.circuits.register(circuit);
    const releaseId = await publish(world, { circuit: circuitId, weights: 0n, version: "open" });
    const claim = claimAt(world, { releaseId }, 1);
    const signals = signalsOf(digestOf(world.domain, claim), claim, { weights: null });
    const open = { ...claim, evidence: [zkEvidence(signals[0], key.prove(signals))] };
    const closed = provenReceipt(world, ownRelease(world), 0);
    const wrong = signalsOf(digestOf(world.domain, claim), claim);
    const forged = { ...claim, evidence: [zkEvidence(wrong[0], key.prove(wrong))] };
    expect(await verdictsOn(world, [closed, open, forged])).to.deep.equal([true, true, false]);
  });

  it("refuses a single proof of a release without a circuit, or in segments, and loses no other", async () => {
    const world = await deployed();
    const { router, groth16, publisher } = world;
    const plain = await publish(world, { circuit: ZeroHash, weights: 0n, version: "plain" });
    const segmented = await publishSegments(world, publisher, "segments");
    const other = await publishProven(world, "other");
    const own = provenReceipt(world, ownRelease(world), 0);
    const without = { ...own, release: plain };
    const inSegments = { ...own, release: segmented.releaseId };
    const receipts = [own, without, inSegments, provenReceipt(world, other, 3)];
    expect(await verdictsOn(world, receipts)).to.deep.equal([true, false, false, true]);
    const { models, circuits } = world;
    const only = await ethers.deployContract("EvidenceRouter", [models, circuits, [groth16]]);
    await expect(only.assess(without))
      .to.be.revertedWithCustomError(groth16, "ReleaseWithoutCircuit")
      .withArgs(plain);
    await expect(router.assess(inSegments)).to.be.revertedWithCustomError(
      circuits,
      "CircuitNotRegistered",
    );
  });
});
