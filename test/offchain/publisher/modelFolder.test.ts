import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NO_FLOOR, parseAddress } from "@vouch/protocol";
import {
  decodeRows,
  openHome,
  planRelease,
  readModelFolder,
  readSamples,
  splitRows,
} from "@vouch/publisher";
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
  input: { bits: 12, signed: true, fractionBits: 8 },
  output: { bits: 32, signed: true, fractionBits: 16 },
  weights: "private",
  licence: "MIT",
};
/** What a publisher may leave out. */
const WRITTEN = {
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
  writeFileSync(at("release.json"), JSON.stringify(WRITTEN));
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

  const write = (json: object): void => {
    writeFileSync(at("samples.json"), JSON.stringify(json));
  };
  const inputs = [
    { name: "a", dtype: "float", shape: ["N", 2] },
    { name: "b", dtype: "float", shape: [1, 2, 1] },
  ];

  it("reads grey values as 256ths, and the rule", () => {
    write({ rule: "argmax(logits)", inputs, samples: [{ id: "a", pixels: [0, 1, 128, 255] }] });
    expect(readSamples(at("samples.json"))).to.deep.equal({
      rows: [{ id: "a", x: [0, 1 / 256, 0.5, 255 / 256] }],
      prompts: false,
      rule: "argmax(logits)",
    });
  });

  it("reads the places of ones, over all inputs end to end", () => {
    write({ inputs, samples: [{ id: "a", ones: [1, 3], label: 0 }] });
    expect(readSamples(at("samples.json")).rows).to.deep.equal([
      { id: "a", x: [0, 1, 0, 1], label: 0 },
    ]);
  });

  it("reads the prompts of a decoder", () => {
    write({ kind: "decode", samples: [{ id: "a", inputs: { tokens: [7, 0, 9] }, label: 4 }] });
    expect(readSamples(at("samples.json"))).to.deep.equal({
      rows: [{ id: "a", x: [7, 0, 9], label: 4 }],
      prompts: true,
    });
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
    '{"samples":[{"id":"a","pixels":[256]}]}',
    '{"samples":[{"id":"a","pixels":[0.5]}]}',
    '{"inputs":[{"shape":["N",2]}],"samples":[{"id":"a","ones":[2]}]}',
    '{"inputs":[{"shape":["N",2]}],"samples":[{"id":"a","ones":[-1]}]}',
    '{"kind":"decode","samples":[{"id":"a","inputs":{"x":[1]}}]}',
    '{"kind":"decode","samples":[{"id":"a","inputs":{"tokens":[]}}]}',
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
          : JSON.stringify(name === "samples.json" ? SAMPLES : WRITTEN);
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
    ["release.json", JSON.stringify({ ...CHOICES, weights: "secret" })],
    ["release.json", JSON.stringify({ ...CHOICES, dimensions: { T: 0 } })],
    ["preprocess.json", "{"],
  ] as const) {
    it(`throws BUNDLE_MALFORMED where ${name} holds ${text}`, () => {
      writeFileSync(at(name), text);
      expect(codeOf(() => readModelFolder(parent, "toy"))).to.equal("BUNDLE_MALFORMED");
    });
  }
});

describe("decodeRows", () => {
  it("carries the state through a prompt, and returns its last step", () => {
    const seen: (readonly number[])[] = [];
    const step = (x: readonly number[]): number[] => {
      seen.push(x);
      const [token = 0, position = 0, a = 0, b = 0] = x;
      return [99, a + token, b + position]; // one output, then the state
    };
    const prompts = [
      { id: "a", x: [5, 6, 7], label: 8 },
      { id: "b", x: [4] },
    ];
    expect(decodeRows(prompts, 2, step)).to.deep.equal([
      { id: "a", x: [7, 2, 11, 1], label: 8 },
      { id: "b", x: [4, 0, 0, 0] },
    ]);
    expect(seen).to.deep.equal([
      [5, 0, 0, 0],
      [6, 1, 5, 0],
    ]);
  });
});

describe("planRelease", () => {
  it("reports on rows that took no part in calibration", () => {
    const { calibration, heldOut } = splitRows(readSamples(at("samples.json")).rows);
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
    expect(plan).to.not.have.any.keys("salt", "preprocessing", "notice", "dimensions", "maxDrift");
  });

  it("takes the folder's weights mode and dimensions unless told otherwise", () => {
    const open = { ...WRITTEN, weights: "public", dimensions: { T: 8 } };
    writeFileSync(at("release.json"), JSON.stringify(open));
    const choices = {
      version: "1",
      publisher: parseAddress(`0x${"a1".repeat(20)}`),
      inputMode: "public",
      outputMode: "public",
      setup: { kind: "development" },
    } as const;
    const folder = readModelFolder(parent, "toy");
    const plan = planRelease(folder, choices);
    expect(plan).to.deep.include({ weights: "public", dimensions: { T: 8 } });
    const other = planRelease(folder, { ...choices, weights: "private", maxDrift: 0.1 });
    expect(other).to.deep.include({ weights: "private", maxDrift: 0.1 });
  });
});

describe("openHome", () => {
  it("keeps every folder apart, under the root", () => {
    const folders = Object.values(openHome(parent));
    expect(new Set(folders)).to.have.property("size", folders.length);
    for (const folder of folders) expect(folder.startsWith(resolve(parent))).to.be.true;
  });
});
