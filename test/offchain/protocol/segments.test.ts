import {
  decodeSegmentedProof,
  decodeSegmentRecords,
  encodeRecordedSegments,
  encodeSegmentedProof,
  encodeSegmentRecord,
  hashWords,
  joinCommitment,
  joinSalt,
  joinTensor,
  segmentDigest,
  segmentedWeights,
  segmentsId,
  segmentWeightsSalt,
  weightsSalt,
  wordCount,
} from "@vouch/protocol";
import type { CircuitId, Hex, SegmentedProof } from "@vouch/protocol";
import { expect } from "chai";
import { concat, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import { packReference } from "../../helpers/packing.ts";

const word = (value: bigint | number): string => toBeHex(value, 32);
const hash = (...parts: readonly string[]): string => keccak256(concat(parts));
const text = (value: string): string => keccak256(toUtf8Bytes(value));
const DIGEST = text("digest") as Hex;
const SECRET = text("secret") as Hex;

/** docs/statement.md, section 8, byte by byte. */
describe("segments", () => {
  it("have a digest of statement, index, count and all joins", () => {
    const type = text("Segment(bytes32 statement,uint256 index,uint256 count,bytes32 joinsHash)");
    const joins = [5n, 6n];
    const expected = hash(type, DIGEST, word(1), word(3), hash(word(5), word(6)));
    expect(segmentDigest(DIGEST, { index: 1, count: 3, joins })).to.equal(expected);
    const others = [
      segmentDigest(DIGEST, { index: 2, count: 3, joins }),
      segmentDigest(DIGEST, { index: 1, count: 4, joins }),
      segmentDigest(DIGEST, { index: 1, count: 3, joins: [5n, 7n] }),
      segmentDigest(SECRET, { index: 1, count: 3, joins }),
    ];
    expect(new Set([expected, ...others])).to.have.property("size", 5);
  });

  it("are listed under an id of their order", () => {
    const [one, two] = [text("one"), text("two")] as [CircuitId, CircuitId];
    const tag = text("vouch.segments.v1");
    // abi.encode(bytes32, bytes32[]): tag, offset, length, items.
    const expected = hash(tag, word(64), word(2), one, two);
    expect(segmentsId([one, two])).to.equal(expected);
    expect(segmentsId([two, one])).to.not.equal(expected);
  });

  it("have weights that a release names as one field element, 0 where they are public", () => {
    const hashed = BigInt(hash(word(1), word(2), word(3)));
    expect(segmentedWeights([1n, 2n, 3n])).to.equal(hashed >> 3n);
    expect(segmentedWeights([])).to.equal(0n);
  });

  it("have salts apart from each other's, the whole model's and other statements'", () => {
    const label = (it: string): string => `0x${Buffer.from(it).toString("hex")}`;
    const weights = BigInt(hash(label("vouch.weights"), SECRET, word(1))) >> 3n;
    expect(segmentWeightsSalt(SECRET, 1)).to.equal(weights);
    const join = BigInt(hash(label("vouch.join"), SECRET, DIGEST, word(1))) >> 3n;
    expect(joinSalt(SECRET, DIGEST, 1)).to.equal(join);
    const salts = [
      weightsSalt(SECRET),
      ...[0, 1].flatMap((it) => [
        segmentWeightsSalt(SECRET, it),
        joinSalt(SECRET, DIGEST, it),
        joinSalt(SECRET, SECRET, it),
      ]),
    ];
    expect(new Set(salts)).to.have.property("size", salts.length);
  });

  it("are joined by a hash of tensors packed end to end, each of its own width", () => {
    const tensors = [
      { bits: 5, signed: false, values: [31n, 0n, 7n] },
      { bits: 21, signed: true, values: [-(2n ** 20n), 2n ** 20n - 1n] },
    ];
    expect(joinCommitment(9n, tensors)).to.equal(hashWords(5, [9n, ...packReference(tensors)]));
  });

  it("declare a join of so many words as committed to", () => {
    const tensor = joinTensor(4);
    expect(tensor).to.deep.equal({ mode: "committed", elements: 4, bits: 253, signed: false });
    expect(wordCount(tensor)).to.equal(1);
    expect(wordCount({ ...tensor, mode: "public" })).to.equal(4);
  });

  describe("given a proof", () => {
    const points = (first: bigint): bigint[] =>
      Array.from({ length: 8 }, (_, i) => first + BigInt(i));
    const proof: SegmentedProof = {
      weights: [1n, 2n],
      joins: [3n],
      proofs: [
        { commitment: 4n, proof: points(10n) },
        { commitment: 5n, proof: points(20n) },
      ],
    };
    const committed = [{ weights: "committed" }, { weights: "committed" }] as const;

    it("encode it as words without lengths, and decode it again", () => {
      const data = encodeSegmentedProof(proof);
      const words = [1n, 2n, 3n, 4n, ...points(10n), 5n, ...points(20n)];
      expect(data).to.equal(concat(words.map(word)));
      expect(decodeSegmentedProof(data, committed)).to.deep.equal(proof);
      const open = { ...proof, weights: [] };
      const constant = [{ weights: "constant" }, { weights: "constant" }] as const;
      expect(decodeSegmentedProof(encodeSegmentedProof(open), constant)).to.deep.equal(open);
    });

    it("refuse another length", () => {
      const data = encodeSegmentedProof(proof);
      for (const wrong of [data.slice(0, -64), `${data}${"00".repeat(32)}`, "0x"] as Hex[]) {
        expect(codeOf(() => decodeSegmentedProof(wrong, committed))).to.equal("EVIDENCE_MALFORMED");
      }
    });

    it("encode one segment to be recorded, and what stands for all that were", () => {
      const words = [1n, 2n, 3n, 5n, ...points(20n)];
      expect(encodeSegmentRecord(proof, 1)).to.equal(concat(words.map(word)));
      expect(encodeRecordedSegments(proof)).to.equal(hash(word(3)));
    });

    it("decode what was recorded of each, together", () => {
      const records = [0, 1].map((index) => encodeSegmentRecord(proof, index));
      expect(decodeSegmentRecords(records, committed)).to.deep.equal(proof);
      for (const wrong of [[], records.slice(1), [...records, ...records], ["0x", "0x"] as Hex[]])
        expect(codeOf(() => decodeSegmentRecords(wrong, committed))).to.equal("EVIDENCE_MALFORMED");
    });
  });
});
