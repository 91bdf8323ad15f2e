import { expect } from "chai";
import { concat, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { TransferTerms } from "../../helpers/fundingScenario.ts";
import {
  FUNDS,
  deployFundingScenario,
  signAuthorization,
  signRequest,
  transferOf,
} from "../../helpers/fundingScenario.ts";
import { escrowOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

async function prepared() {
  const scenario = await networkHelpers.loadFixture(deployFundingScenario);
  const { requester, params, authorizationToken: token } = scenario;
  const terms = await params({ token: await token.getAddress() });
  const signature = await signRequest(scenario, requester, terms);
  const transfer = await transferOf(scenario, terms, requester.address);
  return { ...scenario, token, terms, signature, transfer };
}

describe("RequestFunding.requestWithAuthorization", () => {
  const others: [string, (it: TransferTerms) => TransferTerms][] = [
    ["its nonce is not the request's id", (it) => ({ ...it, request: id("another") })],
    ["its value is above the escrow", (it) => ({ ...it, amount: it.amount + 1n })],
    ["its value is below the escrow", (it) => ({ ...it, amount: it.amount - 1n })],
  ];
  for (const [when, change] of others) {
    describe(`when the authorization is another: ${when}`, () => {
      it("reverts with the token's ERC3009InvalidSignature", async () => {
        const scenario = await prepared();
        const { funding, requester, token, terms, signature } = scenario;
        const other = change(scenario.transfer);
        const authorization = await signAuthorization(scenario, token, requester, other);
        await expect(
          funding.requestWithAuthorization(requester, terms, signature, authorization),
        ).to.be.revertedWithCustomError(token, "ERC3009InvalidSignature");
      });
    });
  }

  describe("when it was made for another request of the same requester", () => {
    it("reverts with the token's ERC3009InvalidSignature", async () => {
      const scenario = await prepared();
      const { funding, requester, token, terms, transfer } = scenario;
      const authorization = await signAuthorization(scenario, token, requester, transfer);
      const next = await scenario.params({ token: terms.token });
      const signature = await signRequest(scenario, requester, next);
      await expect(
        funding.requestWithAuthorization(requester, next, signature, authorization),
      ).to.be.revertedWithCustomError(token, "ERC3009InvalidSignature");
    });
  });

  describe("when somebody sends it to the token", () => {
    it("reverts with the token's ERC20InvalidReceiver: nobody can spend it without the request", async () => {
      const scenario = await prepared();
      const { requester, stranger, token, transfer } = scenario;
      const { validAfter, validBefore, signature } = await signAuthorization(
        scenario,
        token,
        requester,
        transfer,
      );
      const { v, r, s } = ethers.Signature.from(signature);
      const send = token
        .connect(stranger)
        .getFunction(
          "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
        );
      const { spender, amount, request } = transfer;
      await expect(
        send(requester, spender, amount, validAfter, validBefore, request, v, r, s),
      ).to.be.revertedWithCustomError(token, "ERC20InvalidReceiver");
    });
  });

  describe("when it has expired", () => {
    it("reverts with the token's ERC3009InvalidAuthorizationTime", async () => {
      const scenario = await prepared();
      const { funding, requester, token, terms, signature, transfer } = scenario;
      const expired = { validBefore: terms.rampStart };
      const authorization = await signAuthorization(scenario, token, requester, transfer, expired);
      await expect(
        funding.requestWithAuthorization(requester, terms, signature, authorization),
      ).to.be.revertedWithCustomError(token, "ERC3009InvalidAuthorizationTime");
    });
  });

  describe("when it is used", () => {
    it("reverts with the token's ERC3009UsedAuthorization", async () => {
      const scenario = await prepared();
      const { funding, requester, token, terms, signature, transfer } = scenario;
      const authorization = await signAuthorization(scenario, token, requester, transfer);
      await funding.requestWithAuthorization(requester, terms, signature, authorization);
      await expect(
        funding.requestWithAuthorization(requester, terms, signature, authorization),
      ).to.be.revertedWithCustomError(token, "ERC3009UsedAuthorization");
    });
  });

  describe("when the requester is a contract with signatures of its own", () => {
    it("brings them to the token as bytes", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, token, params } = scenario;
      const wallet = await ethers.deployContract("WalletPrefixed", [requester]);
      const from = await wallet.getAddress();
      await token.mint(wallet, FUNDS);
      const terms = await params({ token: await token.getAddress() });
      const signature = concat(["0x00", await signRequest(scenario, requester, terms, from)]);
      const transfer = await transferOf(scenario, terms, from);
      const plain = await signAuthorization(scenario, token, requester, transfer, { from });
      const prefixed = { ...plain, signature: concat(["0x00", plain.signature]) };
      await funding.requestWithAuthorization(wallet, terms, signature, prefixed);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });

  describe("given a token whose nonces have an order", () => {
    it("reverts with the token's InvalidAccountNonce", async () => {
      const scenario = await prepared();
      const { funding, requester, params } = scenario;
      const token = await ethers.deployContract("TokenOrderedAuthorization");
      await token.mint(requester, FUNDS);
      const terms = await params({ token: await token.getAddress() });
      const signature = await signRequest(scenario, requester, terms);
      const transfer = await transferOf(scenario, terms, requester.address);
      const authorization = await signAuthorization(scenario, token, requester, transfer);
      await expect(
        funding.requestWithAuthorization(requester, terms, signature, authorization),
      ).to.be.revertedWithCustomError(token, "InvalidAccountNonce");
    });
  });
});
