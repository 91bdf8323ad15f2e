import { expect } from "chai";
import { MaxUint256, ZeroAddress, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { TransferTerms } from "../../helpers/fundingScenario.ts";
import {
  FUNDS,
  deployFundingScenario,
  signPermit2,
  signRequest,
  transferOf,
} from "../../helpers/fundingScenario.ts";
import { escrowOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

async function prepared() {
  const scenario = await networkHelpers.loadFixture(deployFundingScenario);
  const { requester, params, permitToken: token, permit2 } = scenario;
  await token.connect(requester).approve(permit2, MaxUint256);
  const terms = await params({ token: await token.getAddress() });
  const signature = await signRequest(scenario, requester, terms);
  const transfer = await transferOf(scenario, terms, requester.address);
  return { ...scenario, token, terms, signature, transfer };
}

describe("RequestFunding.requestWithPermit2", () => {
  it("is deployed with Permit2 where it is on public chains", async () => {
    const { funding } = await prepared();
    expect(await funding.permit2()).to.equal("0x000000000022D473030F116dDEE9F6B43aC78BA3");
  });

  const others: [string, (it: TransferTerms) => TransferTerms][] = [
    ["its witness is another request", (it) => ({ ...it, request: id("another") })],
    ["its amount is above the escrow", (it) => ({ ...it, amount: it.amount + 1n })],
    ["its amount is below the escrow", (it) => ({ ...it, amount: it.amount - 1n })],
    ["its spender is another", (it) => ({ ...it, spender: ZeroAddress })],
  ];
  for (const [when, change] of others) {
    describe(`when the transfer is another: ${when}`, () => {
      it("reverts with Permit2's InvalidSigner", async () => {
        const scenario = await prepared();
        const { funding, permit2, requester, terms, signature } = scenario;
        const other = change(scenario.transfer);
        const signed = await signPermit2(scenario, terms.token, requester, other);
        await expect(
          funding.requestWithPermit2(requester, terms, signature, signed),
        ).to.be.revertedWithCustomError(permit2, "InvalidSigner");
      });
    });
  }

  describe("when it is over another token", () => {
    it("reverts with Permit2's InvalidSigner", async () => {
      const scenario = await prepared();
      const { funding, permit2, requester, terms, signature, transfer } = scenario;
      const other = await scenario.authorizationToken.getAddress();
      const signed = await signPermit2(scenario, other, requester, transfer);
      await expect(
        funding.requestWithPermit2(requester, terms, signature, signed),
      ).to.be.revertedWithCustomError(permit2, "InvalidSigner");
    });
  });

  describe("when somebody sends it to Permit2", () => {
    it("reverts with Permit2's InvalidSigner: nobody can spend it without the request", async () => {
      const scenario = await prepared();
      const { permit2, requester, stranger, terms, transfer } = scenario;
      const { nonce, deadline, signature } = await signPermit2(
        scenario,
        terms.token,
        requester,
        transfer,
      );
      await expect(
        permit2
          .connect(stranger)
          .permitWitnessTransferFrom(
            { permitted: { token: terms.token, amount: transfer.amount }, nonce, deadline },
            { to: stranger.address, requestedAmount: transfer.amount },
            requester,
            transfer.request,
            "bytes32 request)TokenPermissions(address token,uint256 amount)",
            signature,
          ),
      ).to.be.revertedWithCustomError(permit2, "InvalidSigner");
    });
  });

  describe("when its nonce is used", () => {
    it("reverts with Permit2's InvalidNonce", async () => {
      const scenario = await prepared();
      const { funding, permit2, requester, terms, signature, transfer } = scenario;
      const signed = await signPermit2(scenario, terms.token, requester, transfer, { nonce: 7n });
      await funding.requestWithPermit2(requester, terms, signature, signed);
      const next = await scenario.params({ token: terms.token });
      const nextTransfer = await transferOf(scenario, next, requester.address);
      const again = await signPermit2(scenario, terms.token, requester, nextTransfer, {
        nonce: 7n,
      });
      await expect(
        funding.requestWithPermit2(
          requester,
          next,
          await signRequest(scenario, requester, next),
          again,
        ),
      ).to.be.revertedWithCustomError(permit2, "InvalidNonce");
    });
  });

  describe("when it has expired", () => {
    it("reverts with Permit2's SignatureExpired", async () => {
      const scenario = await prepared();
      const { funding, permit2, requester, terms, signature, transfer } = scenario;
      const expired = { deadline: terms.rampStart };
      const signed = await signPermit2(scenario, terms.token, requester, transfer, expired);
      await expect(
        funding.requestWithPermit2(requester, terms, signature, signed),
      ).to.be.revertedWithCustomError(permit2, "SignatureExpired");
    });
  });

  describe("when the requester is a contract", () => {
    it("takes its signature (ERC-1271)", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, token, permit2, params } = scenario;
      const wallet = await ethers.deployContract("WalletMock", [requester]);
      const owner = await wallet.getAddress();
      await token.mint(wallet, FUNDS);
      const approval = [await permit2.getAddress(), MaxUint256] as const;
      await wallet.act(token, token.interface.encodeFunctionData("approve", [...approval]));
      const terms = await params({ token: await token.getAddress() });
      const signature = await signRequest(scenario, requester, terms, owner);
      const transfer = await transferOf(scenario, terms, owner);
      const signed = await signPermit2(scenario, terms.token, requester, transfer);
      await funding.requestWithPermit2(wallet, terms, signature, signed);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });
});
