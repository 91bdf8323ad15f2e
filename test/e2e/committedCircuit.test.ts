import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CircuitId, CommittedCircuit, Hex } from "@vouch/protocol";
import {
  committedCircuitId,
  encodeCommittedCircuit,
  encodeWeightsRegistration,
  verifyWeightsRegistration,
} from "@vouch/protocol";
import { proveCommitted, proveWeights, terminate } from "@vouch/prover";
import { expect } from "chai";
import { id } from "ethers";
import { ownRelease, provenReceipt } from "../helpers/batchScenario.ts";
import { committedEvidence } from "../helpers/committedScenario.ts";
import { connection } from "../helpers/deployVouch.ts";
import type { Claim, Receipt, Scenario } from "../helpers/vouchScenario.ts";
import { deployScenario, digestOf, release } from "../helpers/vouchScenario.ts";
import type { CommittedFixture } from "../offchain/prover/committedFixture.ts";
import {
  W,
  committedFixture,
  inferenceWork,
  registrationWork,
} from "../offchain/prover/committedFixture.ts";

const WORD = { mode: "public", bits: 253, signed: false } as const;

/** A real circuit with real keys: what the prover makes, the contracts take, and nothing near it. */
describe("a commit-and-prove circuit on-chain", function () {
  this.timeout(300_000);
  const cache = mkdtempSync(join(tmpdir(), "vouch-committed-"));
  let made: CommittedFixture;
  let scenario: Scenario;
  let circuitId: CircuitId;
  let releaseId: string;

  before(async () => {
    made = await committedFixture(cache);
    scenario = await connection.networkHelpers.loadFixture(deployScenario);
    const { circuits, models, publisher } = scenario;
    const circuit: CommittedCircuit = {
      system: "committedGroth16",
      weights: "committed",
      setup: "development",
      input: { ...WORD, elements: 3 },
      output: { ...WORD, elements: 2 },
      r1cs: id("inference r1cs") as Hex,
      transcript: id("transcript") as Hex,
      key: made.inference.key,
      weightsCircuit: {
        r1cs: id("weights r1cs") as Hex,
        key: made.weights.key,
        link: made.link.link,
      },
    };
    circuitId = committedCircuitId(circuit);
    await circuits.registerCommitted(encodeCommittedCircuit(circuit));
    const work = { ...registrationWork(made, {}), circuit: circuitId };
    const registration = await proveWeights(made, work);
    const keys = { ...circuit.weightsCircuit!, inference: circuit.key }; // it has one
    expect(
      verifyWeightsRegistration(
        { inference: keys.inference, weights: keys.key, link: keys.link },
        circuitId,
        W,
        registration,
      ),
    ).to.equal(true);
    const other = encodeWeightsRegistration(made.registration);
    await expect(
      circuits.registerWeights(circuitId, W, other),
      "shown for another circuit id",
    ).to.be.revertedWithCustomError(circuits, "WeightsProofInvalid");
    await circuits.registerWeights(circuitId, W, encodeWeightsRegistration(registration));
    made = { ...made, registration };
    const fresh = release({ publisher: publisher.address, circuit: circuitId, weights: W });
    releaseId = await models.publish.staticCall(fresh, "");
    await models.publish(fresh, "");
  });
  after(async () => {
    await terminate();
    rmSync(cache, { recursive: true });
  });

  /** A receipt of request `index`, proven by the real prover. */
  async function proven(index: number): Promise<Receipt> {
    const x = [BigInt(index), 15n, 2n];
    const work = inferenceWork(made, x);
    const claim: Claim = {
      ...{ release: releaseId, request: id(`real ${String(index)}`) },
      ...{ operator: scenario.operator.address },
      ...{ input: x, output: work.claim.v.slice(3) },
    };
    const digest = digestOf(scenario.domain, claim) as Hex;
    const { proof } = await proveCommitted(made.inference, {
      ...work,
      claim: { ...work.claim, digest },
    });
    return { ...claim, evidence: [committedEvidence(proof)] };
  }

  it("is verified alone and in a batch with plain proofs, and its claim alone", async () => {
    const { router, groth16 } = scenario;
    const receipts = [await proven(1), await proven(2), await proven(3)];
    for (const receipt of receipts) expect((await router.assess(receipt)).kinds).to.equal(16n);
    const [first] = receipts as [Receipt];
    for (const wrong of [
      { ...first, output: first.output.map((it) => it + 1n) },
      { ...first, input: [2n, ...first.input.slice(1)] },
      { ...first, request: id("another") },
    ]) {
      await expect(router.assess(wrong)).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    }
    const plain = provenReceipt(scenario, ownRelease(scenario), 1);
    const wrong = { ...first, output: [7n, 7n] };
    const [, verified] = await router.assessMany([...receipts, plain, wrong]);
    expect([...verified]).to.deep.equal([true, true, true, true, false]);
  });
});
