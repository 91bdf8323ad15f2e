import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ModelEstimate } from "@vouch/compiler";
import { expect } from "chai";
import { readEstimateRequest } from "../../offchain/hardhat/tasks/estimateArguments.ts";
import { codeOf } from "../helpers/codeOf.ts";
import { node, onnxModel } from "../helpers/onnxModel.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const HARDHAT = join(ROOT, "node_modules/hardhat/dist/src/cli.js");

describe("model:estimate", function () {
  this.timeout(120_000);

  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-estimate-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function estimate(...args: readonly string[]) {
    return spawnSync(process.execPath, [HARDHAT, "model:estimate", ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
  }

  function write(name: string, content: string | Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it("prices a model folder by its own encodings and samples, and draws it", () => {
    const [svg, html] = [join(folder, "graph.svg"), join(folder, "graph.html")];
    const ended = estimate("models/credit-german-mlp", "--json", "--svg", svg, "--html", html);
    expect(ended.status, ended.stderr).to.equal(0);
    const { model, price } = JSON.parse(ended.stdout) as ModelEstimate;
    expect(model).to.equal("credit-german-mlp");
    expect(price?.input).to.include({ elements: 61, bits: 12, fractionBits: 8 });
    expect(price?.calibration).to.deep.equal({ kind: "samples", rows: 24 });
    expect(readFileSync(svg, "utf8")).to.include("/0/Gemm");
    expect(readFileSync(html, "utf8")).to.include("Constraints by layer");
  });

  it("takes encodings, dimensions and samples of any file", () => {
    const file = write(
      "open.onnx",
      onnxModel({ nodes: [node("Relu", ["x"], "y")], input: ["N", "T"] }),
    );
    const samples = write("rows.json", "[[1, -1, 0.5], [2, 0, 1]]");
    const options = [
      "--input-bits",
      "9",
      "--input-fraction-bits",
      "4",
      "--output-bits",
      "12",
      "--output-fraction-bits",
      "4",
    ];
    const ended = estimate(file, "--json", "--dimensions", "T=3", "--samples", samples, ...options);
    expect(ended.status, ended.stderr).to.equal(0);
    const { price } = JSON.parse(ended.stdout) as ModelEstimate;
    expect(price?.input).to.include({ elements: 3, bits: 9, fractionBits: 4 });
    expect(price?.output).to.include({ bits: 12, fractionBits: 4 });
    expect(price?.calibration).to.deep.equal({ kind: "samples", rows: 2 });
  });

  it("prints every node that cannot be compiled, and exits with 1", () => {
    const nodes = [node("Det", ["x"], "a"), node("If", ["x"], "b"), node("Relu", ["x"], "y")];
    const ended = estimate(write("odd.onnx", onnxModel({ nodes })));
    expect(ended.status).to.equal(1);
    expect(ended.stdout)
      .to.match(/Det:a +Det +ai\.onnx 13 +\S/)
      .and.match(/If:b +If +ai\.onnx 13 +\S/);
    expect(ended.stderr).to.match(/^OP_UNSUPPORTED: 2 nodes/m);
    expect(ended.stdout + ended.stderr).to.not.match(/^\s+at /m);
  });

  it("says how far a model is over the budget, and exits with 1", () => {
    const ended = estimate("models/credit-german-mlp", "--budget", "100");
    expect(ended.status).to.equal(1);
    expect(ended.stderr).to.match(/^OVER_BUDGET: .*times the budget of 100\b/m);
  });

  it("refuses options that make no sense, and files that are none", () => {
    const given = {
      ...{ file: "models/credit-german-mlp", inputUnsigned: false, dimensions: "", samples: "" },
      ...{ inputBits: "", inputFractionBits: "", inputMode: "public", budget: "" },
      ...{ outputBits: "", outputFractionBits: "", outputMode: "public" },
    };
    expect(codeOf(() => readEstimateRequest(given))).to.be.undefined;
    for (const wrong of [
      { dimensions: "T" },
      { budget: "some" },
      { budget: "0" },
      { inputBits: "-1" },
      { outputFractionBits: "1.5" },
      { inputMode: "secret" },
      { file: "nowhere.onnx" },
      { samples: write("text.json", "no JSON") },
    ]) {
      const code = codeOf(() => readEstimateRequest({ ...given, ...wrong }));
      expect(code, JSON.stringify(wrong)).to.equal("ARGUMENT_INVALID");
    }
    const ended = estimate(write("text.onnx", "no model"));
    expect(ended.status).to.equal(1);
    expect(ended.stderr).to.match(/^\s*MODEL_MALFORMED/m);
  });
});
