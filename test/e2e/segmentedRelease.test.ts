import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import hre from "hardhat";
import { interpret } from "@vouch/compiler";
import type { Receipt, ZkEvidence } from "@vouch/protocol";
import {
  BASE_FIELD,
  circuitsOf,
  decodeAssurance,
  inputCommitment,
  inputSalt,
  outputCommitment,
  outputSalt,
  packWords,
  parseReceipt,
  releaseCircuitId,
  singleCircuitId,
  SCALAR_FIELD,
  serializeReceipt,
  statementDigest,
  verifyReceipt,
} from "@vouch/protocol";
import { terminate, verifyReceiptIndependently } from "@vouch/prover";
import { verifyCircuit, verifyRelease } from "@vouch/publisher";
import { estimateEscrow, fetchRelease } from "@vouch/sdk";
import { loadRelease, proveStatement, unloadRelease } from "@vouch/worker";
import { run as infer } from "../../offchain/hardhat/tasks/actions/infer.ts";
import { run as modelPublish } from "../../offchain/hardhat/tasks/actions/modelPublish.ts";
import { run as modelVerify } from "../../offchain/hardhat/tasks/actions/modelVerify.ts";
import { run as receiptVerify } from "../../offchain/hardhat/tasks/actions/receiptVerify.ts";
import { run as zkVerify } from "../../offchain/hardhat/tasks/actions/zkVerify.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { Scenario } from "../helpers/creditScenario.ts";
import { askRow, refusalsOf, resign, serveRow } from "../helpers/creditScenario.ts";
import { deepOnly } from "../helpers/deepOnly.ts";
import { layeredModel } from "../helpers/layeredModel.ts";
import { taskOutput } from "../helpers/taskOutput.ts";
import {
  openTinyScenario,
  planTiny,
  publishPlan,
  tinyModel,
  TINY_SAMPLES,
} from "../helpers/tinyScenario.ts";

