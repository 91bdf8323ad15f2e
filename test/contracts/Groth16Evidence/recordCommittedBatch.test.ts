import type { Hex } from "@vouch/protocol";
import { encodeWeightsRegistration } from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder } from "ethers";
import { publishUnregistered, registerCommitted } from "../../helpers/committedScenario.ts";
import type { CommittedSecrets } from "../../helpers/committedSecrets.ts";
import {
  committedSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../helpers/committedSecrets.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  bare,
  batchDigestOf,
  batchEvidence,
  claimsOf,
  digestsOf,
  familyIdOf,
  joined,
} from "../../helpers/familyScenario.ts";
import type { Claim, Domain, Scenario } from "../../helpers/vouchScenario.ts";
import { BAD, W, ZK, deployScenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const [OF_ONE, OF_TWO] = [weightsSecretOf("of one"), weightsSecretOf("of two")];

type World = Scenario & {
  readonly one: CommittedSecrets;
  readonly two: CommittedSecrets;
  readonly ids: readonly [string, string];
  readonly releaseId: string;
};

/** A release of a commit-and-prove family whose weights are registered for the circuit of one inference. */
async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const { circuits } = scenario;
  const [one, two] = [committedSecrets("one"), committedSecrets("two")];
  const ids = [
    await registerCommitted(scenario, one),
    await registerCommitted(scenario, two),
  ] as const;
  const batches = [{ count: 2n, circuit: ids[1] }];
  await circuits.registerBatches(ids[0], batches);
  const shown = encodeWeightsRegistration(registrationOf(one, ids[0], W, OF_ONE));
  await circuits.registerWeights(ids[0], W, shown);
  const releaseId = await publishUnregistered(scenario, familyIdOf(ids[0], batches), "committed");
  return { ...scenario, one, two, ids, releaseId };
}

async function proven() {
  const world = await networkHelpers.loadFixture(deployWorld);
  const { domain, groth16, two, ids, circuits } = world;
  const claims = claimsOf(world, world, 2);
  const register = async (): Promise<void> => {
    const shown = encodeWeightsRegistration(registrationOf(two, ids[1], W, OF_TWO));
    await circuits.registerWeights(ids[1], W, shown);
  };
  const record = (data: string, of: readonly Claim[] = claims) =>
    groth16.recordBatch(domain.router, bare(of), data);
  return { ...world, claims, register, record, data: proveTwo(domain, claims, two) };
}

/** Twelve words of the proof that an honest prover of all claims would make, on weights of a point's logarithm. */
function proveTwo(
  domain: Domain,
  claims: readonly Claim[],
  { inference }: CommittedSecrets,
  weights = OF_TWO,
): string {
  const digest = batchDigestOf(digestsOf(domain, claims)) as Hex;
  const { input, output } = joined(claims);
  const words = inference.prove({ weights, digest, v: [...input, ...output] });
  return AbiCoder.defaultAbiCoder().encode(["uint256[12]"], [[...words]]);
}

describe("Groth16Evidence.recordBatch of commit-and-prove circuits", () => {
  it("proves each statement of a release whose weights are registered for the circuit", async () => {
    const { router, domain, claims, register, record, data } = await proven();
    await register();
    await record(data);
    const digests = digestsOf(domain, claims);
    for (const [place, claim] of claims.entries()) {
      const { kinds } = await router.assess({
        ...claim,
        evidence: [batchEvidence(place, digests)],
      });
      expect(kinds).to.equal(16n);
    }
  });

  it("takes a proof of one inference by the family's single, alone and among many", async () => {
    const { router, domain, claims, one } = await proven();
    const [claim] = claims as [Claim, Claim];
    const [digest] = digestsOf(domain, [claim]) as [Hex];
    const v = [...claim.input, ...claim.output];
    const words = one.inference.prove({ weights: OF_ONE, digest, v });
    const data = AbiCoder.defaultAbiCoder().encode(["uint256[12]"], [[...words]]);
    const receipt = { ...claim, evidence: [{ kind: ZK, data }] };
    expect((await router.assess(receipt)).kinds).to.equal(16n);
    const [assurances, verified] = await router.assessMany([receipt, receipt]);
    expect([...verified]).to.deep.equal([true, true]);
    expect(assurances.map(({ kinds }) => kinds)).to.deep.equal([16n, 16n]);
  });

  it("reverts with WeightsNotRegistered where they are for the circuit of one inference alone", async () => {
    const { record, data, groth16, ids } = await proven();
    await expect(record(data))
      .to.be.revertedWithCustomError(groth16, "WeightsNotRegistered")
      .withArgs(ids[1], W);
  });

  it("refuses a proof on the point that the single's weights are registered as", async () => {
    const { record, register, domain, claims, two, groth16 } = await proven();
    await register();
    await expect(record(proveTwo(domain, claims, two, OF_ONE))).to.be.revertedWithCustomError(
      groth16,
      "BatchProofInvalid",
    );
  });

  it("refuses a proof under the single's key, or of other statements", async () => {
    const { record, register, domain, claims, one, data, groth16 } = await proven();
    await register();
    const [first, second] = claims as [Claim, Claim];
    for (const [proof, of] of [
      [proveTwo(domain, claims, one), claims],
      [data, [second, first]],
      [data, [first, { ...second, output: BAD }]],
      [data, [first, first]],
    ] as const) {
      await expect(record(proof, of)).to.be.revertedWithCustomError(groth16, "BatchProofInvalid");
    }
  });

  it("refuses nine words, and a commitment at infinity", async () => {
    const { record, register, data, groth16 } = await proven();
    await register();
    await expect(record(data.slice(0, 2 + 64 * 9))).to.be.revertedWithCustomError(
      groth16,
      "ProofLengthInvalid",
    );
    const atInfinity = `${data.slice(0, 2 + 64 * 8)}${"0".repeat(128)}${data.slice(2 + 64 * 10)}`;
    await expect(record(atInfinity)).to.be.revertedWithCustomError(
      groth16,
      "ProofCommitmentAtInfinity",
    );
  });
});
