import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  encodeRelease,
  findContractError,
  parseReceipt,
  serializeReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { writeBundle } from "@vouch/publisher";
import { fetchReleases } from "@vouch/sdk";
import { terminate } from "@vouch/prover";
import { loadRelease } from "@vouch/worker";
import hre from "hardhat";
import { run as infer } from "../../offchain/hardhat/tasks/actions/infer.ts";
import { run as publish } from "../../offchain/hardhat/tasks/actions/modelPublish.ts";
import { run as verifyModel } from "../../offchain/hardhat/tasks/actions/modelVerify.ts";
import { run as verifyTask } from "../../offchain/hardhat/tasks/actions/receiptVerify.ts";
import { run as stake } from "../../offchain/hardhat/tasks/actions/stake.ts";
import { castOf } from "../../scripts/demo/scenario.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import { openCreditScenario, serveRow } from "../helpers/creditScenario.ts";
import { POISONED_MODELS } from "../helpers/poisonedModels.ts";
import { bundleOf } from "../helpers/unfitReleases.ts";

const ROOT = hre.config.paths.root;
const MODEL = join(ROOT, "models", "credit-german-mlp");
const ASK = {
  release: "",
  input: "sample:0",
  policy: "zk:any+signature",
  fee: "1",
  value: "",
  timeout: "60",
  out: "",
  json: true,
};

