import type { Manifest } from "@vouch/protocol";
import { manifestHash, parseReleaseId } from "@vouch/protocol";
import { defineRelease, generateReleaseTypes } from "@vouch/sdk";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import ts from "typescript";
import { codeOf } from "../../helpers/codeOf.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const encoding = { mode: "public", elements: 4, bits: 8, signed: true, fractionBits: 4 } as const;
const MANIFEST: Manifest = {
  ...{ format: "vouch.manifest/1", compiler: "vouch 0", model: "m", version: "1" },
  input: { name: "x", shape: [1, 4], encoding },
  output: { name: "y", shape: [4], encoding: { ...encoding, mode: "committed" } },
  quantization: { weightBits: 8, activationBits: 8 },
  calibration: {},
  report: { rows: 0, maxAbsError: 0, meanAbsError: 0 },
};
const { release: honest } = trapdoorReceipt();

function generate(model: string, manifest = MANIFEST, name?: string): string {
  const release = { ...honest, model, version: "1", manifest: manifestHash(manifest) };
  return generateReleaseTypes({ id: parseReleaseId(hashOf("id")), release }, manifest, name);
}

/** Runs a generated file; what it exports, by name. */
function evaluate(text: string): Readonly<Record<string, unknown>> {
  const { outputText, diagnostics } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  expect(diagnostics).to.deep.equal([]);
  const exported = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- what it is that was generated is what is tested
  const run = new Function("exports", "require", outputText) as (...given: unknown[]) => void;
  run(exported, () => ({ defineRelease }));
  return exported;
}

describe("generateReleaseTypes", () => {
  it("defines what the manifest says, by the model's name", () => {
    expect(evaluate(generate("credit-german-mlp"))).to.deep.equal({
      creditGermanMlp: {
        ...{ id: hashOf("id"), model: "credit-german-mlp", version: "1" },
        inputs: [{ name: "x", shape: [1, 4] }],
        outputs: [{ name: "y", shape: [4] }],
        ...{ input: "public", output: "committed" },
      },
    });
  });

  it("takes the file's own ports where there are several, and a name that is given", () => {
    const ports = {
      inputs: [
        { name: "a", shape: [1, 3] },
        { name: "b", shape: [] },
      ],
      outputs: [{ name: "c", shape: [2, 2] }],
    };
    const { mine } = evaluate(generate("m", { ...MANIFEST, ports }, "mine"));
    expect(mine).to.deep.include(ports);
  });

  it("writes a publisher's text as nothing but text", () => {
    const hostile = [
      '"; process.exit(1); "',
      "*/ process.exit(1); /*",
      "`${process.exit(1)}`",
      '\\"; process.exit(1); //',
      "line\u2028process.exit(1)\u2029",
      "class",
      "2nd model",
      "__proto__",
      "",
      "模型",
    ];
    for (const text of hostile) {
      const ports = { inputs: [{ name: text, shape: [4] }], outputs: [{ name: text, shape: [4] }] };
      const [[name, value] = ["", undefined]] = Object.entries(
        evaluate(generate(text, { ...MANIFEST, ports })),
      );
      expect(name).to.match(/^[A-Za-z][A-Za-z0-9]*$/);
      expect(value).to.deep.include({ model: text, ...ports });
    }
  });

  it("refuses a manifest that is not the release's", () => {
    const release = { ...honest, manifest: manifestHash({ ...MANIFEST, version: "2" }) };
    const id = parseReleaseId(hashOf("id"));
    expect(codeOf(() => generateReleaseTypes({ id, release }, MANIFEST))).to.equal(
      "MANIFEST_MISMATCH",
    );
  });
});
