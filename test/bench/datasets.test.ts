import { expect } from "chai";
import { bagOfWords, tokensOf } from "../../bench/datasets/bagOfWords.ts";
import { bitLength, creditDefaultScaled } from "../../bench/datasets/creditDefault.ts";
import { cuadClauses } from "../../bench/datasets/cuadClauses.ts";
import { brentFeatures } from "../../bench/datasets/dailyPrices.ts";
import { germanIntegers } from "../../bench/datasets/germanCredit.ts";
import { heartCleveland } from "../../bench/datasets/heartCleveland.ts";
import { field, readCsv } from "../../bench/datasets/readCsv.ts";
import { requireRule } from "../../bench/datasets/requireRule.ts";
import { requireSamples } from "../../bench/datasets/requireSamples.ts";
import { smsSpam } from "../../bench/datasets/smsSpam.ts";
import { heldOutWindows } from "../../bench/datasets/tinyShakespeare.ts";
import { toGrid } from "../../bench/datasets/toGrid.ts";
import { expectClose } from "../helpers/expectClose.ts";

describe("readers of data sets", () => {
  it("round to 256ths, halves upwards, within [-8, 8)", () => {
    expect([0.5, -0.5, 1.49, -1.51].map((it) => toGrid(it / 256) * 256)).to.deep.equal([
      ...[1, 0, 1, -2],
    ]);
    expect([9, -9].map(toGrid)).to.deep.equal([8 - 1 / 256, -8]);
  });

  it("take money by its bit length, linear between powers of two", () => {
    expect([0, 1, 2, 3, 6, -6, 8].map(bitLength)).to.deep.equal([0, 1, 2, 2.5, 3.5, -3.5, 4]);
  });

  it("divide what is no money", () => {
    const text = "ID,LIMIT_BAL,PAY_0,default.payment.next.month\n7,6,-1,1\n";
    const preprocessing = { money: ["LIMIT_BAL"], divisor: { PAY_0: 4 } };
    expect(creditDefaultScaled(text, preprocessing)).to.deep.equal([
      { id: "client 7", x: [3.5 / 8, -0.25], label: 1 },
    ]);
  });

  it("take words, digits by their number, and marks", () => {
    expect(tokensOf("Call 07123456789 NOW! £5, École 12a?")).to.deep.equal([
      ...["call", "#9", "now", "!", "£", "#1", "cole", "#2", "a", "?"],
    ]);
    expect(bagOfWords({ terms: ["#2", "now", "soon"] })("now, NOW 12")).to.deep.equal([1, 1, 0]);
  });

  it("read quoted fields with commas, quotes and line ends", () => {
    const [line, next] = readCsv('a,b\r\n"x, ""y""\nz",\r\n1,2');
    expect([...(line ?? [])]).to.deep.equal([
      ["a", 'x, "y"\nz'],
      ["b", ""],
    ]);
    expect(field(next!, "b")).to.equal("2");
    expect(() => field(next!, "c")).to.throw(RangeError);
    expect(() => readCsv('a\n"x"y\nz\n')).to.throw(SyntaxError);
  });

  it("strip a category of its attribute", () => {
    const text =
      "A11 6 A34 A410 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 2\n";
    expect(germanIntegers(text)).to.deep.equal([
      {
        id: "german.data row 1",
        x: [1, 6, 4, 10, 1169, 5, 5, 4, 3, 1, 4, 1, 67, 3, 2, 2, 3, 1, 2, 1],
        label: 1,
      },
    ]);
  });

  it("fill in what is missing of a heart", () => {
    const text = "63.0,1.0,1.0,145.0,233.0,1.0,2.0,150.0,0.0,2.3,3.0,?,?,2\n";
    expect(heartCleveland(text)).to.deep.equal([
      {
        id: "processed.cleveland.data row 1",
        x: [63, 1, 1, 145, 233, 1, 2, 150, 0, 23, 3, 0, 3],
        label: 1,
      },
    ]);
  });

  it("count messages without repeats", () => {
    const rows = smsSpam("ham\thi\nspam\twin\tnow\nham\thi\nham\tlater\n", { terms: ["now"] });
    expect(rows).to.deep.equal([
      { id: "message 0 (after dropping repeats)", x: [0], label: 0 },
      { id: "message 1 (after dropping repeats)", x: [1], label: 1 },
      { id: "message 2 (after dropping repeats)", x: [0], label: 0 },
    ]);
  });

  it("leave out clauses of two of the kinds, and repeats", () => {
    const text = "contract,category,text\n1,A,x\n1,B,x\n2,B,y\n2,C,y\n3,B,y\n";
    expect(cuadClauses(text, { classes: ["A", "B"], terms: ["y"] })).to.deep.equal([
      { id: "contract 2", x: [1], label: 1 },
    ]);
  });

  it("look back from day 60 on and 20 days ahead", () => {
    const date = (day: number): string => new Date(Date.UTC(2018, 0, 1 + day)).toISOString();
    const lines = Array.from({ length: 83 }, (_, day) => `${date(day).slice(0, 10)},70`);
    const rows = brentFeatures(["Date,Price", ...lines, "2018-12-31,"].join("\r\n"));
    expect(rows.map(({ id }) => id)).to.deep.equal([
      ...["02", "03", "04"].map((it) => `window ending Brent 2018-03-${it}`),
    ]);
    // A price at rest has the least variance, 10⁻⁶: ln 10⁻³ + 4 = -2.9078, which is -744.4 / 256.
    const still = -744 / 256;
    for (const { x, label } of rows) {
      expect(x).to.deep.equal([still, still, still, still, still, 0, 0, 0]);
      expectClose(label, -2.907755, 1e-6);
    }
  });
});

