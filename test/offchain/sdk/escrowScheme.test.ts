import type { EscrowTerms, FundingWay, Hex } from "@vouch/protocol";
import {
  allOf,
  escrowOf,
  escrowTermsToJson,
  findEscrowFault,
  hashOfWords,
  parseEscrowPayment,
  parseReleaseId,
  policyHash,
  requestIdOf,
  requestTypedData,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import type { EscrowAsk, X402Offer } from "@vouch/sdk";
import { SdkError, escrowScheme } from "@vouch/sdk";
import { expect } from "chai";
import { Wallet, id, verifyTypedData } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const address = (byte: string): Hex => `0x${byte.repeat(20)}`;
const SIGNER = new Wallet(id("vouch.test.requester"));
const REQUESTER = SIGNER.address.toLowerCase() as Hex;
const NOW = 1_700_000_000;
const ask: EscrowAsk = {
  ...{ chainId: 31_337n, requests: address("a1"), funding: address("a2"), token: address("a3") },
  ...{ release: parseReleaseId(id("release")), input: [7n, 8n] },
  ...{ policy: allOf([requireSignature()]), maxEscrow: 1_300n, maxSeconds: 900 },
};
const terms: EscrowTerms = {
  ...{ requests: ask.requests, funding: ask.funding, release: ask.release },
  ...{ inputHash: hashOfWords(ask.input), policyHash: policyHash(ask.policy) },
  ...{ ways: ["authorization", "permit2", "permit", "allowance"], fee: 1_000n },
  ...{ stake: 5n, bond: 4n, maxGasPrice: 3n, verificationGas: 100 },
  ...{ lockSeconds: 120, seconds: 900 },
};

function offerOf(change: Partial<EscrowTerms> = {}, outer: Partial<X402Offer> = {}): X402Offer {
  const changed = { ...terms, ...change };
  const { fee: maxFee, verificationGas, maxGasPrice } = changed;
  const amount = escrowOf({
    ...{ maxFee, verificationGas, maxGasPrice, callbackGas: 0, provisionalGas: 0 },
  });
  return {
    ...{ scheme: "vouch-escrow", network: "eip155:31337", asset: ask.token },
    ...{ amount: amount.toString(), payTo: ask.requests },
    extra: { name: "Token", version: "2", escrow: escrowTermsToJson(changed) },
    ...outer,
  };
}

const sign = async (offer: X402Offer, change: Partial<EscrowAsk> = {}) => {
  const deps = { signer: SIGNER, now: () => NOW, permitNonce: () => Promise.resolve(9n) };
  const made = await escrowScheme({ ...ask, ...change }, deps).createPaymentPayload(2, offer);
  return parseEscrowPayment(JSON.parse(JSON.stringify(made.payload)));
};

describe("escrowScheme", () => {
  it("signs the request of the ask, and nothing that the terms do not say", async () => {
    const { requester, params, signature } = await sign(offerOf());
    expect(requester).to.equal(REQUESTER);
    expect(params).to.deep.include({ release: ask.release, input: ask.input, policy: ask.policy });
    expect(params).to.deep.include({ minFee: 1_000n, maxFee: 1_000n, stake: 5n, bond: 4n });
    expect(params).to.include({ lockDeadline: NOW + 120, deadline: NOW + 900 });
    expect(findEscrowFault(terms, ask.token, params)).to.equal(undefined);
    const typed = requestTypedData(ask, REQUESTER, params);
    const by = verifyTypedData(typed.domain, typed.types, typed.value, signature);
    expect(by.toLowerCase()).to.equal(REQUESTER);
  });

  it("draws a nonce for each payment", async () => {
    const nonces = await Promise.all([sign(offerOf()), sign(offerOf())]);
    expect(nonces[0].params.nonce).to.not.equal(nonces[1].params.nonce);
  });

  it("pays by an authorization whose nonce is the request, over exactly the escrow", async () => {
    const { params, funding } = await sign(offerOf());
    if (funding.way !== "authorization") throw new TypeError(funding.way);
    const field = (name: string, type: string) => ({ name, type });
    const types = {
      ReceiveWithAuthorization: [
        ...[field("from", "address"), field("to", "address"), field("value", "uint256")],
        ...[field("validAfter", "uint256"), field("validBefore", "uint256")],
        field("nonce", "bytes32"),
      ],
    };
    const domain = { name: "Token", version: "2", chainId: 31_337n, verifyingContract: ask.token };
    const value = {
      ...{ from: REQUESTER, to: ask.funding, value: 1_300n, validAfter: 0n },
      ...{ validBefore: BigInt(NOW + 121), nonce: requestIdOf(ask, REQUESTER, params.nonce) },
    };
    const by = verifyTypedData(domain, types, value, funding.signature);
    expect(by.toLowerCase()).to.equal(REQUESTER);
  });

  for (const way of ["authorization", "permit2", "permit", "allowance"] as const) {
    it(`takes the way '${way}' where it is the requester's`, async () => {
      expect((await sign(offerOf(), { ways: [way] })).funding.way).to.equal(way);
    });
  }

  describe("given an offer that is not of the ask", () => {
    const other = address("ee");
    const offers: Readonly<Record<string, X402Offer>> = {
      scheme: offerOf({}, { scheme: "exact" }),
      network: offerOf({}, { network: "eip155:1" }),
      asset: offerOf({}, { asset: other }),
      payTo: offerOf({}, { payTo: other }),
      requests: offerOf({ requests: other }),
      funding: offerOf({ funding: other }),
      release: offerOf({ release: parseReleaseId(id("another")) }),
      inputHash: offerOf({ inputHash: hashOfWords([7n, 9n]) }),
      policyHash: offerOf({ policyHash: policyHash(allOf([requireZk("any")])) }),
      "amount beside its terms": offerOf({}, { amount: "1299" }),
      "amount above the limit": offerOf({ fee: 1_001n }),
      seconds: offerOf({ seconds: 901 }),
      ways: offerOf({ ways: ["allowance"] }),
    };
    for (const [field, offer] of Object.entries(offers)) {
      it(`signs nothing: ${field}`, async () => {
        const signer = {
          getAddress: () => SIGNER.getAddress(),
          signTypedData: () => Promise.reject(new TypeError("it signed")),
        };
        const error: unknown = await escrowScheme(ask, { signer, now: () => NOW })
          .createPaymentPayload(2, offer)
          .catch((it: unknown) => it);
        if (!(error instanceof SdkError) || error.data.code !== "ESCROW_REFUSED") throw error;
        expect(error.data.field).to.equal(field.split(" ")[0]);
      });
    }

    it("names terms that cannot be read", async () => {
      const offer = offerOf({}, { extra: { escrow: { fee: -1 } } });
      expect(await codeOfPromise(sign(offer))).to.equal("ESCROW_MALFORMED");
    });
  });

  it("asks for no permit whose nonce nobody tells it", async () => {
    const scheme = escrowScheme(
      { ...ask, ways: ["permit" satisfies FundingWay] },
      { signer: SIGNER, now: () => NOW },
    );
    expect(await codeOfPromise(scheme.createPaymentPayload(2, offerOf()))).to.equal(
      "ESCROW_REFUSED",
    );
  });
});

describe("findEscrowFault", () => {
  it("names each parameter that is not as the terms have it", async () => {
    const { params } = await sign(offerOf());
    const faults = {
      release: { release: parseReleaseId(id("another")) },
      inputHash: { input: [7n] },
      policyHash: { policy: allOf([requireZk("any")]) },
      token: { token: address("ee") },
      ...{ minFee: { minFee: 1n }, maxFee: { maxFee: 1_001n }, stake: { stake: 4n } },
      ...{ bond: { bond: 3n }, cover: { cover: 1n }, maxGasPrice: { maxGasPrice: 4n } },
      ...{ verificationGas: { verificationGas: 99 }, callbackGas: { callbackGas: 1 } },
      ...{ provisionalGas: { provisionalGas: 1 }, answerSeconds: { deadline: NOW + 899 } },
    };
    for (const [name, change] of Object.entries(faults))
      expect(findEscrowFault(terms, ask.token, { ...params, ...change })).to.equal(name);
  });
});
