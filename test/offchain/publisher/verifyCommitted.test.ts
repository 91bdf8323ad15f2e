import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, WeightedCircuit } from "@vouch/protocol";
import { releaseCircuitId } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { ReleaseBundle } from "@vouch/publisher";
import { prepareRelease, verifyCircuit } from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { COMMITTED_PLAN } from "../../helpers/committedPlan.ts";

describe("verifyCircuit, given a release that commit-and-prove proves", function () {
  this.timeout(120_000);
  let cache = "";
  let bundle: ReleaseBundle;

  before(async () => {
    cache = mkdtempSync(join(tmpdir(), "vouch-verify-"));
    ({ bundle } = await prepareRelease(COMMITTED_PLAN, { cache }));
  });
  after(async () => {
    await terminate();
    rmSync(cache, { recursive: true });
  });

  const r1csOf = async (circuit: WeightedCircuit): Promise<string | undefined> => {
    const { release, manifest, file, salt } = bundle;
    const registered = { id: releaseCircuitId(circuit), circuit, release };
    const material = { file, manifest, ...(salt === undefined ? {} : { salt }) };
    const findings = await verifyCircuit(registered, material, { cache });
    return findings.find(({ name }) => name === "r1cs")?.status;
  };

  it("holds of both circuits, and of no other that registers weights", async () => {
    const circuit = bundle.circuit as WeightedCircuit;
    expect(await r1csOf(circuit)).to.equal("holds");
    const weightsCircuit = { ...circuit.weightsCircuit!, r1cs: id("whatever") as Hex }; // it has one
    expect(await r1csOf({ ...circuit, weightsCircuit })).to.equal("fails");
  });
});
