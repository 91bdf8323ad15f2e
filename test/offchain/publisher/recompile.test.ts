import { fileURLToPath } from "node:url";
import { emitCircom } from "@vouch/compiler";
import type { Manifest } from "@vouch/protocol";
import { canonicalManifest, parseAddress, parseManifest } from "@vouch/protocol";
import type { ReleaseChoices } from "@vouch/publisher";
import {
  commitToWeights,
  compilePlan,
  planRelease,
  readModelFolder,
  recompile,
} from "@vouch/publisher";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";

const MODELS = fileURLToPath(new URL("../../../models/", import.meta.url));
const SALT = `0x${"5a".repeat(32)}` as const;
const CHOICES = {
  version: "1",
  publisher: parseAddress(`0x${"a1".repeat(20)}`),
  inputMode: "public",
  outputMode: "public",
  setup: { kind: "development" },
} as const satisfies ReleaseChoices;

const CASES: readonly (readonly [model: string, choices: Partial<ReleaseChoices>])[] = [
  ["credit-default-mlp", {}],
  ["credit-default-mlp", { weights: "public" }],
  ["credit-default-mlp", { maxDrift: 0.05 }],
  ["credit-german-tree", {}],
  ["credit-german-tree", { weights: "public" }],
  ["sms-spam-mlp", { weights: "public", maxDrift: 0.02 }],
];

/** What a stranger derives from file and manifest is what the publisher compiled from its samples. */
describe("recompile", () => {
  for (const [model, choices] of CASES) {
    it(`gives the same circuit and weights again: ${model}, ${JSON.stringify(choices)}`, () => {
      const plan = planRelease(readModelFolder(MODELS, model), { ...CHOICES, ...choices });
      const compiled = compilePlan(plan);
      const { graph, weights, input, output, ranges, widths } = compiled;
      const manifest: Manifest = {
        format: "vouch.manifest/1",
        compiler: "this one",
        model: plan.model,
        version: plan.version,
        weights,
        input: { name: graph.input.id, shape: [...graph.input.shape], encoding: input },
        output: { name: graph.output.id, shape: [...graph.output.shape], encoding: output },
        quantization: { weightBits: 8, activationBits: 8 },
        calibration: { ...ranges },
        widths: { ...widths },
        report: { rows: 0, maxAbsError: 0, meanAbsError: 0 },
      };
      const read = parseManifest(JSON.parse(canonicalManifest(manifest)));
      const again = recompile(plan.file, read);
      expect(again.weights).to.equal(weights);
      expect(emitCircom(again)).to.equal(emitCircom(compiled));
      expect(commitToWeights([again], SALT)).to.equal(commitToWeights([compiled], SALT));
    });
  }

  it("takes private weights for what a manifest without a word on them means", () => {
    const plan = planRelease(readModelFolder(MODELS, "vol-eth-mlp"), CHOICES);
    const { input, output, ranges } = compilePlan(plan);
    const encoded = { name: "x", shape: [1] };
    const again = recompile(plan.file, {
      format: "vouch.manifest/1",
      compiler: "an earlier one",
      model: plan.model,
      version: plan.version,
      input: { ...encoded, encoding: input },
      output: { ...encoded, encoding: output },
      quantization: { weightBits: 8, activationBits: 8 },
      calibration: { ...ranges },
      report: { rows: 0, maxAbsError: 0, meanAbsError: 0 },
    });
    expect(again.weights).to.equal("private");
    expect(codeOf(() => commitToWeights([again]))).to.equal("SALT_MISSING");
  });
});

describe("commitToWeights", () => {
  it("is zero where the weights are public, whatever the salt", () => {
    const plan = planRelease(readModelFolder(MODELS, "vol-eth-mlp"), {
      ...CHOICES,
      weights: "public",
    });
    const compiled = compilePlan(plan);
    expect(commitToWeights([compiled])).to.equal(0n);
    expect(commitToWeights([compiled], SALT)).to.equal(0n);
  });
});
