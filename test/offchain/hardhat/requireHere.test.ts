import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  modelsIn,
  requireCheckout,
  requireModel,
  requireSamples,
} from "../../../offchain/hardhat/tasks/requireHere.ts";
import { TaskError } from "../../../offchain/hardhat/tasks/taskError.ts";

describe("what a task needs of the project it runs in", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "vouch-project-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function refusal(work: () => void): TaskError {
    try {
      work();
    } catch (error) {
      if (error instanceof TaskError) return error;
      throw error;
    }
    throw new Error("it was accepted");
  }

  describe("given a project without the files", () => {
    it("names the model, the samples and the checkout by their codes", () => {
      const model = refusal(() => {
        requireModel(root, "mine", "model.onnx");
      });
      const samples = refusal(() => {
        requireSamples(join(root, "samples.json"), "mine");
      });
      const checkout = refusal(() => {
        requireCheckout(root);
      });
      expect([model.code, samples.code, checkout.code]).to.deep.equal([
        "MODEL_MISSING",
        "SAMPLES_MISSING",
        "NO_CHECKOUT",
      ]);
    });

    it("finds which models there are, and leaves out what is none", () => {
      for (const name of ["one", "two", "none"]) mkdirSync(join(root, name));
      for (const name of ["one", "two"]) writeFileSync(join(root, name, "model.onnx"), "");
      expect(modelsIn(root, "model.onnx")).to.deep.equal(["one", "two"]);
      expect(modelsIn(join(root, "nowhere"), "model.onnx")).to.deep.equal([]);
    });
  });

  it("accepts what is there", () => {
    mkdirSync(join(root, "mine"));
    mkdirSync(join(root, "offchain/worker"), { recursive: true });
    for (const name of ["model.onnx", "samples.json"]) writeFileSync(join(root, "mine", name), "");
    expect(() => {
      requireModel(root, "mine", "model.onnx");
      requireSamples(join(root, "mine/samples.json"), "mine");
      requireCheckout(root);
    }).to.not.throw();
  });
});
