import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BatchedCircuit, ReleaseId } from "@vouch/protocol";
import { releaseCircuitId, singleCircuitId } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { publishRelease, readBundle } from "@vouch/publisher";
import { expect } from "chai";
import hre from "hardhat";
import { run as modelPublish } from "../../offchain/hardhat/tasks/actions/modelPublish.ts";
import { run as modelVerify } from "../../offchain/hardhat/tasks/actions/modelVerify.ts";
import { run as zkVerify } from "../../offchain/hardhat/tasks/actions/zkVerify.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { startChain } from "../../offchain/hardhat/tasks/openChain.ts";
import { taskOutput } from "../helpers/taskOutput.ts";
import { TINY_SAMPLES, tinyModel } from "../helpers/tinyScenario.ts";

const isDeep = process.env["VOUCH_DEEP"] === "1";
const deepDescribe = isDeep ? describe : (): undefined => undefined;
if (!isDeep)
  process.stderr.write("\n  NOT TRIED: publishing batches by the tasks: it takes VOUCH_DEEP=1.\n");

deepDescribe("a release with circuits of several inferences, by the tasks", function () {
  this.timeout(300_000);
  const outer = process.env["VOUCH_HOME"];
  const home = mkdtempSync(join(tmpdir(), "vouch-batched-"));
  let chain: Chain;

  before(async () => {
    process.env["VOUCH_HOME"] = home;
    chain = await startChain(hre, await hre.network.create());
    const folder = join(home, "models", "tiny");
    mkdirSync(folder, { recursive: true });
    const samples = TINY_SAMPLES.rows.map(({ id, x }) => ({ id, inputs: { x } }));
    const choices = {
      input: { bits: 8, fractionBits: 6 },
      output: { bits: 24, fractionBits: 12 },
      licence: "MIT",
    };
    writeFileSync(join(folder, "model.onnx"), tinyModel(7));
    writeFileSync(join(folder, "samples.json"), JSON.stringify({ samples }));
    writeFileSync(join(folder, "release.json"), JSON.stringify(choices));
  });
  after(async () => {
    if (outer === undefined) delete process.env["VOUCH_HOME"];
    else process.env["VOUCH_HOME"] = outer;
    await terminate();
    rmSync(home, { recursive: true });
  });

  for (const system of ["groth16", "committedGroth16"])
    it(`is published, derived again and looked into: ${system}`, async () => {
      const published = await taskOutput(() =>
        modelPublish(
          {
            ...{ model: "tiny", folder: join(home, "models"), releaseVersion: system },
            ...{ inputMode: "public", outputMode: "public", weights: "private", maxDrift: "" },
            ...{ maxConstraints: "", batches: "2,3", setup: "development", system },
            ...{ ptau: "", zkey: "", ceremony: "", salt: "", uri: "", report: false, json: true },
          },
          hre,
        ),
      );
      expect(published.error).to.equal(undefined);
      const facts = JSON.parse(published.text) as {
        readonly release: ReleaseId;
        readonly batches: readonly { readonly count: number; readonly constraints: number }[];
      };
      const { release } = facts;
      expect(facts.batches.map(({ count }) => count)).to.deep.equal([2, 3]);

      const bundle = readBundle(chain.home.releases, release);
      const circuit = bundle.circuit as BatchedCircuit;
      // Each task has a chain of its own, to which the releases that are kept are published again.
      await publishRelease(chain.contracts, bundle);
      const { circuits } = chain.contracts;
      const id = releaseCircuitId(circuit);
      expect(await circuits.singleOf(id)).to.equal(singleCircuitId(circuit.single));
      const family = await circuits.batchesOf(id);
      expect(family.map((it) => [it.count, it.circuit])).to.deep.equal(
        circuit.batches.map((it) => [BigInt(it.count), singleCircuitId(it.circuit)]),
      );
      if (system === "committedGroth16") {
        const { weights } = bundle.release;
        for (const it of [circuit.single, ...circuit.batches.map((batch) => batch.circuit)]) {
          const point = await circuits.weightsPointOf(singleCircuitId(it), weights);
          expect(point[0]).to.not.equal(0n);
        }
      }

      const given = { release, file: "", salt: "", manifest: "", json: false };
      const derived = await taskOutput(() => modelVerify(given, hre));
      expect(derived.error).to.equal(undefined);
      for (const it of circuit.batches) expect(derived.text).to.contain(it.circuit.r1cs);
      const keys = { circuit: "", zkey: "", ptau: "", ceremony: "", withoutKey: false };
      const checked = await taskOutput(() => zkVerify({ ...given, json: true, ...keys }, hre));
      expect(checked.error).to.equal(undefined);
      const { findings } = JSON.parse(checked.text) as {
        readonly findings: readonly Readonly<Record<string, unknown>>[];
      };
      const status = (name: string) =>
        findings.filter((it) => it["name"] === name).map((it) => [it["status"], it["inferences"]]);
      const sizes = [undefined, 2, 3];
      expect(status("r1cs")).to.deep.equal(sizes.map((it) => ["holds", it]));
      const key = system === "groth16" ? "holds" : "unchecked";
      expect(status("key")).to.deep.equal(sizes.map((it) => [key, it]));
    });
});
