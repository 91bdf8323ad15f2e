import type { Hex } from "@vouch/protocol";
import {
  HASH_TAGS,
  SCALAR_FIELD,
  contentId,
  hashWords,
  inputCommitment,
  inputSalt,
  outputCommitment,
  outputSalt,
  parseCircuitId,
  parseRequestId,
  weightsBlind,
  weightsCommitment,
  weightsSalt,
} from "@vouch/protocol";
import { expect } from "chai";
import { id, keccak256 } from "ethers";
import fc from "fast-check";
import { poseidon2, poseidon16 } from "poseidon-lite";
import { codeOf } from "../../helpers/codeOf.ts";
import { hashReference, packReference } from "../../helpers/packing.ts";

const word = fc.bigInt(0n, SCALAR_FIELD - 1n);
const salt = fc.bigInt(0n, 2n ** 253n - 1n);
const secret: Hex = `0x${"5a".repeat(32)}`;
const hexOf = (text: string): string => Buffer.from(text).toString("hex");

describe("hashWords", () => {
  it("stands on circomlib's Poseidon", () => {
    // Both values are asserted by circomlibjs' own tests.
    expect(poseidon2([1n, 2n])).to.equal(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
    const sixteen = Array.from({ length: 16 }, (_, i) => BigInt(i + 1));
    expect(poseidon16(sixteen)).to.equal(
      9989051620750914585850546081941653841776809718687451684622678807385399211877n,
    );
  });

  it("starts from tag · 2^32 + n, and hashes one word with Poseidon of two", () => {
    expect(hashWords(4, [7n])).to.equal(poseidon2([4n * 2n ** 32n + 1n, 7n]));
  });

  it("chains blocks of 15 words", () => {
    const words = Array.from({ length: 16 }, (_, i) => BigInt(i));
    const first = poseidon16([2n ** 32n + 16n, ...words.slice(0, 15)]);
    expect(hashWords(1, words)).to.equal(poseidon2([first, 15n]));
  });

  it("equals the chain of docs/statement.md for every length up to 47", () => {
    const words = Array.from(
      { length: 47 },
      (_, i) => BigInt(keccak256(new Uint8Array([i]))) >> 3n,
    );
    for (let n = 1; n <= words.length; n++) {
      const list = words.slice(0, n);
      expect(hashWords(n % 5, list), `${n} words`).to.equal(hashReference(n % 5, list));
    }
  });

  it("separates tags, and lengths that differ by zeros", () => {
    const list = fc.array(word, { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(list, (words) => {
        const hashes = [1, 2, 3, 4, 5].map((tag) => hashWords(tag, words));
        expect(new Set([...hashes, hashWords(1, [...words, 0n])])).to.have.property("size", 6);
      }),
      { seed: 20, numRuns: 20 },
    );
  });

  it("refuses words outside the field, and no words", () => {
    for (const bad of [-1n, SCALAR_FIELD, SCALAR_FIELD + 1n, 2n ** 256n]) {
      expect(codeOf(() => hashWords(1, [0n, bad]))).to.equal("FIELD_ELEMENT_INVALID");
    }
    expect(codeOf(() => hashWords(1, []))).to.equal("HASH_INPUT_EMPTY");
  });
});

describe("commitments", () => {
  const type = { bits: 12, signed: true };
  const elements = fc.array(fc.bigInt(-2048n, 2047n), { maxLength: 50 });

  it("are hashes of salt and packed words under their own tags", () => {
    fc.assert(
      fc.property(salt, elements, (blind, values) => {
        // Elements of 12 bits: 21 to a word, by uniform and by mixed packing alike.
        const words = [blind, ...packReference([{ ...type, values }])];
        expect(inputCommitment(blind, values, type)).to.equal(hashReference(2, words));
        expect(outputCommitment(blind, values, type)).to.equal(hashReference(3, words));
        expect(weightsCommitment(blind, [{ ...type, values }])).to.equal(hashReference(1, words));
      }),
      { seed: 21, numRuns: 20 },
    );
    const expected = { weights: 1, input: 2, output: 3, claim: 4, join: 5, products: 6 };
    expect(HASH_TAGS).to.deep.equal(expected);
  });

  it("pack weights of several widths without gaps", () => {
    const parameters = [
      { bits: 8, signed: true, values: [-128n, 127n, 0n] },
      { bits: 32, signed: true, values: [-5n] },
      { bits: 20, signed: false, values: [2n ** 20n - 1n] },
    ];
    const words = [9n, ...packReference(parameters)];
    expect(weightsCommitment(9n, parameters)).to.equal(hashReference(1, words));
  });
});

describe("salts", () => {
  const request = parseRequestId(id("request"));
  const expected = (preimage: string): bigint => BigInt(keccak256(`0x${preimage}`)) >> 3n;

  it("are 253 bits of keccak over label and secrets", () => {
    const tail = secret.slice(2);
    expect(weightsSalt(secret)).to.equal(expected(hexOf("vouch.weights") + tail));
    expect(inputSalt(secret)).to.equal(expected(hexOf("vouch.input") + tail));
    const both = tail + request.slice(2);
    expect(outputSalt(secret, request)).to.equal(expected(hexOf("vouch.output") + both));
  });

  it("fit a field element", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const value = weightsSalt(keccak256(bytes) as Hex);
        expect(value >= 0n && value < 2n ** 253n && value < SCALAR_FIELD).to.be.true;
      }),
      { seed: 22 },
    );
  });

  it("differ from request to request", () => {
    const other = parseRequestId(id("another request"));
    expect(outputSalt(secret, request)).to.not.equal(outputSalt(secret, other));
  });
});

describe("weightsBlind", () => {
  it("differs by secret, and under one secret by weights and by circuit", () => {
    const other = keccak256(secret) as Hex;
    const circuits = ["one", "several"].map((it) => parseCircuitId(id(it)));
    const blinds = circuits.flatMap((circuit) => [
      ...[weightsBlind(secret, 1n, circuit), weightsBlind(secret, 2n, circuit)],
      ...[weightsBlind(other, 1n, circuit), weightsBlind(other, 2n, circuit)],
    ]);
    expect(new Set(blinds).size).to.equal(8);
    expect(blinds.every((it) => 0n <= it && it < SCALAR_FIELD)).to.be.true;
    expect(weightsBlind(secret, 1n, circuits[0]!)).to.equal(blinds[0]); // there are two
  });
});

describe("contentId", () => {
  it("hashes the file, behind the salt where there is one", () => {
    const file = new Uint8Array([1, 2, 3]);
    expect(contentId(file)).to.equal(keccak256("0x010203"));
    expect(contentId(file, secret)).to.equal(keccak256(`${secret}010203`));
  });
});
