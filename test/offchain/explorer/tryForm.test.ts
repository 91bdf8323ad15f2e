import type { Manifest, TensorEncoding } from "@vouch/protocol";
import { parseManifest, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import {
  blankDrawing,
  centred,
  stroke,
  toggle,
  toTensor,
} from "../../../offchain/explorer/src/pages/try/drawing.ts";
import { explainTrouble } from "../../../offchain/explorer/src/pages/try/explainTrouble.ts";
import { formModel } from "../../../offchain/explorer/src/pages/try/formModel.ts";
import { releaseIn, requestIn } from "../../../offchain/explorer/src/pages/try/pending.ts";
import {
  readEther,
  readFields,
  readList,
} from "../../../offchain/explorer/src/pages/try/readNumbers.ts";
import { TRANSCRIPT } from "../../helpers/textReceipt.ts";

const SIGNED: TensorEncoding = {
  ...{ mode: "public", elements: 3, bits: 12, signed: true, fractionBits: 8 },
};
const PIXELS: TensorEncoding = {
  ...{ mode: "public", elements: 784, bits: 8, signed: false, fractionBits: 8 },
};

describe("Try: formModel", () => {
  it("gives each number of a short input a field, with the bounds of the chain's encoding", () => {
    const model = formModel({ encoding: SIGNED, manifest: null, text: null });
    expect(model).to.deep.equal({
      kind: "numbers",
      fields: [0, 1, 2].map((i) => ({
        ...{ name: `input[${i}]`, min: -8, max: 8 - 1 / 256, step: 1 / 256 },
      })),
    });
  });

  it("takes the names that the publisher gave, and only where there is one to each", () => {
    const names = (preprocessing: Manifest["preprocessing"]): readonly string[] => {
      const manifest = manifestOf(SIGNED, [3], preprocessing);
      const model = formModel({ encoding: SIGNED, manifest, text: null });
      return model.kind === "numbers" ? model.fields.map(({ name }) => name) : [];
    };
    expect(names({ features: ["age", "amount", "<b>job</b>"] })).to.deep.equal([
      "age",
      "amount",
      "<b>job</b>",
    ]);
    for (const other of [{ features: ["age", "amount"] }, { features: ["a", "a", "b"] }, "x", null])
      expect(names(other)).to.deep.equal(["x[0]", "x[1]", "x[2]"]);
  });

  it("lets pictures be drawn, of the manifest's shape or of a square of unsigned numbers", () => {
    const square = formModel({ encoding: PIXELS, manifest: null, text: null });
    expect(square).to.include({ kind: "image", width: 28, height: 28 });
    const wide = { ...PIXELS, elements: 160 };
    const manifest = manifestOf(wide, [1, 10, 16]);
    expect(formModel({ encoding: wide, manifest, text: null })).to.include({
      ...{ kind: "image", width: 16, height: 10 },
    });
  });

  it("takes long lists as a list", () => {
    for (const encoding of [
      { ...SIGNED, elements: 784 },
      { ...PIXELS, elements: 785 },
    ])
      expect(formModel({ encoding, manifest: null, text: null }).kind).to.equal("list");
  });

  it("asks a language model for text, as a message where it knows conversations", () => {
    const { manifest } = TRANSCRIPT;
    const encoding = null;
    expect(formModel({ encoding, manifest: null, text: manifest })).to.deep.equal({
      ...{ kind: "text", chat: true },
    });
    expect(formModel({ encoding, manifest: null, text: null })).to.deep.equal({
      ...{ kind: "text", chat: false },
    });
  });

  it("says why a committed input cannot be asked with", () => {
    const encoding = { ...SIGNED, mode: "committed" as const };
    expect(formModel({ encoding, manifest: null, text: null }).kind).to.equal("impossible");
  });
});

describe("Try: what is typed", () => {
  const field = { name: "age", min: -8, max: 8, step: 1 / 256 };

  it("is a number within the field's bounds, or is named as wrong", () => {
    expect(readFields([field, field], ["1.5", "-8"])).to.deep.equal({
      ...{ status: "numbers", values: [1.5, -8] },
    });
    for (const typed of ["", " ", "8.001", "0x10", "NaN", "Infinity", "1e999", "1,5", "1 2"]) {
      const read = readFields([field], [typed]);
      expect(read.status, typed).to.equal("wrong");
      if (read.status === "wrong") expect(read.reason).to.match(/^age is n/);
    }
  });

  it("may be a list in any common form, of exactly so many", () => {
    const values = [1, -2.5, 3];
    for (const text of ["1, -2.5, 3", "[1,-2.5,3]", "1\n-2.5\n3\n", "1 -2.5;3"])
      expect(readList(field, 3, text)).to.deep.equal({ status: "numbers", values });
    expect(readList(field, 3, "1, 2").status).to.equal("wrong");
    expect(readList(field, 3, "1, x, 3").status).to.equal("wrong");
  });

  it("is an amount to the last wei", () => {
    expect(readEther("0.001")).to.equal(10n ** 15n);
    expect(readEther(" 12 ")).to.equal(12n * 10n ** 18n);
    expect(readEther("1.000000000000000001")).to.equal(10n ** 18n + 1n);
    for (const typed of ["", "-1", "1e3", "0.0000000000000000001", "ether"])
      expect(readEther(typed), typed).to.equal(undefined);
  });
});

describe("Try: drawing", () => {
  const blank = blankDrawing(28, 28);
  const inkOf = (ink: readonly number[]): number => ink.reduce((sum, it) => sum + it, 0);

  it("leaves a soft stroke, which a second over it does not darken", () => {
    const once = stroke(blank, { x: 4, y: 4 }, { x: 20, y: 4 });
    expect(once.ink[3 * 28 + 10]).to.equal(1);
    expect(once.ink[20 * 28 + 10]).to.equal(0);
    expect(once.ink.some((it) => it > 0 && it < 1)).to.equal(true);
    expect(stroke(once, { x: 4, y: 4 }, { x: 20, y: 4 })).to.deep.equal(once);
  });

  it("is moved to the middle, whole", () => {
    const drawn = stroke(blank, { x: 3, y: 3 }, { x: 3, y: 10 });
    const moved = centred(drawn);
    expect(Math.abs(inkOf(moved.ink) - inkOf(drawn.ink))).to.be.below(1e-9);
    expect(moved.ink[14 * 28 + 13]).to.be.above(0);
    expect(centred(moved)).to.deep.equal(moved);
    expect(centred(blank)).to.equal(blank);
  });

  it("becomes numbers that the release takes as they are", () => {
    const drawn = toggle(stroke(blank, { x: 5, y: 5 }, { x: 20, y: 20 }), 0, 27);
    const tensor = toTensor(drawn, { max: 255 / 256, step: 1 / 256 });
    const elements = quantizeTensor(tensor, PIXELS);
    expect(elements[27 * 28]).to.equal(255n);
    expect(elements[27]).to.equal(0n);
    expect(tensor).to.deep.equal(elements.map((it) => Number(it) / 256));
  });
});

describe("Try: addresses and errors", () => {
  it("name a request or a release by an id alone", () => {
    const id = `0x${"ab".repeat(32)}`;
    expect(requestIn(`?request=${id.toUpperCase().replace("0X", "0x")}`)).to.equal(id);
    expect(releaseIn(`release=${id}`)).to.equal(id);
    for (const search of ["", "?request=", "?request=javascript:alert(1)", `?request=${id}0`])
      expect(requestIn(search), search).to.equal(null);
  });

  it("say what a wallet's refusal is, and leave other errors their own words", () => {
    for (const code of [4001, "ACTION_REJECTED"])
      expect(explainTrouble(Object.assign(new Error("?"), { code })).code).to.equal(
        "USER_REJECTED",
      );
    const error = Object.assign(new Error("Fund it."), { code: "INSUFFICIENT_FUNDS" });
    expect(explainTrouble(error)).to.deep.equal({
      ...{ title: "The account has too little", text: "Fund it.", code: "INSUFFICIENT_FUNDS" },
    });
    expect(explainTrouble("odd").text).to.equal("odd");
  });
});

function manifestOf(
  encoding: TensorEncoding,
  shape: readonly number[],
  preprocessing?: Manifest["preprocessing"],
): Manifest {
  return parseManifest({
    format: "vouch.manifest/1",
    ...{ compiler: "vouch/1", model: "m", version: "1" },
    input: { name: "x", shape, encoding },
    output: { name: "y", shape: [1], encoding: { ...encoding, elements: 1 } },
    ports: { inputs: [{ name: "x", shape }], outputs: [{ name: "y", shape: [1] }] },
    quantization: { weightBits: 8, activationBits: 8 },
    calibration: {},
    report: { rows: 0, maxAbsError: 0, meanAbsError: 0 },
    ...(preprocessing === undefined ? {} : { preprocessing }),
  });
}