describe("guards of the accuracy benchmark", () => {
  const samples = [{ id: "client 7", x: [0.5, 1], label: 1 }];

  it("find each sample among the rows", () => {
    requireSamples("m", samples, [
      { id: "client 7", x: [0.5, 2], label: 1 },
      { id: "client 7", x: [0.5, 1], label: 1 },
    ]);
  });

  for (const [what, row] of Object.entries({
    id: { id: "client 8", x: [0.5, 1], label: 1 },
    input: { id: "client 7", x: [0.5, 1.00390625], label: 1 },
    length: { id: "client 7", x: [0.5], label: 1 },
    label: { id: "client 7", x: [0.5, 1], label: 0 },
  })) {
    it(`name a sample of another ${what}`, () => {
      expect(() => {
        requireSamples("m", samples, [row]);
      }).to.throw(/client 7/);
    });
  }

  it("cut the last tenth of a text into windows, evenly spaced", () => {
    const text = "c".repeat(90) + "babababbcc";
    const samples = [{ id: "held-out char 95", x: [0, 1, 1], label: 2 }];
    const windows = heldOutWindows(text, samples, { context: 3, count: 2 });
    expect(windows).to.deep.equal([
      [1, 0, 1, 0],
      [0, 1, 0, 1],
    ]);
    expect(heldOutWindows(text, [], { context: 3, count: 9 })).to.have.length(3);
    const differing = [{ id: "held-out char 95", x: [0, 1, 1], label: 1 }];
    expect(() => heldOutWindows(text, differing, { context: 3, count: 2 })).to.throw(/char 95/);
  });

  it("hold the report's decision against the model's rule", () => {
    const logit = { name: "logit", shape: [1, 1], kind: "real" } as const;
    const logits = { name: "logits", shape: [1, 10], kind: "real" } as const;
    const label = { name: "label", shape: [1], kind: "integer" } as const;
    const metric = (name: "accuracy" | "rmse") => ({ name, rows: 1, float: 1, integer: 1 });
    requireRule("logit > 0 -> 1", logit, metric("accuracy"));
    requireRule("argmax(logits)", logits, metric("accuracy"));
    requireRule("label", label, metric("accuracy"));
    requireRule("sigma_daily = exp(logit - 4.0)", logit, metric("rmse"));
    for (const [rule, port, name] of [
      ["logit > 0.5 -> 1", logit, "accuracy"],
      ["logit > 0 -> 1", logit, "rmse"],
      ["sigma_daily = exp(logit - 4.0)", logit, "accuracy"],
      ["argmax(logits)", logit, "accuracy"],
      [undefined, label, "accuracy"],
    ] as const) {
      expect(() => {
        requireRule(rule, port, metric(name));
      }).to.throw();
    }
  });
});
