import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { MessageBoard } from "../../../offchain/protocol/typechain/index.ts";
import { TERMS, deployBoard } from "../../helpers/boardScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { packReference } from "../../helpers/packing.ts";

const { networkHelpers } = connection;
const RUNS = process.env["VOUCH_DEEP"] === "1" ? 2_000 : 60;
const SAMPLES = (
  JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../models/sms-spam-mlp/samples.json"), "utf8"),
  ) as { readonly samples: readonly { readonly text: string; readonly ones: readonly number[] }[] }
).samples;

/** As models/text.py has it: `tokens` and `bag`. */
function onesOf(text: string): number[] {
  const lower = text.replace(/[A-Z]/g, (it) => it.toLowerCase());
  const tokens = (lower.match(/[a-z]+|[0-9]+|[!?$%£]/g) ?? []).map((it) =>
    /[0-9]/.test(it) ? `#${String(Math.min(9, it.length))}` : it,
  );
  const found = new Set(tokens);
  return TERMS.flatMap((term, i) => (found.has(term) ? [i] : []));
}

/** The words of an input that is 1 at these places. */
function wordsOf(ones: readonly number[]): bigint[] {
  const values = TERMS.map((_, i) => (ones.includes(i) ? 1n : 0n));
  return [...packReference([{ bits: 1, signed: false, values }])];
}

const askedOf = async (board: MessageBoard, text: string): Promise<bigint[]> => [
  ...(await board.inputOf(text)),
];

describe("MessageBoard.inputOf", () => {
  let board: MessageBoard;

  before(async () => {
    ({ board } = await networkHelpers.loadFixture(deployBoard));
  });

  it("gives the model's own samples the features that it was tested with", async () => {
    for (const { text, ones } of SAMPLES) {
      expect(await askedOf(board, text), text).to.deep.equal(wordsOf(ones));
    }
  });

  it("finds every term alone, and none in a longer word", async () => {
    const plain = TERMS.filter((it) => !it.startsWith("#"));
    for (const term of [plain[0]!, plain[1]!, plain.at(-2)!, plain.at(-1)!]) {
      expect(await askedOf(board, `. ${term} .`)).to.deep.equal(wordsOf([TERMS.indexOf(term)]));
    }
    for (const text of ["winx", "congratulationsfree", `${"x".repeat(256)}win`, "\u0000", "é€"]) {
      expect(await askedOf(board, text), text).to.deep.equal(wordsOf([]));
    }
    expect(await askedOf(board, "£5")).to.deep.equal(wordsOf(onesOf("£5")));
  });

  it("equals models/text.py on texts that are drawn", async () => {
    const next = randomNumbers(7);
    const draw = (count: number): number => Math.floor(((next() + 1) / 2) * count);
    const parts = [
      ...["£", "Â", "¢", "é", "😀", "1", "99999999999", " ", "-", "A", "Z", "@", "[", "`", "{"],
      ...["FREE", "Free", "x", "abcdefghijklmnopqrstuvwxyz", "#", "#1", "\n", "'", "/", ":"],
    ];
    for (let run = 0; run < RUNS; run++) {
      const text = Array.from({ length: 24 }, () =>
        draw(3) === 0 ? TERMS[draw(TERMS.length)]! : parts[draw(parts.length)]!,
      ).join(draw(2) === 0 ? "" : " ");
      expect(await askedOf(board, text), text).to.deep.equal(wordsOf(onesOf(text)));
    }
  });
});
