import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BatchedCircuit, Hex, WeightedCircuit, ZkEvidence } from "@vouch/protocol";
import {
  batchCircuitOf,
  packWords,
  parseRequestId,
  verifyBatchProof,
  verifyProof,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { openHome, prepareRelease, storeProvingKeys, writeBundle } from "@vouch/publisher";
import type { Home } from "@vouch/publisher";
import type { ProofTask, ServedRelease } from "@vouch/worker";
import { createStatementProver, loadRelease, unloadRelease } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { batchClaim } from "../../../offchain/worker/proving/batchClaim.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { COMMITTED_PLAN } from "../../helpers/committedPlan.ts";

const DIGEST = id("statement") as Hex;

describe("a worker that serves a release by commit-and-prove", function () {
  this.timeout(120_000);
  let home: Home;
  let folder = "";
  let served: ServedRelease;
  let task: ProofTask;
  let evidence: ZkEvidence;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-committed-"));
    home = openHome(folder);
    const plan = { ...COMMITTED_PLAN, batches: [2] };
    const { bundle, circuits, batches } = await prepareRelease(plan, { cache: home.cache });
    await storeProvingKeys(home.keys, [...circuits, ...batches]);
    await writeBundle(home.releases, bundle);
    served = await loadRelease(home, bundle.id, { cache: home.cache });
    const input = [12n, -7n];
    const output = await served.model.run(input);
    const request = parseRequestId(id("request"));
    task = { served, request, digest: DIGEST, witness: { input, output } };
    evidence = await createStatementProver().prove(task);
  });
  after(async () => {
    await unloadRelease(served);
    await terminate();
    rmSync(folder, { recursive: true });
  });

  const verdictOn = (output: readonly bigint[], digest = DIGEST): string | undefined => {
    const { release, circuit, compiled } = served;
    const words = {
      release,
      input: packWords(task.witness.input, compiled.input),
      output: packWords(output, compiled.output),
    };
    return codeOf(() => {
      verifyProof(evidence, words, circuit, digest);
    });
  };

  it("reads its circuit and registration from the bundle that was kept", () => {
    const { system, registration } = (served.circuit as BatchedCircuit).single as WeightedCircuit;
    expect(system).to.equal("committedGroth16");
    expect(registration).to.not.equal(null);
  });

  it("proves what the model gives, and nothing else", () => {
    const { output } = task.witness;
    expect(verdictOn(output)).to.equal(undefined);
    expect(verdictOn([(output[0] ?? 0n) + 1n])).to.equal("PROOF_INVALID");
    expect(verdictOn(output, id("another") as Hex)).to.equal("PROOF_INVALID");
  });

  it("proves two statements by one proof, under the point of that circuit's own", async () => {
    expect(served.batches.map(({ count }) => count)).to.deep.equal([2]);
    const input = [-5n, 60n];
    const other = { input, output: await served.model.run(input) };
    const tasks = [task, { digest: id("other") as Hex, witness: other }];
    const { claim, evidenceOf } = batchClaim(served, tasks);
    const proof = await createStatementProver().proofOf(task, claim);
    const { compiled, release, circuit } = served;
    const statements = tasks.map(({ digest, witness }) => ({
      ...{ digest, input: packWords(witness.input, compiled.input) },
      output: packWords(witness.output, compiled.output),
    }));
    verifyBatchProof(
      evidenceOf(proof),
      { weights: release.weights, statements },
      batchCircuitOf(circuit, 2),
    );
  });
});
