import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { wordToHex } from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { fileCursor } from "../../../offchain/worker/cursor.ts";
import { readInputOpening, writeInputOpening } from "../../../offchain/worker/inputOpenings.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const SECRET: Hex = `0x${"5a".repeat(32)}`;
const COMMITMENT = wordToHex(77n);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vouch-worker-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("fileCursor", () => {
  it("is none until it is saved, then what was saved last", async () => {
    const path = join(folder, "deep", "cursor.json");
    const cursor = fileCursor(path);
    expect(cursor.load()).to.be.undefined;
    await cursor.save(7);
    await cursor.save(12);
    expect(cursor.load()).to.equal(12);
    expect(fileCursor(path).load()).to.equal(12);
    expect(readdirSync(join(folder, "deep"))).to.deep.equal(["cursor.json"]);
  });

  for (const text of [
    "",
    "{",
    "null",
    '{"nextBlock":-1}',
    '{"nextBlock":1.5}',
    '{"nextBlock":"7"}',
  ]) {
    it(`is none where the file holds ${JSON.stringify(text)}`, () => {
      const path = join(folder, "cursor.json");
      writeFileSync(path, text);
      expect(fileCursor(path).load()).to.be.undefined;
    });
  }
});

describe("writeInputOpening", () => {
  it("is inverted by readInputOpening", async () => {
    const element = fc.bigInt(-(2n ** 252n), 2n ** 253n - 1n);
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 30 }), async (input) => {
        await writeInputOpening(folder, COMMITMENT, { secret: SECRET, input });
        expect(readInputOpening(folder, COMMITMENT)).to.deep.equal({ secret: SECRET, input });
      }),
      { seed: 60, numRuns: 30 },
    );
    expect(readdirSync(folder)).to.deep.equal([`${COMMITMENT}.json`]);
  });

  it("leaves a file and a folder that only their owner reads", async function () {
    if (process.platform === "win32") this.skip(); // no such modes there
    const inner = join(folder, "inputs");
    const path = await writeInputOpening(inner, COMMITMENT, { secret: SECRET, input: [1n] });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(statSync(inner).mode & 0o777).to.equal(0o700);
  });
});

describe("readInputOpening", () => {
  const code = (text?: string): string | undefined => {
    const path = join(folder, `${COMMITMENT}.json`);
    if (text !== undefined) writeFileSync(path, text);
    expect(existsSync(path)).to.equal(text !== undefined);
    return codeOf(() => readInputOpening(folder, COMMITMENT));
  };

  it("throws INPUT_OPENING_MISSING where there is none", () => {
    expect(code()).to.equal("INPUT_OPENING_MISSING");
  });

  for (const [what, text] of [
    ["nothing", ""],
    ["half of it", `{"secret":"${SECRET}","inp`],
    ["no input", JSON.stringify({ secret: SECRET })],
    ["no secret", JSON.stringify({ input: ["1"] })],
    ["a short secret", JSON.stringify({ secret: "0x5a", input: ["1"] })],
    ["a secret in upper case", JSON.stringify({ secret: `0x${"5A".repeat(32)}`, input: ["1"] })],
    ["numbers", JSON.stringify({ secret: SECRET, input: [1] })],
    ["a fraction", JSON.stringify({ secret: SECRET, input: ["1.5"] })],
    ["hexadecimal", JSON.stringify({ secret: SECRET, input: ["0x10"] })],
    ["white space", JSON.stringify({ secret: SECRET, input: [" "] })],
    ["an endless number", JSON.stringify({ secret: SECRET, input: ["9".repeat(81)] })],
  ] as const) {
    it(`throws INPUT_OPENING_INVALID for ${what}`, () => {
      expect(code(text)).to.equal("INPUT_OPENING_INVALID");
    });
  }
});
