import type { RequestParams } from "@vouch/protocol";
import {
  allOf,
  decodeRequestParams,
  NATIVE_TOKEN,
  encodeRequestParams,
  escrowOf,
  parseReleaseId,
  requireSignature,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";

const params: RequestParams = {
  nonce: 7n,
  release: parseReleaseId(id("release")),
  input: [1n, 2n ** 253n - 1n],
  policy: allOf([requireSignature()], 9n),
  token: NATIVE_TOKEN,
  minFee: 10n ** 15n,
  maxFee: 10n ** 15n,
  rampStart: 0,
  stake: 10n ** 18n,
  bond: 0n,
  cover: 0n,
  maxGasPrice: 10n ** 10n,
  verificationGas: 400_000,
  callbackGas: 50_000,
  provisionalGas: 0,
  lockDeadline: 1_700_000_000,
  deadline: 1_700_000_600,
};

describe("escrowOf", () => {
  it("is the fee and all gas at the highest price", () => {
    expect(escrowOf(params)).to.equal(10n ** 15n + 450_000n * 10n ** 10n);
    expect(escrowOf({ ...params, maxGasPrice: 0n })).to.equal(params.maxFee);
  });
});

describe("encodeRequestParams", () => {
  it("is inverted by decodeRequestParams over what ethers decodes", () => {
    const encoded = encodeRequestParams(params);
    const decoded = decodeRequestParams({
      ...encoded,
      policy: {
        allOf: encoded.policy.allOf.map(({ anyOf }) => ({
          anyOf: anyOf.map((it) => ({ ...it, kind: BigInt(it.kind) })),
        })),
        minStake: encoded.policy.minStake,
      },
      verificationGas: BigInt(encoded.verificationGas),
      callbackGas: BigInt(encoded.callbackGas),
      provisionalGas: BigInt(encoded.provisionalGas),
      rampStart: BigInt(encoded.rampStart),
      lockDeadline: BigInt(encoded.lockDeadline),
      deadline: BigInt(encoded.deadline),
    });
    expect(decoded).to.deep.equal(params);
  });
});