/** What a user gets for bad input: a typed error that says what to do, and nothing half done. */
describe("tasks: bad input", function () {
  this.timeout(300_000);

  let release: string;

  before(async () => {
    release = (await openCreditScenario()).open.id;
  });

  after(terminate);

  /** The code of the error that an action ends with. */
  async function codeOf(work: Promise<void>): Promise<string> {
    try {
      await work;
      return "accepted";
    } catch (error) {
      const refusal = findContractError(error);
      if (refusal !== undefined) return refusal.name;
      expect(error).to.be.instanceOf(Error).with.property("message").that.is.not.empty;
      return typeof error === "object" && error !== null && "code" in error
        ? String(error.code)
        : "untyped";
    }
  }

  function modelFolder(
    file: Uint8Array,
    samples: string = readFileSync(join(MODEL, "samples.json"), "utf8"),
  ): string {
    const parent = mkdtempSync(join(tmpdir(), "vouch-"));
    const folder = join(parent, "model");
    mkdirSync(folder);
    writeFileSync(join(folder, "model.onnx"), file);
    writeFileSync(join(folder, "samples.json"), samples);
    writeFileSync(join(folder, "release.json"), readFileSync(join(MODEL, "release.json")));
    return parent;
  }

  const publishFrom = (
    folder: string,
    change: Partial<Parameters<typeof publish>[0]> = {},
  ): Promise<void> =>
    publish(
      {
        model: "model",
        folder,
        releaseVersion: "bad",
        inputMode: "public",
        outputMode: "public",
        weights: "",
        maxDrift: "",
        maxConstraints: "",
        batches: "",
        report: false,
        setup: "development",
        system: "groth16",
        ptau: "",
        zkey: "",
        ceremony: "",
        salt: "",
        uri: "",
        json: true,
        ...change,
      },
      hre,
    );

  describe("model:publish", () => {
    const onnx = readFileSync(join(MODEL, "model.onnx"));
    it("refuses a file that is no ONNX", async () => {
      expect(await codeOf(publishFrom(modelFolder(Buffer.from("not a model"))))).to.equal(
        "MODEL_MALFORMED",
      );
    });
    it("refuses a truncated file", async () => {
      expect(await codeOf(publishFrom(modelFolder(onnx.subarray(0, 2_000))))).to.equal(
        "MODEL_MALFORMED",
      );
    });
    for (const [what, file, code] of POISONED_MODELS)
      it(`refuses a file ${what}`, async () => {
        expect(await codeOf(publishFrom(modelFolder(file)))).to.equal(code);
      });
    it("refuses a folder without a model", async () => {
      expect(await codeOf(publishFrom(tmpdir()))).to.equal("MODEL_MISSING");
    });
    it("refuses samples that are none", async () => {
      expect(await codeOf(publishFrom(modelFolder(onnx, "{}")))).to.equal("SAMPLES_MALFORMED");
    });
    it("refuses a mode, a set-up, a salt and sizes of batches that do not exist", async () => {
      const folder = modelFolder(onnx);
      expect(await codeOf(publishFrom(folder, { inputMode: "secret" }))).to.equal(
        "ARGUMENT_INVALID",
      );
      expect(await codeOf(publishFrom(folder, { setup: "trusted" }))).to.equal("ARGUMENT_INVALID");
      expect(await codeOf(publishFrom(folder, { salt: "0x12" }))).to.equal("HEX_INVALID");
      expect(await codeOf(publishFrom(folder, { weights: "open" }))).to.equal("ARGUMENT_INVALID");
      for (const batches of ["some", "4,", "4;16", "-2"])
        expect(await codeOf(publishFrom(folder, { batches }))).to.equal("ARGUMENT_INVALID");
      for (const batches of ["1", "129", "4,4", "16,4"])
        expect(await codeOf(publishFrom(folder, { batches }))).to.equal("BATCH_SIZE");
      for (const maxDrift of ["some", "0", "-1"])
        expect(await codeOf(publishFrom(folder, { maxDrift }))).to.equal("ARGUMENT_INVALID");
    });
    it("refuses a salt for public weights", async () => {
      const choice = { weights: "public", salt: `0x${"5a".repeat(32)}` };
      expect(await codeOf(publishFrom(modelFolder(onnx), choice))).to.equal("SALT_UNUSED");
    });
    it("refuses a committed output without a committed input", async () => {
      expect(await codeOf(publishFrom(modelFolder(onnx), { outputMode: "committed" }))).to.equal(
        "OUTPUT_NEEDS_SECRET",
      );
    });
    it("asks for powers of tau where a ceremony finds none", async () => {
      const missing = join(tmpdir(), "no-such.ptau");
      expect(
        await codeOf(publishFrom(modelFolder(onnx), { setup: "ceremony", ptau: missing })),
      ).to.equal("PTAU_MISSING");
    });
  });

  describe("a worker's loading of a release whose publisher handed out what it registered", () => {
    for (const [what, file, code] of POISONED_MODELS)
      it(`refuses a file ${what}`, async () => {
        const { chain, open } = await openCreditScenario();
        const bundle = bundleOf(open.prepared.bundle, file);
        const releases = mkdtempSync(join(tmpdir(), "vouch-"));
        await writeBundle(releases, bundle);
        const { keys, cache } = chain.home;
        const loading = loadRelease({ releases, keys }, bundle.id, { cache });
        expect(await codeOfPromise(loading)).to.equal(code);
      });
  });

  describe("infer", () => {
    const numbers = (values: string): string => {
      const path = join(mkdtempSync(join(tmpdir(), "vouch-")), "input.json");
      writeFileSync(path, values);
      return path;
    };
    const row = (value: string): string => `[${[value, ...Array<string>(60).fill("0")].join()}]`;
    const cases: Readonly<Record<string, readonly [Partial<typeof ASK>, string]>> = {
      "a release id that is none": [{ release: "0x12" }, "HEX_INVALID"],
      "an unknown release": [{ release: `0x${"12".repeat(32)}` }, "RELEASE_NOT_FOUND"],
      "a sample that the model does not have": [{ input: "sample:999" }, "ARGUMENT_INVALID"],
      "an input that is no JSON": [{ input: numbers("{") }, "ARGUMENT_INVALID"],
      "an input of the wrong shape": [{ input: numbers("[1, 2]") }, "INPUT_SHAPE"],
      "an input with NaN": [{ input: numbers(row("null")) }, "ARGUMENT_INVALID"],
      "an input with an infinite number": [{ input: numbers(row("1e999")) }, "INPUT_RANGE"],
      "an input out of range": [{ input: numbers(row("8")) }, "INPUT_RANGE"],
      "a policy that is none": [{ policy: "trust me" }, "ARGUMENT_INVALID"],
      "a policy that pins a development circuit": [
        { policy: `zk:pinned=0x${"34".repeat(32)}` },
        "PolicyUnsatisfiable",
      ],
      "a policy that a named verifier has not made true": [
        { policy: `zk:attested=0x${"56".repeat(20)}` },
        "PolicyUnsatisfiable",
      ],
      "a fee that is no number": [{ fee: "much" }, "ARGUMENT_INVALID"],
    };
    for (const [name, [change, code]] of Object.entries(cases)) {
      it(`refuses ${name}`, async () => {
        expect(await codeOf(infer({ ...ASK, release, ...change }, hre))).to.equal(code);
      });
    }
  });

  describe("model:verify", () => {
    it("refuses another file and another salt", async () => {
      const other = join(mkdtempSync(join(tmpdir(), "vouch-")), "other.onnx");
      writeFileSync(
        other,
        Buffer.concat([readFileSync(join(MODEL, "model.onnx")), Buffer.from([0])]),
      );
      const args = { release, file: "", salt: "", manifest: "", json: true };
      expect(await codeOf(verifyModel({ ...args, file: other }, hre))).to.equal("CONTENT_MISMATCH");
      expect(await codeOf(verifyModel({ ...args, salt: `0x${"00".repeat(32)}` }, hre))).to.equal(
        "CONTENT_MISMATCH",
      );
      expect(await codeOf(verifyModel({ ...args, file: "missing.onnx" }, hre))).to.equal(
        "FILE_MISSING",
      );
    });
  });

  describe("model:verify without a bundle", () => {
    it("takes file, salt and manifest as they are given", async () => {
      const { bundle } = (await openCreditScenario()).open.prepared;
      const folder = mkdtempSync(join(tmpdir(), "vouch-"));
      const file = join(folder, "model.onnx");
      const manifest = join(folder, "manifest.json");
      writeFileSync(file, bundle.file);
      writeFileSync(manifest, JSON.stringify(bundle.manifest));
      const args = { release, file, salt: bundle.salt ?? "", manifest, json: true };
      expect(await codeOf(verifyModel(args, hre))).to.equal("accepted");
      writeFileSync(manifest, JSON.stringify({ ...bundle.manifest, version: "another" }));
      expect(await codeOf(verifyModel(args, hre))).to.equal("MANIFEST_MISMATCH");
    });
  });

  describe("stake", () => {
    it("refuses what the account does not hold", async () => {
      const args = {
        add: (10n ** 30n).toString(),
        exit: "",
        bond: "",
        withdraw: false,
        account: "1",
        json: true,
      };
      expect(await codeOf(stake(args, hre))).to.equal("ACCOUNT_UNFUNDED");
      expect(await codeOf(stake({ ...args, account: "999" }, hre))).to.equal("ACCOUNT_MISSING");
    });
  });

  describe("receipt:verify", () => {
    it("refuses what is no receipt, another release's, and another chain's", async () => {
      const { receipt } = await serveRow(await openCreditScenario(), 0);
      const folder = mkdtempSync(join(tmpdir(), "vouch-"));
      const write = (text: string): string => {
        const path = join(folder, "receipt.json");
        writeFileSync(path, text);
        return path;
      };
      const args = { release: "", offline: true, independent: false, json: true };
      expect(await codeOf(verifyTask({ ...args, file: write("{") }, hre))).to.equal(
        "RECEIPT_MALFORMED",
      );
      expect(await codeOf(verifyTask({ ...args, file: write("{}") }, hre))).to.equal(
        "RECEIPT_MALFORMED",
      );
      expect(await codeOf(verifyTask({ ...args, file: join(folder, "none.json") }, hre))).to.equal(
        "NO_RECEIPT",
      );
      const file = write(serializeReceipt(receipt));
      expect(
        await codeOf(verifyTask({ ...args, file, release: `0x${"12".repeat(32)}` }, hre)),
      ).to.equal("EXPECTATION_FAILED");

      const elsewhere = parseReceipt({
        ...(JSON.parse(serializeReceipt(receipt)) as object),
        chainId: "1",
      });
      expect(() => verifyReceipt(elsewhere))
        .to.throw()
        .with.property("code", "SIGNATURE_INVALID");
    });
  });

  it("lists releases beside one whose name is no text", async () => {
    const { chain, open } = await openCreditScenario();
    const twin = { ...open.prepared.bundle.release, model: "no-text-here" };
    const data = chain.contracts.models.interface.encodeFunctionData("publish", [
      encodeRelease(twin),
      "",
    ]);
    const invalid = data.replace(Buffer.from(twin.model).toString("hex"), "fffefdfc".repeat(3));
    expect(invalid).to.not.equal(data);
    const publisher = (await castOf(chain)).publisher;
    await (
      await publisher.sendTransaction({ to: chain.deployment.modelRegistry, data: invalid })
    ).wait();

    const listed = await fetchReleases(chain.contracts, chain.deployment.fromBlock);
    expect(listed.map(({ id }) => id)).to.include(open.id);
    expect(listed.map((it) => it.release.model)).to.not.include(twin.model);
  });

  it("shows a user one message and no stack trace", () => {
    const cli = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
    const ended = spawnSync(process.execPath, [cli, "infer", "--input", "sample:x"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    expect(ended.status).to.equal(1);
    expect(ended.stderr).to.match(/^\s*ARGUMENT_INVALID: --input sample:x/m);
    expect(ended.stderr + ended.stdout).to.not.match(/^\s+at /m);
  });
});
