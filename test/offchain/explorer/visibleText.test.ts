import { expect } from "chai";
import { plainText, visibleText } from "../../../offchain/explorer/src/ui/visibleText.ts";

const textOf = (text: string): string =>
  visibleText(text)
    .pieces.map((it) => (it.kind === "text" ? it.text : `[${it.code}]`))
    .join("");

describe("visibleText", () => {
  it("leaves names of any script as they are", () => {
    for (const name of [
      "credit-german-mlp",
      "信用评分",
      "Оценка №1",
      "تقييم",
      "Crédit é",
      "नमस्ते",
      "🤖 bot",
    ])
      expect(textOf(name)).to.equal(name);
  });

  it("shows markup as text, in one piece", () => {
    const name = `<img src=x onerror="alert(1)"></bdi><script>`;
    expect(visibleText(name).pieces).to.deep.equal([{ kind: "text", text: name }]);
  });

  it("makes overrides of direction visible, which make one name look like another", () => {
    expect(textOf("mnist\u202Egpj.exe\u2066a\u2069")).to.equal(
      "mnist[U+202E]gpj.exe[U+2066]a[U+2069]",
    );
  });

  it("makes visible what has no width, no glyph, or looks like a space", () => {
    expect(textOf("a\u200Bb\uFEFFc\u00ADd")).to.equal("a[U+200B]b[U+FEFF]c[U+00AD]d");
    expect(textOf("\u3164\u115F\u2800")).to.equal("[U+3164][U+115F][U+2800]");
    expect(textOf("a\u00A0b\u3000c\u2028")).to.equal("a[U+00A0]b[U+3000]c[U+2028]");
    expect(textOf("a\u{E0041}\u{E0100}\0\x1b[31m")).to.equal(
      "a[U+E0041][U+E0100][U+0000][U+001B][31m",
    );
    expect(textOf("\uD800x")).to.equal("[U+D800]x");
  });

  it("leaves an emoji its form, and nothing else that selects one", () => {
    expect(textOf("❤\uFE0F")).to.equal("❤\uFE0F");
    expect(textOf("a\uFE0F")).to.equal("a[U+FE0F]");
  });

  it("leaves a letter three marks, and takes the tower above it apart", () => {
    const tower = `e${"\u0301".repeat(40)}`;
    const { pieces } = visibleText(tower);
    expect(pieces[0]).to.deep.equal({ kind: "text", text: "e\u0301\u0301\u0301" });
    expect(pieces.slice(1).every(({ kind }) => kind === "hidden")).to.equal(true);
  });

  it("keeps line breaks of a prompt, and of no name", () => {
    expect(textOf("a\nb")).to.equal("a[U+000A]b");
    expect(visibleText("a\n\tb", { lines: true }).pieces).to.deep.equal([
      { kind: "text", text: "a\n\tb" },
    ]);
  });

  it("clips a text of ten thousand characters, and says how many are left out", () => {
    const { pieces, clipped } = visibleText("x".repeat(10_000));
    expect(pieces).to.deep.equal([{ kind: "text", text: "x".repeat(80) }]);
    expect(clipped).to.equal(9_920);
    expect(visibleText("🤖".repeat(3), { limit: 2 }).clipped).to.equal(2);
  });

  it("clips a megabyte at once", () => {
    expect(plainText("\u202E".repeat(1 << 20), 2)).to.equal("[U+202E][U+202E]…");
  });
});
