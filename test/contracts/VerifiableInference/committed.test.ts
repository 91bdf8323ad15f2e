import { encodeCommittedCircuit } from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, ZeroHash, concat, id, keccak256, toBeHex } from "ethers";
import { claimAt } from "../../helpers/batchScenario.ts";
import {
  committedEvidence,
  proveCommitted,
  publishCommitted,
} from "../../helpers/committedScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { TRUST, deployScenario, hashOfWords } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const coder = AbiCoder.defaultAbiCoder();
const [PLAIN, COMMITTED] = ["groth16-bn254-v1", "committed-groth16-bn254-v1"].map((it) =>
  id(it).slice(0, 10),
) as [string, string];
const KEY = "(uint256[2] alpha,uint256[4] beta,uint256[4] gamma,uint256[4] delta,uint256[2][] ic)";
const WEIGHTS = `(bytes32 r1cs,${KEY} key,uint256[4] sigma,(uint256[4] inference,uint256[4] weights) link)`;

async function deploy() {
  const scenario = await deployScenario();
  const { router, models, circuits, publisher } = scenario;
  const own = await publishCommitted(scenario, "erc7992");
  const adapter = await ethers.deployContract("VerifiableInference", [
    ...[router, models, circuits],
    ...[TRUST.any, ZeroHash],
  ]);
  const { circuit, sigma, weights } = encodeCommittedCircuit(own.circuit);
  const commitment = {
    modelHash: own.releaseId,
    circuitHash: own.circuitId,
    vkHash: keccak256(coder.encode([KEY, "uint256[4]", WEIGHTS], [circuit.key, sigma, weights])),
    proofSystemId: COMMITTED,
    uri: "",
  };
  return { ...scenario, own, adapter: adapter.connect(publisher), commitment };
}

describe("VerifiableInference of a commit-and-prove circuit", () => {
  it("registers it under its own proof system and verifies its proofs", async () => {
    const scenario = await networkHelpers.loadFixture(deploy);
    const { adapter, own, commitment } = scenario;
    expect(await adapter.vkHashOf(own.circuitId)).to.equal(commitment.vkHash);
    await adapter.registerModel(commitment);
    expect(await adapter.proofSystemOf(own.releaseId)).to.equal(COMMITTED);

    const claim = claimAt(scenario, own, 1);
    const evidence = committedEvidence(proveCommitted(scenario, own, claim));
    const input = await adapter.inputCommitmentOf(
      ...([own.releaseId, claim.request, hashOfWords(claim.input)] as const),
    );
    const proof = coder.encode(
      ["bytes32", "address", "uint256[]", "(uint8,bytes)[]"],
      [claim.request, claim.operator, claim.input, [[evidence.kind, evidence.data]]],
    );
    const output = concat(claim.output.map((it) => toBeHex(it, 32)));
    await expect(adapter.verifyInference(own.releaseId, input, output, proof)).to.emit(
      adapter,
      "InferenceVerified",
    );
  });

  it("reverts with UnsupportedProofSystem under the other's name", async () => {
    const { adapter, commitment } = await networkHelpers.loadFixture(deploy);
    await expect(adapter.registerModel({ ...commitment, proofSystemId: PLAIN }))
      .to.be.revertedWithCustomError(adapter, "UnsupportedProofSystem")
      .withArgs(PLAIN);
  });
});
