import type { CircuitId, Hex } from "@vouch/protocol";
import {
  batchDigest,
  batchWords,
  batchesId,
  decodeBatchEvidence,
  encodeBatchEvidence,
  isBatchEvidence,
} from "@vouch/protocol";
import { expect } from "chai";
import { concat, id, keccak256, toBeHex } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";

const word = (value: number): string => toBeHex(value, 32);
const hash = (...parts: readonly string[]): string => keccak256(concat(parts));
const digestsOf = (count: number): Hex[] =>
  Array.from({ length: count }, (_, index) => id(`digest ${index}`) as Hex);
const [ONE, TWO, THREE] = digestsOf(3) as [Hex, Hex, Hex];

describe("batchWords", () => {
  it("is the words of each inference in order, and 1 behind the last", () => {
    const one = { input: [1n, 2n], output: [3n] };
    const other = { input: [4n, 5n], output: [6n] };
    expect(batchWords([one, other])).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 1n]);
  });
});

describe("batchDigest", () => {
  it("hashes type, count, and the hash of all digests in order", () => {
    const type = id("Batch(uint256 count,bytes32 statements)");
    expect(batchDigest([ONE, TWO])).to.equal(hash(type, word(2), hash(ONE, TWO)));
    const lists = [[ONE, TWO], [TWO, ONE], [ONE, TWO, THREE], [ONE, ONE], [ONE]];
    expect(new Set(lists.map(batchDigest))).to.have.property("size", lists.length);
  });

  it("refuses what is no digest", () => {
    for (const wrong of ["0x12", `${ONE}00`] as Hex[])
      expect(codeOf(() => batchDigest([ONE, wrong]))).to.equal("HEX_INVALID");
  });
});

describe("batchesId", () => {
  it("hashes tag, the circuit of one, and each size with its circuit", () => {
    const [single, two, four] = [ONE, TWO, THREE] as unknown as CircuitId[];
    const list = [
      { count: 2, circuit: two! },
      { count: 4, circuit: four! },
    ];
    // abi.encode(bytes32, bytes32, (uint256,bytes32)[]): tag, single, offset, length, items.
    const head = [id("vouch.batches.v1"), single!, word(96), word(2)];
    const expected = hash(...head, word(2), two!, word(4), four!);
    expect(batchesId(single!, list)).to.equal(expected);
    expect(batchesId(two!, list)).to.not.equal(expected);
    expect(batchesId(single!, list.slice(0, 1))).to.not.equal(expected);
  });
});

describe("encodeBatchEvidence", () => {
  it("puts one byte of place before the digests, and is inverted by decodeBatchEvidence", () => {
    for (const [place, count] of [
      [0, 2],
      [1, 2],
      [127, 128],
    ] as const) {
      const digests = digestsOf(count);
      const data = encodeBatchEvidence({ place, digests });
      expect(data).to.equal(concat([toBeHex(place, 1), ...digests]));
      expect(isBatchEvidence(data)).to.equal(true);
      expect(decodeBatchEvidence(data)).to.deep.equal({ place, digests });
    }
  });

  it("refuses a place outside the list, and a list that is none", () => {
    for (const place of [-1, 2, 0.5, Number.NaN])
      expect(codeOf(() => encodeBatchEvidence({ place, digests: [ONE, TWO] }))).to.equal(
        "BATCH_PLACE",
      );
    for (const count of [0, 1, 129])
      expect(codeOf(() => encodeBatchEvidence({ place: 0, digests: digestsOf(count) }))).to.equal(
        "BATCH_SIZE",
      );
  });
});

describe("decodeBatchEvidence", () => {
  it("refuses every length but one byte and from 2 to 128 digests", () => {
    for (const bytes of [0, 1, 32, 33, 64, 66, 9 * 32, 12 * 32, 1 + 129 * 32]) {
      const data: Hex = `0x${"00".repeat(bytes)}`;
      expect(isBatchEvidence(data)).to.equal(false);
      expect(codeOf(() => decodeBatchEvidence(data))).to.equal("EVIDENCE_MALFORMED");
    }
  });

  it("refuses a place that no digest has", () => {
    const data = concat(["0x02", ONE, TWO]) as Hex;
    expect(codeOf(() => decodeBatchEvidence(data))).to.equal("BATCH_PLACE");
  });
});
