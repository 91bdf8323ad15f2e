import type { Domain, Statement } from "@vouch/protocol";
import {
  SCALAR_FIELD,
  challenge,
  evaluateWords,
  hashOfWords,
  parseAddress,
  parseReleaseId,
  parseRequestId,
  statementDigest,
  statementTypedData,
} from "@vouch/protocol";
import { expect } from "chai";
import { TypedDataEncoder, Wallet, id, keccak256, verifyTypedData } from "ethers";
import fc from "fast-check";

const domain: Domain = { chainId: 11_155_111n, router: parseAddress(`0x${"c3".repeat(20)}`) };
const statement: Statement = {
  release: parseReleaseId(id("release")),
  request: parseRequestId(id("request")),
  operator: parseAddress(`0x${"d4".repeat(20)}`),
  inputHash: parseReleaseId(id("input")),
  outputHash: parseReleaseId(id("output")),
};

const hex = (value: bigint): string => value.toString(16).padStart(64, "0");
const bare = (value: string): string => value.slice(2).padStart(64, "0");
const hashOf = (...words: readonly string[]): string => keccak256(`0x${words.join("")}`);

/** EIP-712 by keccak and concatenation alone. */
function digestByHand({ chainId, router }: Domain, it: Statement): string {
  const separator = hashOf(
    bare(id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")),
    bare(id("Vouch")),
    bare(id("1")),
    hex(chainId),
    bare(router),
  );
  const struct = hashOf(
    bare(
      id(
        "Statement(bytes32 release,bytes32 request,address operator,bytes32 inputHash,bytes32 outputHash)",
      ),
    ),
    ...[it.release, it.request, it.operator, it.inputHash, it.outputHash].map(bare),
  );
  return keccak256(`0x1901${bare(separator)}${bare(struct)}`);
}

describe("statementDigest", () => {
  it("is the EIP-712 digest, made by hand", () => {
    expect(statementDigest(domain, statement)).to.equal(digestByHand(domain, statement));
    const mainnet = { ...domain, chainId: 1n };
    expect(statementDigest(mainnet, statement)).to.equal(digestByHand(mainnet, statement));
  });

  it("is what a wallet signs", async () => {
    const { domain: eip712, types, value } = statementTypedData(domain, statement);
    const wallet = new Wallet(id("operator"));
    const signature = await wallet.signTypedData(eip712, types, value);
    expect(verifyTypedData(eip712, types, value, signature)).to.equal(wallet.address);
    expect(TypedDataEncoder.hash(eip712, types, value)).to.equal(
      statementDigest(domain, statement),
    );
    expect(TypedDataEncoder.from(types).encodeType("Statement")).to.equal(
      "Statement(bytes32 release,bytes32 request,address operator,bytes32 inputHash,bytes32 outputHash)",
    );
  });

  it("changes with every field", () => {
    const other = parseReleaseId(id("other"));
    const address = parseAddress(`0x${"e5".repeat(20)}`);
    const digests = [
      statementDigest(domain, statement),
      statementDigest({ ...domain, chainId: 1n }, statement),
      statementDigest({ ...domain, router: address }, statement),
      ...(["release", "request", "inputHash", "outputHash"] as const).map((field) =>
        statementDigest(domain, { ...statement, [field]: other }),
      ),
      statementDigest(domain, { ...statement, operator: address }),
    ];
    expect(new Set(digests)).to.have.property("size", digests.length);
  });
});

describe("hashOfWords", () => {
  it("is keccak over 32 bytes a word, without a length", () => {
    expect(hashOfWords([])).to.equal(keccak256("0x"));
    expect(hashOfWords([1n, 2n ** 253n - 1n])).to.equal(hashOf(hex(1n), hex(2n ** 253n - 1n)));
  });
});

describe("challenge", () => {
  it("is keccak of tag, c and digest, reduced", () => {
    const digest = statementDigest(domain, statement);
    const tag = bare(id("vouch.challenge.v1"));
    for (const c of [0n, 42n, SCALAR_FIELD - 1n]) {
      const expected = BigInt(hashOf(tag, hex(c), bare(digest))) % SCALAR_FIELD;
      expect(challenge(c, digest)).to.equal(expected);
    }
  });

  it("is below the field's order", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, SCALAR_FIELD - 1n), (c) => {
        expect(challenge(c, hashOfWords([c])) < SCALAR_FIELD).to.be.true;
      }),
      { seed: 30, numRuns: 100 },
    );
  });
});

describe("evaluateWords", () => {
  const word = fc.bigInt(0n, SCALAR_FIELD - 1n);

  it("is the sum of v_i · z^i, by naive powers", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), word, (v, z) => {
        const naive = v.reduce((sum, it, i) => sum + it * z ** BigInt(i), 0n) % SCALAR_FIELD;
        expect(evaluateWords(v, z)).to.equal(naive);
      }),
      { seed: 31, numRuns: 100 },
    );
  });

  it("has the first word as its constant", () => {
    expect(evaluateWords([], 5n)).to.equal(0n);
    expect(evaluateWords([7n, 3n, 2n], 0n)).to.equal(7n);
    expect(evaluateWords([7n, 3n, 2n], 10n)).to.equal(237n);
  });
});
