import type { Hex } from "@vouch/protocol";
import { bytesOfHex, hashOfHex, wordToHex } from "@vouch/protocol";
import { expect } from "chai";
import { concat, getBytes, keccak256, toBeHex } from "ethers";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

const hex = fc
  .uint8Array({ maxLength: 300 })
  .map((it): Hex => `0x${Buffer.from(it).toString("hex")}`);
const OPTIONS = { seed: 11, numRuns: 200 };

describe("bytesOfHex", () => {
  it("gives what ethers gives of all parts together, in either case of the letters", () => {
    fc.assert(
      fc.property(fc.array(hex, { maxLength: 5 }), (parts) => {
        const expected = getBytes(concat(parts));
        expect(bytesOfHex(parts)).to.deep.equal(expected);
        const upper = parts.map((it): Hex => `0x${it.slice(2).toUpperCase()}`);
        expect(bytesOfHex(upper)).to.deep.equal(expected);
        expect(hashOfHex(parts)).to.equal(keccak256(concat(parts)));
      }),
      OPTIONS,
    );
  });

  it("refuses what is no hex", () => {
    for (const value of ["0x1", "0x1g", "0xé0", "1234", "0X12", "0x-1", "0x 1"] as Hex[])
      expect(
        codeOf(() => bytesOfHex(["0x00", value])),
        value,
      ).to.equal("HEX_INVALID");
  });
});

describe("wordToHex", () => {
  it("gives what ethers gives, and refuses what is no word", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (word) => {
        expect(wordToHex(word)).to.equal(toBeHex(word, 32));
      }),
      OPTIONS,
    );
    for (const word of [-1n, 2n ** 256n]) expect(() => wordToHex(word)).to.throw();
  });
});
