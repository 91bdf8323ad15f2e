import { expect } from "chai";
import type { CodecMock, TensorCodec, Words } from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { Encoding } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployCodec);

/** 253 / 100: two elements to a word, so that three take two words. */
const SIGNED: Encoding = { mode: 0n, elements: 3n, bits: 100n, isSigned: true };
const UNSIGNED: Encoding = { ...SIGNED, isSigned: false };
const COMMITTED: Encoding = { mode: 1n, elements: 3n, bits: 100n, isSigned: true };
const HALF = 1n << 99n;
const LIMIT = 1n << 100n;

type Codec = { readonly codec: CodecMock; readonly errors: TensorCodec; readonly words: Words };

async function deployCodec(): Promise<Codec> {
  const codec: CodecMock = await ethers.deployContract("CodecMock");
  return {
    codec,
    errors: await ethers.getContractAt("TensorCodec", codec),
    words: await ethers.getContractAt("Words", codec),
  };
}

describe("TensorCodec.pack", () => {
  it("offsets signed elements by half of their range and fills words from their low end", async () => {
    const { codec } = await deployed();
    expect([...(await codec.pack([-HALF, HALF - 1n, -1n], SIGNED))]).to.deep.equal([
      (LIMIT - 1n) << 100n,
      HALF - 1n,
    ]);
  });

  it("takes unsigned elements as they are", async () => {
    const { codec } = await deployed();
    expect([...(await codec.pack([0n, LIMIT - 1n, 7n], UNSIGNED))]).to.deep.equal([
      (LIMIT - 1n) << 100n,
      7n,
    ]);
  });

  describe("when the tensor is committed", () => {
    it("reverts with TensorCommitted", async () => {
      const { codec, errors } = await deployed();
      await expect(codec.pack([1n, 2n, 3n], COMMITTED)).to.be.revertedWithCustomError(
        errors,
        "TensorCommitted",
      );
    });
  });

  describe("when there is an element less or more than the tensor has", () => {
    it("reverts with TensorLengthInvalid", async () => {
      const { codec, errors } = await deployed();
      for (const elements of [
        [1n, 2n],
        [1n, 2n, 3n, 4n],
      ]) {
        await expect(codec.pack(elements, SIGNED))
          .to.be.revertedWithCustomError(errors, "TensorLengthInvalid")
          .withArgs(BigInt(elements.length), 3n);
      }
    });
  });

  describe("when an element is one beyond the range", () => {
    it("reverts with TensorElementOutOfRange for the first such element", async () => {
      const { codec, errors } = await deployed();
      for (const [encoding, elements, index] of [
        [SIGNED, [0n, HALF, -HALF - 1n], 1],
        [SIGNED, [-HALF - 1n, 0n, 0n], 0],
        [UNSIGNED, [0n, 0n, LIMIT], 2],
        [UNSIGNED, [0n, -1n, LIMIT], 1],
      ] as const) {
        await expect(codec.pack([...elements], encoding))
          .to.be.revertedWithCustomError(errors, "TensorElementOutOfRange")
          .withArgs(BigInt(index), elements[index]);
      }
    });
  });
});

describe("TensorCodec.unpack", () => {
  it("reads what pack wrote", async () => {
    const { codec } = await deployed();
    for (const [encoding, elements] of [
      [SIGNED, [-HALF, HALF - 1n, -1n]],
      [UNSIGNED, [0n, LIMIT - 1n, 7n]],
    ] as const) {
      const words = [...(await codec.pack([...elements], encoding))];
      expect([...(await codec.unpack(words, encoding))]).to.deep.equal([...elements]);
    }
  });

  describe("when the tensor is committed", () => {
    it("reverts with TensorCommitted", async () => {
      const { codec, errors } = await deployed();
      await expect(codec.unpack([1n], COMMITTED)).to.be.revertedWithCustomError(
        errors,
        "TensorCommitted",
      );
    });
  });

  describe("when there is a word less or more than the tensor takes", () => {
    it("reverts with WordCountInvalid", async () => {
      const { codec, words } = await deployed();
      for (const count of [1, 3]) {
        await expect(codec.unpack(Array<bigint>(count).fill(0n), SIGNED))
          .to.be.revertedWithCustomError(words, "WordCountInvalid")
          .withArgs(BigInt(count), 2n);
      }
    });
  });

  describe("when a word has a bit that no element uses", () => {
    it("reverts with WordNotCanonical and the word", async () => {
      const { codec, words } = await deployed();
      for (const [index, bit] of [
        [0, 200n],
        [1, 100n],
      ] as const) {
        const read = [0n, 0n];
        read[index] = 1n << bit;
        await expect(codec.unpack(read, UNSIGNED))
          .to.be.revertedWithCustomError(words, "WordNotCanonical")
          .withArgs(BigInt(index), 1n << bit);
      }
    });
  });
});

describe("TensorCodec.elementAt", () => {
  it("reads each element at its place", async () => {
    const { codec } = await deployed();
    for (const [encoding, elements] of [
      [SIGNED, [-HALF, HALF - 1n, -1n]],
      [UNSIGNED, [0n, LIMIT - 1n, 7n]],
    ] as const) {
      const words = [...(await codec.pack([...elements], encoding))];
      for (const [index, element] of elements.entries()) {
        expect(await codec.elementAt(words, encoding, index)).to.equal(element);
      }
    }
  });

  describe("when the tensor is committed", () => {
    it("reverts with TensorCommitted", async () => {
      const { codec, errors } = await deployed();
      await expect(codec.elementAt([1n], COMMITTED, 0n)).to.be.revertedWithCustomError(
        errors,
        "TensorCommitted",
      );
    });
  });

  describe("when the tensor has no such element, though its word has room for it", () => {
    it("reverts with TensorIndexOutOfBounds", async () => {
      const { codec, errors } = await deployed();
      await expect(codec.elementAt([0n, 0n], SIGNED, 3n))
        .to.be.revertedWithCustomError(errors, "TensorIndexOutOfBounds")
        .withArgs(3n, 3n);
    });
  });
});
