import { expect } from "chai";
import fc from "fast-check";
import { createDetokenizer } from "../../../../offchain/execution/text/detokenizer.ts";

/** One byte a token. */
const bytes = (tokens: readonly number[]): string =>
  new TextDecoder().decode(Uint8Array.from(tokens));
/** Words, with a space before each that is not the first: a token's text depends on its neighbours. */
const WORDS = ["once", "upon", "a", "time"];
const words = (tokens: readonly number[]): string => tokens.map((it) => WORDS[it]).join(" ");

describe("createDetokenizer", () => {
  it("holds back a character until it is whole", () => {
    const { push, end } = createDetokenizer(bytes);
    expect([...new TextEncoder().encode("aé😀")].map(push)).to.deep.equal([
      "a",
      "",
      "é",
      "",
      "",
      "",
      "😀",
    ]);
    expect(end()).to.equal("");
  });

  it("says in the end what never became whole", () => {
    const { push, end } = createDetokenizer(bytes);
    expect([push(0x61), push(0xf0), end()]).to.deep.equal(["a", "", "\ufffd"]);
  });

  it("decodes a token beside its neighbours", () => {
    const { push } = createDetokenizer(words);
    expect([0, 1, 2, 3].map(push)).to.deep.equal(["once", " upon", " a", " time"]);
  });

  it("joins to the text of all tokens, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const { push, end } = createDetokenizer(bytes);
        const pieces = [...new TextEncoder().encode(text)].map(push);
        expect([...pieces, end()].join("")).to.equal(text);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});
