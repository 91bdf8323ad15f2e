import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, WeightedCircuit } from "@vouch/protocol";
import { NO_FLOOR, parseAddress, releaseCircuitId } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { ReleaseBundle, ReleasePlan } from "@vouch/publisher";
import { prepareRelease, verifyCircuit } from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const FILE = onnxModel({
  input: ["N", 2],
  nodes: [node("Gemm", ["x", "w", "b"], "y")],
  initializers: [floats("w", [2, 1], [0.5, -0.25]), floats("b", [1], [0.125])],
});

describe("verifyCircuit, given a release that commit-and-prove proves", function () {
  this.timeout(120_000);
  let cache = "";
  let bundle: ReleaseBundle;

  before(async () => {
    cache = mkdtempSync(join(tmpdir(), "vouch-verify-"));
    const plan: ReleasePlan = {
      ...{ file: FILE, model: "tiny", version: "1", licence: "MIT", royaltyBps: 0 },
      publisher: parseAddress(`0x${"a1".repeat(20)}`),
      calibration: [
        [0.5, 0.25],
        [-0.5, 0.75],
      ],
      heldOut: [[0.25, 0.5]],
      input: { mode: "public", bits: 8, fractionBits: 6 },
      output: { mode: "public", bits: 24, fractionBits: 12 },
      weights: "private",
      setup: { kind: "development" },
      system: "committedGroth16",
      floor: NO_FLOOR,
      salt: id("tiny") as Hex,
    };
    ({ bundle } = await prepareRelease(plan, { cache }));
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
