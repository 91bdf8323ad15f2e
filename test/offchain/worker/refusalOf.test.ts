import type { RequestParams } from "@vouch/protocol";
import {
  NATIVE_TOKEN,
  allOf,
  parseAddress,
  parseReleaseId,
  requireSignature,
} from "@vouch/protocol";
import { gasLimitOf, messageOf, refusalOf } from "@vouch/worker";
import { expect } from "chai";
import { makeError } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";

const NOW = 1_700_000_000;
const GWEI = 10n ** 9n;
const TOKEN = parseAddress(`0x${"7a".repeat(20)}`);
const acceptance = {
  minFee: 5n,
  tokens: new Map([[TOKEN, { minFee: 50n, minGasPrice: 3n }]]),
  minVerificationGas: 200_000,
  maxCallbackGas: 1_000_000,
  minServeSeconds: 30,
  maxHorizonSeconds: 86_400,
};
const params: RequestParams = {
  nonce: 7n,
  release: parseReleaseId(`0x${"12".repeat(32)}`),
  input: [1n],
  policy: allOf([requireSignature()]),
  token: NATIVE_TOKEN,
  minFee: 5n,
  maxFee: 5n,
  rampStart: 0,
  stake: 0n,
  bond: 0n,
  cover: 0n,
  maxGasPrice: 2n * GWEI,
  verificationGas: 200_000,
  callbackGas: 1_000_000,
  provisionalGas: 0,
  lockDeadline: NOW + 86_400,
  deadline: NOW + 90_000,
};

describe("refusalOf", () => {
  it("refuses for good what is wrong for good, before it waits for a fee that rises", () => {
    const rising = { ...params, minFee: 4n, maxFee: 6n, lockDeadline: NOW + 86_401 };
    expect(refusalOf(rising, acceptance, NOW, 0n)).to.include("can be locked for more");
  });

  it("accepts a request at every limit", () => {
    expect(refusalOf(params, acceptance, NOW, 2n * GWEI)).to.equal(undefined);
    const late = { ...params, lockDeadline: NOW + 1, deadline: NOW + 30 };
    expect(refusalOf(late, acceptance, NOW, 0n)).to.equal(undefined);
  });

  const refused: Readonly<Record<string, Partial<RequestParams>>> = {
    "the fee of 4 wei": { minFee: 4n, maxFee: 4n },
    "199999 gas": { verificationGas: 199_999 },
    "1000001 gas, and settlement leaves 1000000": { callbackGas: 1_000_001 },
    "29 s are left": { lockDeadline: NOW + 1, deadline: NOW + 29 },
    "more than 86400 s": { lockDeadline: NOW + 86_401 },
  };
  for (const [reason, change] of Object.entries(refused)) {
    it(`refuses one past a limit: ${reason}`, () => {
      expect(refusalOf({ ...params, ...change }, acceptance, NOW, 0n)).to.contain(reason);
    });
  }

  it("refuses any where not even settlement fits one transaction", () => {
    const full = { ...acceptance, maxCallbackGas: -1 };
    expect(refusalOf({ ...params, callbackGas: 0 }, full, NOW, 0n)).to.contain("leaves 0");
  });

  it("puts a request off while gas costs more than it reimburses", () => {
    const code = codeOf(() => refusalOf(params, acceptance, NOW, 2n * GWEI + 1n));
    expect(code).to.equal("GAS_PRICE_TOO_HIGH");
  });
});

describe("refusalOf a request in a token", () => {
  const inToken = { ...params, token: TOKEN, minFee: 50n, maxFee: 50n, maxGasPrice: 3n };

  it("accepts at every limit of the token, whatever gas costs in the native one", () => {
    expect(refusalOf(inToken, acceptance, NOW, 100n * GWEI)).to.equal(undefined);
  });

  const refused: Readonly<Record<string, Partial<RequestParams>>> = {
    "the fee of 49": { minFee: 49n, maxFee: 49n },
    "it pays 2": { maxGasPrice: 2n },
    "199999 gas": { verificationGas: 199_999 },
  };
  for (const [reason, change] of Object.entries(refused)) {
    it(`refuses one past a limit: ${reason}`, () => {
      expect(refusalOf({ ...inToken, ...change }, acceptance, NOW, 0n)).to.contain(reason);
    });
  }

  it("refuses a token that the operator does not name, however much is paid", () => {
    const token = parseAddress(`0x${"7b".repeat(20)}`);
    const refusal = refusalOf({ ...inToken, token, maxFee: 10n ** 20n }, acceptance, NOW, 0n);
    expect(refusal).to.equal(`it is paid in the token ${token}`);
  });

  it("waits for a fee that rises to the token's least", () => {
    const rising = { ...inToken, minFee: 0n, rampStart: NOW };
    expect(codeOf(() => refusalOf(rising, acceptance, NOW, 0n))).to.equal("FEE_TOO_LOW");
  });
});

describe("gasLimitOf", () => {
  it("spares a tenth, and asks for no more than a transaction may take", () => {
    expect(gasLimitOf(400_000n)).to.equal(440_000n);
    expect(gasLimitOf(15_579_449n)).to.equal(2n ** 24n);
  });
});

describe("messageOf", () => {
  it("keeps calldata and URLs of ethers' long messages out of logs", () => {
    const info = { requestUrl: "https://node.example/secret-key", responseBody: "0x1234" };
    const error = makeError("server response 500", "SERVER_ERROR", { request: "", info });
    expect(error.message).to.contain("secret-key");
    expect(messageOf(error)).to.equal("server response 500");
  });

  it("is the first line of any other error", () => {
    expect(messageOf(new Error("first\nsecond"))).to.equal("first");
    expect(messageOf("text")).to.equal("text");
  });
});
