import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NO_FLOOR, parseAddress } from "@vouch/protocol";
import { openHome, planRelease, readModelFolder, readSamples, splitRows } from "@vouch/publisher";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";

const SAMPLES = {
  samples: [
    { id: "a", inputs: { x: [1, 2] }, label: 1, raw: ["A11"] },
    { id: "b", inputs: { x: [3, 4] } },
    { id: "c", inputs: { x: [5, 6] }, label: 0 },
  ],
};
const CHOICES = {
  input: { bits: 12, fractionBits: 8 },
  output: { bits: 32, fractionBits: 16 },
  licence: "MIT",
};

let parent = "";
const at = (name: string): string => join(parent, "toy", name);
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "vouch-model-"));
  mkdirSync(join(parent, "toy"));
  writeFileSync(at("model.onnx"), "onnx");
  writeFileSync(at("samples.json"), JSON.stringify(SAMPLES));
  writeFileSync(at("release.json"), JSON.stringify(CHOICES));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe("readSamples", () => {
  it("keeps ids, inputs and the labels that are known", () => {
    expect(readSamples(at("samples.json")).rows).to.deep.equal([
      { id: "a", x: [1, 2], label: 1 },
      { id: "b", x: [3, 4] },
      { id: "c", x: [5, 6], label: 0 },
    ]);
  });

  it("throws FILE_MISSING where there is none", () => {
    expect(codeOf(() => readSamples(at("absent.json")))).to.equal("FILE_MISSING");
  });

  for (const text of [
    "",
    "[",
    "null",
    "[]",
    "{}",
    '{"samples":{}}',
    '{"samples":[{"id":"a"}]}',
    '{"samples":[{"id":1,"inputs":{"x":[1]}}]}',
    '{"samples":[{"id":"a","inputs":{"x":["1"]}}]}',
    '{"samples":[{"id":"a","inputs":{"x":[null]}}]}',
    '{"samples":[{"id":"a","inputs":{"x":[1e999]}}]}',
  ]) {
    it(`throws SAMPLES_MALFORMED for ${JSON.stringify(text)}`, () => {
      writeFileSync(at("samples.json"), text);
      expect(codeOf(() => readSamples(at("samples.json")))).to.equal("SAMPLES_MALFORMED");
    });
  }
});

describe("readModelFolder", () => {
  it("reads model, samples and choices, and pre-processing where there is one", () => {
    const folder = readModelFolder(parent, "toy");
    expect(folder).to.deep.include({
      name: "toy",
      choices: CHOICES,
      preprocessing: undefined,
      samples: readSamples(at("samples.json")),
    });
    expect(Buffer.from(folder.file).toString()).to.equal("onnx");
    writeFileSync(at("preprocess.json"), '{"columns":["age"]}');
    expect(readModelFolder(parent, "toy").preprocessing).to.deep.equal({ columns: ["age"] });
  });

  it("throws FILE_MISSING for each file that it needs, naming it", () => {
    for (const name of ["model.onnx", "samples.json", "release.json"]) {
      const path = at(name);
      const text =
        name === "model.onnx"
          ? "onnx"
          : JSON.stringify(name === "samples.json" ? SAMPLES : CHOICES);
      rmSync(path);
      expect(() => readModelFolder(parent, "toy"))
        .to.throw()
        .with.property("data")
        .that.deep.equals({ code: "FILE_MISSING", path });
      writeFileSync(path, text);
    }
    expect(codeOf(() => readModelFolder(parent, "absent"))).to.equal("FILE_MISSING");
  });

  for (const [name, text] of [
    ["release.json", "{"],
    ["release.json", "{}"],
    ["release.json", JSON.stringify({ ...CHOICES, input: { bits: 0, fractionBits: 8 } })],
    ["release.json", JSON.stringify({ ...CHOICES, output: { bits: 8, fractionBits: 256 } })],
    ["preprocess.json", "{"],
  ] as const) {
    it(`throws BUNDLE_MALFORMED where ${name} holds ${text}`, () => {
      writeFileSync(at(name), text);
      expect(codeOf(() => readModelFolder(parent, "toy"))).to.equal("BUNDLE_MALFORMED");
    });
  }
});

describe("planRelease", () => {
  it("reports on rows that took no part in calibration", () => {
    const { calibration, heldOut } = splitRows(readSamples(at("samples.json")));
    expect(calibration).to.deep.equal([
      [1, 2],
      [5, 6],
    ]);
    expect(heldOut).to.deep.equal([[3, 4]]);
  });

  it("adds modes to the folder's formats, and neither royalty nor floor", () => {
    const publisher = parseAddress(`0x${"a1".repeat(20)}`);
    const plan = planRelease(readModelFolder(parent, "toy"), {
      version: "2",
      publisher,
      inputMode: "committed",
      outputMode: "public",
      setup: { kind: "development" },
    });
    expect(plan).to.deep.include({
      model: "toy",
      version: "2",
      publisher,
      input: { ...CHOICES.input, mode: "committed" },
      output: { ...CHOICES.output, mode: "public" },
      licence: "MIT",
      royaltyBps: 0,
      floor: NO_FLOOR,
    });
    expect(plan).to.not.have.any.keys("salt", "preprocessing", "notice");
  });
});

describe("openHome", () => {
  it("keeps every folder apart, under the root", () => {
    const folders = Object.values(openHome(parent));
    expect(new Set(folders)).to.have.property("size", folders.length);
    for (const folder of folders) expect(folder.startsWith(resolve(parent))).to.be.true;
  });
});
