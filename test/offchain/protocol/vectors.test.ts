import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import {
  challenge,
  evaluateWords,
  hashWords,
  inputSalt,
  outputSalt,
  packMixed,
  packWords,
  parseReceipt,
  parseRequestId,
  policyHash,
  statementDigest,
  unpackWords,
  verifyReceipt,
  weightsCommitment,
  weightsSalt,
  wordToHex,
} from "@vouch/protocol";
import { expect } from "chai";

type Elements = { bits: number; signed: boolean; elements: string[] };
type Vectors = {
  receipt: unknown;
  expected: Record<"policyHash" | "digest" | "challenge" | "evaluation", Hex>;
  packing: (Elements & { words: Hex[] })[];
  mixedPacking: { parameters: Elements[]; words: Hex[] };
  hashWords: { tag: number; words: Hex[]; hash: Hex }[];
  secret: Hex;
  request: Hex;
  salts: Record<"weights" | "input" | "output", Hex>;
  weightsCommitment: Hex;
};

const FILE = join(import.meta.dirname, "../../vectors/protocol.json");
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;

/** A change that breaks one of these breaks receipts that exist: see the first lines of docs/statement.md. */
describe("vectors/protocol.json", () => {
  const parameters = vectors.mixedPacking.parameters.map(({ elements, ...type }) => ({
    ...type,
    values: elements.map(BigInt),
  }));

  it("holds a receipt that still verifies", () => {
    const receipt = parseReceipt(vectors.receipt);
    const { assurance } = verifyReceipt(receipt);
    expect(assurance.kinds).to.deep.equal(["signature", "zk"]);
  });

  it("holds its policy hash, digest, challenge and evaluation", () => {
    const { domain, statement, release, input, output, evidence } = parseReceipt(vectors.receipt);
    const digest = statementDigest(domain, statement);
    const commitment = evidence.find((it) => "commitment" in it)!.commitment;
    const z = challenge(commitment, digest);
    expect({
      policyHash: policyHash(release.floor),
      digest,
      challenge: wordToHex(z),
      evaluation: wordToHex(evaluateWords([release.weights, ...input, ...output], z)),
    }).to.deep.equal(vectors.expected);
  });

  it("holds uniform packings", () => {
    for (const { bits, signed, elements, words } of vectors.packing) {
      const integers = elements.map(BigInt);
      expect(packWords(integers, { bits, signed }).map(wordToHex)).to.deep.equal(words);
      const type = { bits, signed, elements: elements.length };
      expect(unpackWords(words.map(BigInt), type)).to.deep.equal(integers);
    }
  });

  it("holds a mixed packing and its commitment", () => {
    expect(packMixed(parameters).map(wordToHex)).to.deep.equal(vectors.mixedPacking.words);
    const commitment = weightsCommitment(weightsSalt(vectors.secret), parameters);
    expect(wordToHex(commitment)).to.equal(vectors.weightsCommitment);
  });

  it("holds hashes of 1, 15, 16 and 17 words", () => {
    expect(vectors.hashWords.map((it) => it.words.length)).to.deep.equal([1, 15, 16, 17]);
    for (const { tag, words, hash } of vectors.hashWords)
      expect(wordToHex(hashWords(tag, words.map(BigInt)))).to.equal(hash);
  });

  it("holds salts", () => {
    const { secret, request, salts } = vectors;
    expect({
      weights: wordToHex(weightsSalt(secret)),
      input: wordToHex(inputSalt(secret)),
      output: wordToHex(outputSalt(secret, parseRequestId(request))),
    }).to.deep.equal(salts);
  });
});