const MAX_CONSTRAINTS = 1_500;
const PUBLIC_MAX_CONSTRAINTS = 1_050;
/** A model above its publisher's budget, from ONNX file to settled answer: to a user it is a release like any other. */
describe("a segmented release", function () {
  this.timeout(300_000);

  let scenario: Scenario & { readonly close: () => void };
  let receipt: Receipt;
  let input: readonly bigint[];

  before(async () => {
    scenario = await openTinyScenario("private", layeredModel(3), {
      maxConstraints: MAX_CONSTRAINTS,
    });
    const served = await serveRow(scenario, 0);
    receipt = served.receipt;
    input = served.elements;
  });

  after(async () => {
    await unloadRelease(scenario.served);
    scenario.close();
    await terminate();
  });

  const cacheOf = (): { readonly cache: string } => ({ cache: scenario.chain.home.cache });
  const proofOf = ({ evidence }: Receipt): ZkEvidence => evidence.find((it) => it.kind === "zk")!;

  it("has a circuit within the budget for each segment, and their list on the chain", async () => {
    const { chain, open } = scenario;
    const { bundle, circuits } = open.prepared;
    expect(circuits).to.have.length(3);
    for (const { artefacts } of circuits)
      expect(artefacts.constraints).to.be.at.most(MAX_CONSTRAINTS);
    expect(bundle.manifest.maxConstraints).to.equal(MAX_CONSTRAINTS);
    const found = await fetchRelease(chain.contracts, open.id, chain.deployment.fromBlock);
    expect(found.circuit).to.deep.equal(bundle.circuit);
    expect(releaseCircuitId(found.circuit!)).to.equal(found.release.circuit);
  });

  it("takes one circuit where the model is within the budget, and says nothing of it", async () => {
    const plan = await planTiny(scenario.chain, tinyModel(1), "private", "within");
    const whole = await publishPlan(scenario.chain, { ...plan, maxConstraints: MAX_CONSTRAINTS });
    expect(whole.prepared.circuits).to.have.length(1);
    expect(whole.prepared.bundle.manifest).to.not.have.property("maxConstraints");
  });

  it("registers nothing again for another training", async () => {
    const plan = await planTiny(scenario.chain, layeredModel(4), "private", "retrained");
    const { prepared, gas } = await publishPlan(scenario.chain, {
      ...plan,
      maxConstraints: MAX_CONSTRAINTS,
    });
    expect(prepared.bundle.release.circuit).to.equal(receipt.release.circuit);
    expect(prepared.bundle.release.weights).to.not.equal(receipt.release.weights);
    expect(gas.circuitGas).to.equal(0n);
  });

  it("settles in one transaction an answer that is the model's, and that verifies in every way", async () => {
    const { chain, served } = scenario;
    const { graph, output } = served.compiled;
    expect(receipt.output).to.deep.equal(packWords(interpret(graph, input), output));
    const { request } = receipt.statement;
    const assurance = decodeAssurance(await chain.contracts.requests.assuranceOf(request));
    expect(assurance.kinds).to.deep.equal(["signature", "zk"]);

    expect(await refusalsOf(scenario, receipt)).to.deep.equal(["accepted", "accepted"]);
    const text = serializeReceipt(receipt);
    expect(parseReceipt(JSON.parse(text))).to.deep.equal(receipt);
    expect(await verifyReceiptIndependently(text)).to.deep.equal({
      ...{ input: true, output: true, signature: true, zk: true },
    });
    const zk = verifyReceipt(receipt).checks.find(({ name }) => name === "zk");
    expect(zk?.detail).to.match(/in 3 segments/);
  });

  it("salts its joins anew in every proof, of the same statement too", async () => {
    const { served } = scenario;
    const digest = statementDigest(receipt.domain, receipt.statement);
    const witness = { input, output: interpret(served.compiled.graph, input) };
    const again = await proveStatement(served, witness, digest);
    const zk = proofOf(receipt);
    if (!("joins" in zk && "joins" in again)) throw new Error("not in segments");
    for (const [index, join] of zk.joins.entries()) expect(again.joins[index]).to.not.equal(join);
    expect(again.weights).to.deep.equal(zk.weights);
  });

  it("refuses one weights commitment that is changed, or another's, in every way", async () => {
    const zk = proofOf(receipt);
    if (!("joins" in zk)) throw new Error("not in segments");
    const [a, b, c] = zk.weights;
    for (const weights of [
      [a! + 1n, b!, c!],
      [b!, a!, c!],
    ]) {
      const forged = await resign(receipt, scenario.cast.operator, { ...zk, weights });
      const refused = ["WEIGHTS_INVALID", "SegmentWeightsMismatch"];
      expect(await refusalsOf(scenario, forged)).to.deep.equal(refused);
      const again = await verifyReceiptIndependently(serializeReceipt(forged));
      expect(again).to.include({ signature: true, zk: false });
    }
  });

  it("refuses one join that is changed, in every way", async () => {
    const zk = proofOf(receipt);
    if (!("joins" in zk)) throw new Error("not in segments");
    for (const index of zk.joins.keys()) {
      const joins = zk.joins.with(index, zk.joins[index]! + 1n);
      const forged = await resign(receipt, scenario.cast.operator, { ...zk, joins });
      const refused = ["PROOF_INVALID", "SegmentProofInvalid"];
      expect(await refusalsOf(scenario, forged)).to.deep.equal(refused);
      const again = await verifyReceiptIndependently(serializeReceipt(forged));
      expect(again).to.include({ signature: true, zk: false });
    }
  });

  it("refuses a coordinate, or a commitment, that is not reduced, in every way", async () => {
    const zk = proofOf(receipt);
    if (!("joins" in zk)) throw new Error("not in segments");
    const [last] = zk.proofs.slice(-1) as [(typeof zk.proofs)[number]];
    const shifted = last.proof.map((it, i) => (i === 7 ? it + BASE_FIELD : it));
    for (const [changed, error] of [
      [{ ...last, proof: shifted }, "ProofCoordinateNotCanonical"],
      [{ ...last, commitment: last.commitment + SCALAR_FIELD }, "ProofCommitmentNotCanonical"],
    ] as const) {
      const proofs = zk.proofs.with(-1, changed);
      const forged = await resign(receipt, scenario.cast.operator, { ...zk, proofs });
      expect(await refusalsOf(scenario, forged)).to.deep.equal(["PROOF_INVALID", error]);
      const again = await verifyReceiptIndependently(serializeReceipt(forged));
      expect(again).to.include({ signature: true, zk: false });
    }
  });

  it("refuses a proof of one circuit for it, and one in segments for a release of one circuit", async () => {
    const zk = proofOf(receipt);
    if (!("joins" in zk)) throw new Error("not in segments");
    const [{ commitment, proof } = { commitment: 0n, proof: [] }] = zk.proofs;
    const one = await resign(receipt, scenario.cast.operator, { kind: "zk", commitment, proof });
    expect((await refusalsOf(scenario, one))[0]).to.equal("SEGMENT_COUNT");
    const [circuit] = circuitsOf(receipt.circuit!);
    const shortened = { ...receipt, circuit: circuit! };
    expect((await refusalsOf(scenario, shortened))[0]).to.equal("CIRCUIT_ID_MISMATCH");
  });

  it("escrows gas for each segment, and the worker refuses less", async () => {
    const { chain, open, worker } = scenario;
    const { circuit } = await fetchRelease(chain.contracts, open.id, chain.deployment.fromBlock);
    const { params } = await askRow(scenario, 1);
    const enough = params.verificationGas;
    expect(enough).to.equal(600_000 + 2 * 260_000);
    expect(estimateEscrow(params).verification).to.equal(BigInt(enough) * params.maxGasPrice);
    expect(circuitsOf(circuit!)).to.have.length(3);
    const { id } = await askRow(scenario, 1, { verificationGas: 200_000 });
    expect(await worker.poll()).to.equal(0);
    expect(await chain.contracts.requests.statusOf(id)).to.equal(1n);
  });

  it("derives everything again, and names the segment that is not the registered one", async () => {
    const { open, served } = scenario;
    const { bundle, circuits } = open.prepared;
    const { file, manifest } = bundle;
    const zkeys = served.proving.map(({ zkey }) => zkey);
    const material = { file, manifest, salt: bundle.salt!, zkeys };
    const registered = { id: bundle.release.circuit, circuit: bundle.circuit };
    const of = { ...registered, release: bundle.release };
    const findings = await verifyCircuit(of, material, cacheOf());
    expect(findings.filter(({ status }) => status !== "holds")).to.deep.equal([]);
    expect(findings.filter(({ name }) => name === "key").map((it) => it.segment)).to.deep.equal([
      0, 1, 2,
    ]);

    const swapped = { ...material, zkeys: [zkeys[0]!, zkeys[0]!, zkeys[2]!] };
    const failed = (await verifyCircuit(of, swapped, cacheOf())).filter(
      ({ status }) => status === "fails",
    );
    expect(failed.map(({ name, segment }) => [name, segment])).to.deep.equal([["key", 1]]);

    const unsegmented = { ...bundle, circuit: circuits[0]!.circuit };
    const verified = verifyRelease(unsegmented, material, cacheOf());
    expect(await codeOfPromise(verified)).to.equal("CIRCUIT_MISMATCH");
  });

  it("is not served with the key of one segment in the place of another's", async () => {
    const { chain, open, served } = scenario;
    const keys = mkdtempSync(join(tmpdir(), "vouch-keys-"));
    const [first = "", , third = ""] = served.proving.map(({ zkey }) => zkey);
    circuitsOf(served.circuit).forEach((it, index) => {
      copyFileSync(index === 2 ? third : first, join(keys, `${singleCircuitId(it)}.zkey`));
    });
    const loaded = loadRelease({ ...chain.home, keys }, open.id, cacheOf());
    expect(await codeOfPromise(loaded)).to.equal("PROVING_KEY_MISMATCH");
  });

  deepOnly("a segmented release with committed inputs and outputs, and with public weights", () => {
    it("proves committed inputs and outputs, and public weights, too", async () => {
      const plan = await planTiny(scenario.chain, layeredModel(3), "public", "committed");
      const { prepared } = await publishPlan(scenario.chain, {
        ...plan,
        maxConstraints: PUBLIC_MAX_CONSTRAINTS,
        input: { ...plan.input, mode: "committed" },
        output: { ...plan.output, mode: "committed" },
      });
      const { home, contracts, domain } = scenario.chain;
      const { id, release, circuit } = prepared.bundle;
      expect(circuitsOf(circuit).map(({ weights }) => weights)).to.deep.equal([
        "constant",
        "constant",
      ]);
      expect(release.weights).to.equal(0n);
      const served = await loadRelease(home, id, cacheOf());
      const secret = `0x${"7e".repeat(32)}` as const;
      const { request } = receipt.statement;
      const salts = { inputSalt: inputSalt(secret), outputSalt: outputSalt(secret, request) };
      const output = await served.model.run(input);
      const words = {
        input: [inputCommitment(salts.inputSalt, input, served.compiled.input)],
        output: [outputCommitment(salts.outputSalt, output, served.compiled.output)],
      };
      const claim = { ...receipt, ...words, release, circuit };
      const unproven = await resign(claim, scenario.cast.operator, proofOf(receipt), words);
      const statement = { ...unproven.statement, release: id };
      const witness = { input, output, ...salts };
      const digest = statementDigest(domain, statement);
      const zk = await proveStatement(served, witness, digest);
      await unloadRelease(served);
      const proven = { ...unproven, statement, evidence: [zk] };
      expect(await refusalsOf(scenario, proven)).to.deep.equal(["accepted", "accepted"]);
      expect(await contracts.models.isPublished(id)).to.equal(true);
    });
  });

  deepOnly("a segmented release by the tasks", () => {
    it("goes through the tasks: publish, verify, ask, verify the receipt", async () => {
      const parent = mkdtempSync(join(tmpdir(), "vouch-segments-"));
      const folder = join(parent, "layered");
      mkdirSync(folder);
      writeFileSync(join(folder, "model.onnx"), layeredModel(5));
      writeFileSync(
        join(folder, "samples.json"),
        JSON.stringify({
          samples: TINY_SAMPLES.rows.map((row) => ({ id: row.id, inputs: { x: row.x } })),
        }),
      );
      writeFileSync(
        join(folder, "release.json"),
        JSON.stringify({
          input: { bits: 8, fractionBits: 6 },
          output: { bits: 24, fractionBits: 12 },
          licence: "MIT",
        }),
      );
      const { error, text } = await taskOutput(() =>
        modelPublish(
          {
            ...{ model: "layered", folder: parent, releaseVersion: "1", maxConstraints: "1500" },
            batches: "",
            ...{ inputMode: "public", outputMode: "public", weights: "private", maxDrift: "" },
            ...{
              setup: "development",
              system: "groth16",
              ptau: "",
              zkey: "",
              ceremony: "",
              salt: "",
            },
            ...{ uri: "", report: false, json: true },
          },
          hre,
        ),
      );
      expect(error).to.be.undefined;
      const published = JSON.parse(text) as {
        readonly release: string;
        readonly segments: readonly number[];
        readonly bundle: string;
      };
      expect(published.segments).to.have.length(3);
      const secret = readFileSync(join(published.bundle, "secret.json"), "utf8");
      const { salt } = JSON.parse(secret) as { readonly salt: string };
      expect(text).to.not.contain(salt);

      const { release } = published;
      const given = { release, file: "", salt: "", manifest: "", json: false };
      const derived = await taskOutput(() => modelVerify(given, hre));
      expect(derived.error).to.be.undefined;
      expect(derived.text).to.match(/r1cs 3 /);
      const keys = { circuit: "", zkey: "", ptau: "", ceremony: "", withoutKey: false };
      const checked = await taskOutput(() => zkVerify({ ...given, ...keys }, hre));
      expect(checked.error).to.be.undefined;
      expect(checked.text).to.match(/yes key 3 /);

      const [x, out] = [join(parent, "x.json"), join(parent, "receipt.json")];
      writeFileSync(x, JSON.stringify(TINY_SAMPLES.rows[2]!.x));
      const asked = {
        release,
        input: x,
        policy: "zk:any",
        fee: "1",
        value: "",
        timeout: "60",
        out,
        json: true,
      };
      expect((await taskOutput(() => infer(asked, hre))).error).to.be.undefined;
      const check = { file: out, release, offline: true, independent: true, json: false };
      const held = await taskOutput(() => receiptVerify(check, hre));
      expect(held.error).to.be.undefined;
      expect(held.text).to.match(/in 3 segments/);
      expect(held.text).to.match(/snarkjs and ethers agree/);
    });
  });
});
