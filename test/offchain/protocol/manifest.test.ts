import type { Manifest } from "@vouch/protocol";
import { canonicalManifest, manifestHash, parseManifest } from "@vouch/protocol";
import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";

const encoding = { mode: "public", elements: 2, bits: 8, signed: true, fractionBits: 4 } as const;
const manifest: Manifest = {
  version: "1",
  format: "vouch.manifest/1",
  compiler: "@vouch/compiler 0.1.0",
  model: "credit",
  output: { name: "y", shape: [1, 2], encoding },
  input: { name: "x", shape: [1, 2], encoding: { ...encoding, mode: "committed" } },
  quantization: { weightBits: 8, activationBits: 8 },
  calibration: { "9": 0.5, relu: 3, "10": 1.25 },
  report: { rows: 3, maxAbsError: 0.01, meanAbsError: 1e-7 },
};

const TENSOR = (mode: string, name: string): string =>
  `{"encoding":{"bits":8,"elements":2,"fractionBits":4,"mode":"${mode}","signed":true},"name":"${name}","shape":[1,2]}`;
const CANONICAL = [
  `{"calibration":{"10":1.25,"9":0.5,"relu":3}`,
  `"compiler":"@vouch/compiler 0.1.0"`,
  `"format":"vouch.manifest/1"`,
  `"input":${TENSOR("committed", "x")}`,
  `"model":"credit"`,
  `"output":${TENSOR("public", "y")}`,
  `"quantization":{"activationBits":8,"weightBits":8}`,
  `"report":{"maxAbsError":0.01,"meanAbsError":1e-7,"rows":3}`,
  `"version":"1"}`,
].join();

describe("canonicalManifest", () => {
  it("is JSON with sorted keys and no white space, integer-like keys sorted as text", () => {
    expect(canonicalManifest(manifest)).to.equal(CANONICAL);
  });

  it("is the same text whatever the order of insertion, also within pre-processing", () => {
    const forth = { columns: [{ b: 1, a: null }, "ü"], age: { min: 0, max: 99 } };
    const back = { age: { max: 99, min: 0 }, columns: [{ a: null, b: 1 }, "ü"] };
    const a = canonicalManifest({ ...manifest, preprocessing: forth });
    const b = canonicalManifest({ preprocessing: back, ...manifest });
    expect(a).to.equal(b);
    expect(a).to.include(
      `"preprocessing":{"age":{"max":99,"min":0},"columns":[{"a":null,"b":1},"ü"]}`,
    );
  });

  it("survives parsing", () => {
    const full: Manifest = {
      ...manifest,
      weights: "public",
      ports: { inputs: [{ name: "x", shape: [1, 2] }], outputs: [{ name: "y", shape: [] }] },
      dimensions: { T: 32 },
      widths: { relu: 16 },
      notice: "for tests",
      report: {
        ...manifest.report,
        agreement: 1,
        metric: { name: "accuracy", rows: 3, float: 1, integer: 2 / 3 },
        outputs: [{ name: "y", maxAbsError: 0.01, meanAbsError: 1e-7 }],
        layers: [
          { tensor: "x", node: "input", snr: null },
          { tensor: "y", node: "Gemm", snr: 41.5 },
        ],
      },
    };
    const again = parseManifest(JSON.parse(canonicalManifest(full)));
    expect(again).to.deep.equal(full);
    expect(canonicalManifest(again)).to.equal(canonicalManifest(full));
  });

  it("leaves absent fields out", () => {
    const absent = { ...manifest, notice: undefined };
    expect(canonicalManifest(absent)).to.equal(CANONICAL);
  });
});

describe("manifestHash", () => {
  it("is keccak256 of the canonical text", () => {
    expect(manifestHash(manifest)).to.equal(keccak256(toUtf8Bytes(CANONICAL)));
  });

  const changes: readonly Partial<Manifest>[] = [
    { calibration: { ...manifest.calibration, relu: 4 } },
    { weights: "private" },
    { weights: "public" },
    { widths: { relu: 16 } },
    { dimensions: { T: 32 } },
    { ports: { inputs: [], outputs: [] } },
  ];
  for (const change of changes) {
    it(`changes with ${JSON.stringify(change)}`, () => {
      expect(manifestHash({ ...manifest, ...change })).to.not.equal(manifestHash(manifest));
    });
  }
});

describe("parseManifest", () => {
  for (const [what, change] of [
    ["another format", { format: "vouch.manifest/2" }],
    ["no model", { model: "" }],
    ["a negative range", { calibration: { x: -1 } }],
    ["a range that is no number", { calibration: { x: "1" } }],
    ["a width of 254 bits", { input: { ...manifest.input, encoding: { ...encoding, bits: 254 } } }],
    ["an empty dimension", { output: { ...manifest.output, shape: [0] } }],
    ["unknown weights", { weights: "secret" }],
    ["a width of no bits", { widths: { relu: 0 } }],
    ["a width that is no number", { widths: { relu: "8" } }],
    ["an open dimension", { dimensions: { T: 0 } }],
    ["a port without a shape", { ports: { inputs: [{ name: "x" }], outputs: [] } }],
    ["an agreement above 1", { report: { ...manifest.report, agreement: 1.1 } }],
    [
      "an unknown mode",
      { input: { ...manifest.input, encoding: { ...encoding, mode: "secret" } } },
    ],
  ] as const) {
    it(`refuses ${what}, naming the field`, () => {
      const path = Object.keys(change)[0]!;
      expect(() => parseManifest({ ...manifest, ...change }))
        .to.throw()
        .with.property("data")
        .that.satisfies(
          (data: { code: string; reason: string }) =>
            data.code === "MANIFEST_MALFORMED" && data.reason.startsWith(path),
        );
    });
  }

  it("refuses what is no manifest", () => {
    for (const bad of [undefined, null, [], {}, "", 1]) {
      expect(codeOf(() => parseManifest(bad))).to.equal("MANIFEST_MALFORMED");
    }
  });

  it("refuses one whose free-form member is nested without end", () => {
    const preprocessing: unknown = JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
    expect(codeOf(() => parseManifest({ ...manifest, preprocessing }))).to.equal(
      "MANIFEST_MALFORMED",
    );
  });
});
