import type { Hex, RequestParams } from "@vouch/protocol";
import {
  allOf,
  hashOfWords,
  parseReleaseId,
  policyHash,
  requestDigest,
  requestTypedData,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, TypedDataEncoder, concat, id, keccak256 } from "ethers";

const REQUESTER: Hex = `0x${"11".repeat(20)}`;
const REQUESTS: Hex = `0x${"22".repeat(20)}`;
const DOMAIN = { chainId: 31_337n, requests: REQUESTS };
const PARAMS: RequestParams = {
  nonce: 7n,
  release: parseReleaseId(id("release")),
  input: [1n, 2n ** 253n - 1n],
  policy: allOf([requireSignature(), requireZk("any")], 9n),
  token: `0x${"33".repeat(20)}`,
  minFee: 10n ** 15n,
  maxFee: 2n * 10n ** 15n,
  rampStart: 1_600_000_000,
  stake: 10n ** 18n,
  bond: 10n ** 17n,
  cover: 3n,
  maxGasPrice: 10n ** 10n,
  verificationGas: 400_000,
  callbackGas: 50_000,
  provisionalGas: 40_000,
  lockDeadline: 1_700_000_000,
  deadline: 1_700_000_600,
};
/** The type as contracts/types/Request.sol has it. */
const TYPE =
  "Request(address requester,uint256 nonce,bytes32 release,bytes32 inputHash,Policy policy,address token,uint96 minFee,uint96 maxFee,uint40 rampStart,uint80 stake,uint80 bond,uint80 cover,uint64 maxGasPrice,uint32 verificationGas,uint32 callbackGas,uint32 provisionalGas,uint40 lockDeadline,uint40 deadline)Clause(Requirement[] anyOf)Policy(Clause[] allOf,uint128 minStake)Requirement(uint8 kind,uint64 params,bytes32 pin)";

/** What the contract computes, step by step. */
function digestByHand(params: RequestParams): string {
  const abi = AbiCoder.defaultAbiCoder();
  const word = "uint256";
  const separator = keccak256(
    abi.encode(
      ["bytes32", "bytes32", "bytes32", word, "address"],
      [
        id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        id("Vouch Requests"),
        id("1"),
        DOMAIN.chainId,
        REQUESTS,
      ],
    ),
  );
  const { rampStart, stake, bond, cover, maxGasPrice, verificationGas, callbackGas } = params;
  const struct = abi.encode(
    [
      ...["bytes32", "address", word, "bytes32", "bytes32", "bytes32", "address"],
      ...Array<string>(12).fill(word),
    ],
    [
      ...[id(TYPE), REQUESTER, params.nonce, params.release, hashOfWords(params.input)],
      ...[policyHash(params.policy), params.token, params.minFee, params.maxFee, rampStart],
      ...[stake, bond, cover, maxGasPrice, verificationGas, callbackGas, params.provisionalGas],
      ...[params.lockDeadline, params.deadline],
    ],
  );
  return keccak256(concat(["0x1901", separator, keccak256(struct)]));
}

describe("requestTypedData", () => {
  it("has the type of the contract", () => {
    const { types } = requestTypedData(DOMAIN, REQUESTER, PARAMS);
    expect(TypedDataEncoder.from(types).encodeType("Request")).to.equal(TYPE);
  });
});

describe("requestDigest", () => {
  it("is what the contract computes", () => {
    expect(requestDigest(DOMAIN, REQUESTER, PARAMS)).to.equal(digestByHand(PARAMS));
  });

  const changes: readonly Partial<RequestParams>[] = [
    { nonce: 8n },
    { release: parseReleaseId(id("other")) },
    { input: [1n] },
    { policy: allOf([requireSignature()], 9n) },
    { policy: { ...PARAMS.policy, minStake: 8n } },
    { token: REQUESTS },
    { minFee: 1n },
    { maxFee: 1n },
    { rampStart: 1 },
    { stake: 1n },
    { bond: 1n },
    { cover: 1n },
    { maxGasPrice: 1n },
    { verificationGas: 1 },
    { callbackGas: 1 },
    { provisionalGas: 1 },
    { lockDeadline: 1 },
    { deadline: 1 },
  ];
  for (const change of changes) {
    it(`differs for another ${Object.keys(change).join()}`, () => {
      const digest = requestDigest(DOMAIN, REQUESTER, { ...PARAMS, ...change });
      expect(digest).not.to.equal(requestDigest(DOMAIN, REQUESTER, PARAMS));
    });
  }

  it("differs for another requester, chain and contract", () => {
    const digests = [
      requestDigest(DOMAIN, REQUESTER, PARAMS),
      requestDigest(DOMAIN, REQUESTS, PARAMS),
      requestDigest({ ...DOMAIN, chainId: 1n }, REQUESTER, PARAMS),
      requestDigest({ ...DOMAIN, requests: REQUESTER }, REQUESTER, PARAMS),
    ];
    expect(new Set(digests).size).to.equal(digests.length);
  });
});
