import type { FacilitatorClient } from "@x402/core/server";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { createLocalFacilitator } from "@vouch/gateway";
import type { EscrowTerms, FundingWay, Hex, ReleaseId } from "@vouch/protocol";
import {
  allOf,
  escrowOf,
  escrowTermsToJson,
  hashOfWords,
  policyHash,
  requestIdOf,
  requireSignature,
} from "@vouch/protocol";
import type { EscrowAsk } from "@vouch/sdk";
import { escrowScheme } from "@vouch/sdk";
import { expect } from "chai";
import { MaxUint256, Wallet, id } from "ethers";
import { connection } from "../helpers/deployVouch.ts";
import type { FundingScenario } from "../helpers/fundingScenario.ts";
import { FUNDS, deployFundingScenario } from "../helpers/fundingScenario.ts";
import { signerOver } from "../helpers/signerOver.ts";
import { INPUT } from "../helpers/vouchScenario.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";

const POLICY = allOf([requireSignature()]);
const FEE = 1_000n;

type Payment = { readonly payload: PaymentPayload; readonly requirements: PaymentRequirements };

describe("a facilitator of vouch-escrow", function () {
  this.timeout(60_000);
  let scenario: FundingScenario;
  let facilitator: FacilitatorClient;
  let assets: Readonly<Record<"permit" | "authorization", Hex>>;
  let requests: Hex;
  let funding: Hex;

  before(async () => {
    scenario = await deployFundingScenario();
    requests = (await scenario.requests.getAddress()).toLowerCase() as Hex;
    funding = (await scenario.funding.getAddress()).toLowerCase() as Hex;
    assets = {
      permit: (await scenario.permitToken.getAddress()).toLowerCase() as Hex,
      authorization: (await scenario.authorizationToken.getAddress()).toLowerCase() as Hex,
    };
    const key = new Wallet(id("vouch.test.facilitator"));
    await scenario.publisher.sendTransaction({ to: key.address, value: 10n ** 19n });
    facilitator = createLocalFacilitator(
      {
        chainId: scenario.domain.chainId,
        ...{ payees: [], assets: Object.values(assets), escrow: { requests, funding } },
      },
      { signer: signerOver(connection.provider, key.privateKey as Hex) },
    );
  });

  const tokenOf = (way: FundingWay) => (way === "authorization" ? "authorization" : "permit");
  /** Pays for a request by a way; the scenario's requester signs. */
  const sign = async (way: FundingWay, signer = scenario.requester): Promise<Payment> => {
    const kind = tokenOf(way);
    const { chainId } = scenario.domain;
    const ask: EscrowAsk = {
      ...{ chainId, requests, funding, token: assets[kind], policy: POLICY, input: INPUT },
      ...{ release: scenario.releaseId as ReleaseId, maxEscrow: 2n * FEE, maxSeconds: 900 },
      ways: [way],
    };
    const terms: EscrowTerms = {
      ...{ requests, funding, release: ask.release, inputHash: hashOfWords(INPUT) },
      ...{ policyHash: policyHash(POLICY), ways: [way], fee: FEE, stake: 0n, bond: 0n },
      ...{ maxGasPrice: 0n, verificationGas: 400_000, lockSeconds: 120, seconds: 900 },
    };
    const escrow = escrowOf({ ...terms, maxFee: FEE, callbackGas: 0, provisionalGas: 0 });
    const name = kind === "permit" ? "Permit" : "Authorization";
    const requirements: PaymentRequirements = {
      ...{ scheme: "vouch-escrow", network: `eip155:${chainId}`, asset: ask.token },
      ...{ amount: escrow.toString(), payTo: requests, maxTimeoutSeconds: 900 },
      extra: { name, version: "1", escrow: escrowTermsToJson(terms) },
    };
    const scheme = escrowScheme(ask, {
      signer,
      now: () => connection.networkHelpers.time.latest(),
      permitNonce: (owner) => scenario.permitToken.nonces(owner),
    });
    const { payload } = await scheme.createPaymentPayload(2, requirements);
    return { payload: { x402Version: 2, accepted: requirements, payload }, requirements };
  };
  const idOf = ({ payload: { payload } }: Payment) => {
    const { requester, params } = payload as { requester: Hex; params: { nonce: string } };
    return requestIdOf(
      { chainId: scenario.domain.chainId, requests },
      requester,
      BigInt(params.nonce),
    );
  };
  const settle = ({ payload, requirements }: Payment) => facilitator.settle(payload, requirements);
  const verify = ({ payload, requirements }: Payment) => facilitator.verify(payload, requirements);
  const paidWith = (way: FundingWay) =>
    (way === "authorization" ? scenario.authorizationToken : scenario.permitToken).balanceOf(
      scenario.requester,
    );

  for (const way of ["authorization", "permit", "permit2", "allowance"] as const) {
    it(`makes a request that is paid by the way '${way}', once`, async () => {
      const { permitToken, permit2, requester } = scenario;
      if (way === "permit2") await permitToken.connect(requester).approve(permit2, MaxUint256);
      if (way === "allowance") await permitToken.connect(requester).approve(funding, FEE);
      const before = await paidWith(way);
      const payment = await sign(way);
      expect(await verify(payment)).to.include({ isValid: true });
      const first = await settle(payment);
      expect(first).to.include({ success: true });
      expect(first.transaction).to.not.equal("");
      expect(await scenario.requests.requesterOf(idOf(payment))).to.equal(requester.address);
      // As a client does that was not told.
      expect(await settle(payment)).to.include({ success: true, transaction: "" });
      expect(await paidWith(way)).to.equal(before - FEE);
    });
  }

  describe("given a payment that is not what is required", () => {
    let payment: Payment;
    beforeEach(async () => {
      payment = await sign("authorization");
    });
    const outcomeOf = async (change: (it: Payment) => Payment) => {
      const changed = change(structuredClone(payment));
      const { isValid, invalidReason } = await verify(changed);
      expect(isValid).to.equal(false);
      const settled = await settle(changed);
      expect(settled).to.include({ success: false, transaction: "" });
      expect(await scenario.requests.requesterOf(idOf(payment))).to.match(/^0x0{40}$/);
      return invalidReason;
    };
    const inPayload =
      (change: (payload: Record<string, unknown>) => void) =>
      (it: Payment): Payment => {
        change(it.payload.payload);
        return it;
      };
    const inParams = (name: string, value: unknown) =>
      inPayload((payload) => {
        (payload["params"] as Record<string, unknown>)[name] = value;
      });

    it("names a parameter that the terms do not have so", async () => {
      expect(await outcomeOf(inParams("minFee", "0"))).to.equal("minFee");
      expect(await outcomeOf(inParams("cover", "1"))).to.equal("cover");
      expect(await outcomeOf(inParams("maxFee", "999"))).to.equal("amount");
    });

    it("refuses a request that its requester did not sign so", async () => {
      const nonce = inParams("rampStart", 5);
      expect(await outcomeOf(nonce)).to.equal("RequestSignatureInvalid");
    });

    it("refuses terms of other contracts", async () => {
      const reason = await outcomeOf((it) => {
        const terms = it.requirements.extra["escrow"] as Record<string, unknown>;
        terms["funding"] = `0x${"ee".repeat(20)}`;
        return it;
      });
      expect(reason).to.equal("funding");
    });

    it("refuses to spend gas for another payee, or in another token", async () => {
      for (const change of [{ payTo: `0x${"ee".repeat(20)}` }, { asset: `0x${"ee".repeat(20)}` }]) {
        const changed = { ...payment, requirements: { ...payment.requirements, ...change } };
        const verified = Promise.resolve().then(() => verify(changed));
        expect(await codeOfPromise(verified)).to.equal("FACILITATOR_REFUSED");
      }
    });

    it("refuses what cannot be read", async () => {
      const reason = await outcomeOf(
        inPayload((payload) => (payload["funding"] = { way: "gift" })),
      );
      expect(reason).to.contain("funding");
    });
  });

  it("refuses who has too little", async () => {
    const payment = await sign("authorization", scenario.stranger);
    const { isValid, invalidReason } = await verify(payment);
    expect({ isValid, invalidReason }).to.deep.equal({
      ...{ isValid: false, invalidReason: "0xe450d38c" }, // ERC20InsufficientBalance
    });
  });

  it("says nothing of a payment where the node does not answer", async () => {
    const key = new Wallet(id("vouch.test.facilitator"));
    const dead = signerOver(
      { request: () => Promise.reject(new Error("connection lost")) },
      key.privateKey as Hex,
    );
    const offline = createLocalFacilitator(
      {
        chainId: scenario.domain.chainId,
        ...{ payees: [], assets: Object.values(assets), escrow: { requests, funding } },
      },
      { signer: dead },
    );
    const { payload, requirements } = await sign("authorization");
    const answer = await offline.verify(payload, requirements).then(
      () => "answered",
      () => "threw",
    );
    expect(answer).to.equal("threw");
  });

  it("leaves the requester what it did not pay", async () => {
    const spent = [await paidWith("authorization"), await paidWith("permit")];
    expect(spent).to.deep.equal([FUNDS - FEE, FUNDS - 3n * FEE]);
  });
});
