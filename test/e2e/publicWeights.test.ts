import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { keccak256 } from "ethers";
import hre from "hardhat";
import { interpret } from "@vouch/compiler";
import type { Evidence, Receipt } from "@vouch/protocol";
import {
  decodeAssurance,
  dequantizeTensor,
  packWords,
  serializeReceipt,
  unpackWords,
  verifyGroth16,
} from "@vouch/protocol";
import { terminate, verifyReceiptIndependently } from "@vouch/prover";
import type { CircuitMaterial, Finding, RegisteredCircuit } from "@vouch/publisher";
import { provingKeyPath, readBundle, verifyCircuit } from "@vouch/publisher";
import type { PublishedModel } from "../../scripts/demo/scenario.ts";
import { run as zkVerify } from "../../offchain/hardhat/tasks/actions/zkVerify.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { Scenario } from "../helpers/creditScenario.ts";
import { proveNearby, refusalsOf, resign, serveRow } from "../helpers/creditScenario.ts";
import { oneCircuit } from "../helpers/oneCircuit.ts";
import { taskOutput } from "../helpers/taskOutput.ts";
import { openTinyScenario, planTiny, publishPlan, tinyModel } from "../helpers/tinyScenario.ts";

const SEED = 7;

/** A release whose weights are constants of its circuit, from ONNX file to settled, proven answer. */
describe("public weights", function () {
  this.timeout(300_000);

  let scenario: Scenario & { readonly close: () => void };
  let receipt: Receipt;
  let input: readonly bigint[];
  /** The same file with one weight changed. */
  let changed: PublishedModel;

  before(async () => {
    scenario = await openTinyScenario("public", tinyModel(SEED));
    const served = await serveRow(scenario, 0);
    receipt = served.receipt;
    input = served.elements;
    const plan = await planTiny(scenario.chain, tinyModel(SEED, 0.5), "public", "changed");
    changed = await publishPlan(scenario.chain, plan);
  });

  after(async () => {
    scenario.close();
    await terminate();
  });

  describe("given a release", () => {
    it("has the bare file's hash, no commitment, no salt, and the file in clear in its bundle", () => {
      const { bundle } = scenario.open.prepared;
      const { release, circuit, manifest, file } = bundle;
      expect(release.content).to.equal(keccak256(file));
      expect(release.weights).to.equal(0n);
      expect(circuit.weights).to.equal("constant");
      expect(manifest.weights).to.equal("public");
      expect(bundle).to.not.have.property("salt");
      const folder = join(scenario.chain.home.releases, bundle.id);
      expect(readdirSync(folder)).to.not.include("secret.json");
      expect(Uint8Array.from(readFileSync(join(folder, "model.onnx")))).to.deep.equal(
        Uint8Array.from(file),
      );
      expect(scenario.served.weightsSalts).to.deep.equal([]);
    });

    it("settles an answer that is the model's, and that verifies in every way there is", async () => {
      const { chain, served } = scenario;
      const { graph, output } = served.compiled;
      expect(graph.parameters).to.deep.equal([]);
      const expected = interpret(graph, input);
      expect(unpackWords(receipt.output, output)).to.deep.equal([...expected]);
      expect(dequantizeTensor(expected, output).every(Number.isFinite)).to.equal(true);
      const { request } = receipt.statement;
      const assurance = decodeAssurance(await chain.contracts.requests.assuranceOf(request));
      expect(assurance.kinds).to.deep.equal(["signature", "zk"]);

      expect(await refusalsOf(scenario, receipt)).to.deep.equal(["accepted", "accepted"]);
      const again = await verifyReceiptIndependently(serializeReceipt(receipt));
      expect(again).to.deep.equal({ input: true, output: true, signature: true, zk: true });
    });
  });

  describe("given one weight changed", () => {
    it("has a valid proof of what it gives, which is refused", async () => {
      const { served, cast, chain } = scenario;
      const { bundle, compiled, circuits } = changed.prepared;
      const output = interpret(compiled.graph, input);
      expect(output).to.not.deep.equal(interpret(served.compiled.graph, input));
      const words = packWords(output, compiled.output);
      const claimed = await resign(receipt, cast.operator, zkOf(receipt), { output: words });
      const proving = circuits.map(({ artefacts: { wasm } }) => ({
        wasm,
        zkey: provingKeyPath(chain.home.keys, bundle.release.circuit),
      }));
      const forger = { ...scenario, served: { ...served, compiled, proving } };
      const { commitment, proof, publicSignals } = await proveNearby(
        forger,
        claimed,
        input,
        output,
      );
      expect(verifyGroth16(oneCircuit(bundle.circuit).key, proof, publicSignals)).to.equal(true);
      const evidence: Evidence = { kind: "zk", commitment, proof };
      const forged = await resign(claimed, cast.operator, evidence, { output: words });
      expect(await refusalsOf(scenario, forged)).to.deep.equal(["PROOF_INVALID", "ProofInvalid"]);
    });

    it("cannot be proven under the release's own circuit", async () => {
      const output = interpret(changed.prepared.compiled.graph, input);
      const proven = proveNearby(scenario, receipt, input, output);
      expect(await codeOfPromise(proven)).to.equal("WITNESS_REFUSED");
    });
  });

  describe("given two trainings of one architecture", () => {
    it("shares circuit id and verifying key where weights are private", async () => {
      const { chain } = scenario;
      const [one, two] = [
        await publishPlan(chain, await planTiny(chain, tinyModel(1), "private", "training 1")),
        await publishPlan(chain, await planTiny(chain, tinyModel(2), "private", "training 2")),
      ].map(({ prepared, gas }) => ({ ...prepared.bundle, gas }));
      expect(two?.release.circuit).to.equal(one?.release.circuit);
      expect(oneCircuit(two?.circuit).key).to.deep.equal(oneCircuit(one?.circuit).key);
      expect(two?.gas.circuitGas, "nothing to register").to.equal(0n);
      expect(two?.release.weights).to.not.equal(one?.release.weights);
      expect(two?.id).to.not.equal(one?.id);
    });

    it("has a circuit and a verifying key for each where they are public", () => {
      const [one, two] = [scenario.open, changed].map(({ prepared, gas }) => ({
        ...prepared.bundle,
        gas,
      }));
      expect(two?.release.circuit).to.not.equal(one?.release.circuit);
      expect(oneCircuit(two?.circuit).r1cs).to.not.equal(oneCircuit(one?.circuit).r1cs);
      expect(oneCircuit(two?.circuit).key).to.not.deep.equal(oneCircuit(one?.circuit).key);
      expect(two?.gas.circuitGas, "a circuit to register").to.not.equal(0n);
    });
  });

  describe("zk:verify", () => {
    let registered: RegisteredCircuit;
    let material: CircuitMaterial;

    before(() => {
      const { release, circuit } = scenario.open.prepared.bundle;
      registered = { id: release.circuit, circuit, release };
      const { file, manifest } = readBundle(scenario.chain.home.releases, scenario.open.id);
      material = {
        file,
        manifest,
        zkeys: [provingKeyPath(scenario.chain.home.keys, registered.id)],
      };
    });

    const failing = async (
      change: Partial<CircuitMaterial>,
      of: RegisteredCircuit = registered,
    ): Promise<readonly string[]> =>
      names(
        await verifyCircuit(of, { ...material, ...change }, { cache: scenario.chain.home.cache }),
        "fails",
      );

    it("derives everything again from file, manifest and key", async () => {
      const cache = join(scenario.chain.home.cache, "second");
      const findings = await verifyCircuit(registered, material, { cache });
      expect(names(findings, "holds")).to.have.members([
        "content",
        "manifest",
        "circuit",
        "encodings",
        "weights",
        "r1cs",
        "key",
      ]);
    });

    it("names what does not hold: a file with one weight changed", async () => {
      const file = tinyModel(SEED, 0.5);
      expect(await failing({ file })).to.deep.equal(["content", "r1cs"]);
      const { id, circuit } = registered;
      expect(await failing({ file }, { id, circuit })).to.deep.equal(["r1cs"]);
    });

    it("names what does not hold: the key of another circuit, or another key of this one", async () => {
      const zkey = provingKeyPath(
        scenario.chain.home.keys,
        changed.prepared.bundle.release.circuit,
      );
      expect(await failing({ zkeys: [zkey] })).to.deep.equal(["key"]);
      const key = oneCircuit(changed.prepared.bundle.circuit).key;
      const other = { ...registered, circuit: { ...oneCircuit(registered.circuit), key } };
      expect(await failing({}, other)).to.deep.equal(["circuit", "key"]);
    });

    it("names what does not hold: a manifest that says otherwise", async () => {
      const { manifest } = material;
      const weights = { ...manifest, weights: "private" } as const;
      expect(await failing({ manifest: weights })).to.deep.equal(["manifest", "encodings"]);
      const calibration = Object.fromEntries(
        Object.entries(manifest.calibration).map(([name, range]) => [name, range * 1.5]),
      );
      const wider = { ...manifest, calibration };
      expect(await failing({ manifest: wider })).to.deep.equal(["manifest", "r1cs"]);
    });

    it("finds private weights by their salt only: another training has the same circuit", async () => {
      const { chain } = scenario;
      const plan = await planTiny(chain, tinyModel(1), "private", "training 1");
      const { bundle } = (await publishPlan(chain, plan)).prepared;
      const { release, circuit, salt, file, manifest } = bundle;
      if (salt === undefined) throw new Error("private weights have a salt");
      const closed = { id: release.circuit, circuit, release };
      const zkeys = [provingKeyPath(chain.home.keys, release.circuit)];
      expect(await failing({ file, manifest, salt, zkeys }, closed)).to.deep.equal([]);
      const retrained = { file: tinyModel(2), manifest, salt, zkeys };
      expect(await failing(retrained, closed)).to.deep.equal(["content", "weights"]);
      const { id } = closed;
      expect(await failing(retrained, { id, circuit })).to.deep.equal([]);
    });

    it("is a task that says what holds, and fails by name", async () => {
      const file = join(mkdtempSync(join(tmpdir(), "vouch-")), "tampered.onnx");
      writeFileSync(file, tinyModel(SEED, 0.5));
      const args = {
        release: scenario.open.id as string,
        circuit: "",
        file: "",
        manifest: "",
        salt: "",
        zkey: "",
        ptau: "",
        ceremony: "",
        withoutKey: false,
        json: false,
      };
      const honest = await taskOutput(() => zkVerify(args, hre));
      expect(honest.error).to.be.undefined;
      for (const name of ["content", "manifest", "weights", "r1cs", "key"])
        expect(honest.text).to.match(new RegExp(`yes ${name} `));
      const tampered = await taskOutput(() => zkVerify({ ...args, file }, hre));
      expect(tampered.error).to.deep.equal({
        code: "VERIFICATION_FAILED",
        failed: ["content", "r1cs"],
      });
      expect(tampered.text).to.match(/NO {2}r1cs/);
      const circuit = { ...args, release: "", circuit: receipt.release.circuit as string };
      expect((await taskOutput(() => zkVerify(circuit, hre))).error).to.be.undefined;
      expect(existsSync(file)).to.equal(true);
    });
  });
});

function names(
  findings: readonly Finding[],
  status: Finding["status"],
): readonly Finding["name"][] {
  return findings.filter((it) => it.status === status).map(({ name }) => name);
}

function zkOf({ evidence }: Receipt): Evidence {
  const piece = evidence.find(({ kind }) => kind === "zk");
  if (piece === undefined) throw new Error("the receipt has no proof");
  return piece;
}
