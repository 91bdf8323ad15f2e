import { expect } from "chai";
import { concat } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FUNDS,
  deployFundingScenario,
  signPermit,
  signRequest,
  transferOf,
} from "../../helpers/fundingScenario.ts";
import type { FundingScenario } from "../../helpers/fundingScenario.ts";
import { escrowOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployFundingScenario);

type TestToken = "TokenFee" | "TokenNoReturn" | "TokenPlain" | "TokenReentrant" | "TokenSilent";

/** A request in a token of such a kind, whose requester holds it. */
async function withToken(scenario: FundingScenario, name: TestToken) {
  const token = await ethers.deployContract(name as "TokenPlain");
  const { requester, params } = scenario;
  await token.mint(requester, FUNDS);
  const terms = await params({ token: await token.getAddress() });
  const signature = await signRequest(scenario, requester, terms);
  return { token, terms, signature };
}

describe("RequestFunding.requestWithAllowance", () => {
  describe("given a token that returns nothing", () => {
    it("funds the request, and the next one", async () => {
      const scenario = await deployed();
      const { funding, requests, requester, params } = scenario;
      const { token, terms, signature } = await withToken(scenario, "TokenNoReturn");
      await token.connect(requester).approve(funding, FUNDS);
      await funding.requestWithAllowance(requester, terms, signature);
      const next = await params({ token: terms.token });
      const nextSignature = await signRequest(scenario, requester, next);
      await funding.requestWithAllowance(requester, next, nextSignature);
      expect(await token.balanceOf(requests)).to.equal(2n * escrowOf(terms));
    });
  });

  describe("given a token that takes a fee on transfer", () => {
    it("reverts, and nobody else's tokens make up for it", async () => {
      const scenario = await deployed();
      const { funding, requests, requester } = scenario;
      const { token, terms, signature } = await withToken(scenario, "TokenFee");
      await token.connect(requester).approve(funding, FUNDS);
      const send = () => funding.requestWithAllowance(requester, terms, signature);
      await expect(send()).to.be.revertedWithCustomError(token, "ERC20InsufficientBalance");
      await token.mint(funding, FUNDS);
      await expect(send()).to.be.revertedWithCustomError(requests, "EscrowNotReceived");
      expect(await token.balanceOf(funding)).to.equal(FUNDS);
    });
  });

  describe("given a token that calls back while it is taken", () => {
    const approved = async () => {
      const scenario = await deployed();
      const { funding, requester, params } = scenario;
      const first = await withToken(scenario, "TokenReentrant");
      const token = await ethers.getContractAt("TokenReentrant", first.token);
      await token.connect(requester).approve(funding, FUNDS);
      const second = await params({ token: first.terms.token });
      return { ...scenario, ...first, token, second };
    };

    it("makes a second request beside the first, each with its own escrow", async () => {
      const scenario = await approved();
      const { funding, requests, requester, token, terms, signature, second } = scenario;
      const inner = await signRequest(scenario, requester, second);
      await token.arm(
        funding,
        funding.interface.encodeFunctionData("requestWithAllowance", [
          requester.address,
          second,
          inner,
        ]),
      );
      await funding.requestWithAllowance(requester, terms, signature);
      expect(await token.reentered()).to.equal(true);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms) + escrowOf(second));
      expect(await token.balanceOf(funding)).to.equal(0n);
    });

    it("lends nobody the escrow that is on its way", async () => {
      const scenario = await approved();
      const { funding, requests, requester, stranger, token, terms, signature, second } = scenario;
      await token.connect(stranger).approve(funding, FUNDS);
      const inner = await signRequest(scenario, stranger, second);
      await token.arm(
        funding,
        funding.interface.encodeFunctionData("requestWithAllowance", [
          stranger.address,
          second,
          inner,
        ]),
      );
      await funding.requestWithAllowance(requester, terms, signature);
      expect(await token.reentered()).to.equal(false);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });

    it("cannot make the same request twice", async () => {
      const { funding, requests, requester, token, terms, signature } = await approved();
      await token.arm(
        funding,
        funding.interface.encodeFunctionData("requestWithAllowance", [
          requester.address,
          terms,
          signature,
        ]),
      );
      await expect(
        funding.requestWithAllowance(requester, terms, signature),
      ).to.be.revertedWithCustomError(requests, "RequestNonceUsed");
    });
  });

  describe("given a token that makes itself whole while it is taken", () => {
    it("reverts with FundingNotForwarded where more has come than went on", async () => {
      const scenario = await deployed();
      const { funding, requester } = scenario;
      const { token, terms, signature } = await withToken(scenario, "TokenReentrant");
      const reentrant = await ethers.getContractAt("TokenReentrant", token);
      await token.connect(requester).approve(funding, FUNDS);
      const mint = token.interface.encodeFunctionData("mint", [await funding.getAddress(), 1n]);
      await reentrant.arm(token, mint);
      await expect(funding.requestWithAllowance(requester, terms, signature))
        .to.be.revertedWithCustomError(funding, "FundingNotForwarded")
        .withArgs(terms.token, 1n, 0n);
    });
  });

  describe("given a token without code", () => {
    it("reverts", async () => {
      const scenario = await deployed();
      const { funding, requester, stranger, params } = scenario;
      const terms = await params({ token: stranger.address });
      const signature = await signRequest(scenario, requester, terms);
      await expect(funding.requestWithAllowance(requester, terms, signature)).to.revert(ethers);
    });
  });

  describe("given a requester that is a contract", () => {
    it("asks whether it signed (ERC-1271), and takes no for an answer", async () => {
      const scenario = await deployed();
      const { funding, requests, requester, relayer, params, permitToken: token } = scenario;
      const wallet = await ethers.deployContract("WalletMock", [requester]);
      const at = await wallet.getAddress();
      await token.mint(wallet, FUNDS);
      const approval = [await funding.getAddress(), FUNDS] as const;
      await wallet.act(token, token.interface.encodeFunctionData("approve", [...approval]));
      const terms = await params({ token: await token.getAddress() });
      const signature = await signRequest(scenario, requester, terms, at);
      const send = () => funding.connect(relayer).requestWithAllowance(wallet, terms, signature);
      await wallet.feel(1n);
      await expect(send()).to.be.revertedWithCustomError(requests, "RequestSignatureInvalid");
      await wallet.feel(0n);
      await expect(send()).to.changeTokenBalance(ethers, token, wallet, -escrowOf(terms));
    });
  });
});

describe("RequestFunding.requestWithPermit", () => {
  const prepared = async () => {
    const scenario = await deployed();
    const { requester, params, permitToken: token } = scenario;
    const terms = await params({ token: await token.getAddress() });
    const signature = await signRequest(scenario, requester, terms);
    const transfer = await transferOf(scenario, terms, requester.address);
    return { ...scenario, token, terms, signature, transfer };
  };

  it("costs the requester no transaction", async () => {
    const scenario = await prepared();
    const { funding, requester, relayer, token, terms, signature, transfer } = scenario;
    const permit = await signPermit(scenario, token, requester, transfer);
    const before = await ethers.provider.getTransactionCount(requester);
    const wei = await ethers.provider.getBalance(requester);
    await funding.connect(relayer).requestWithPermit(requester, terms, signature, permit);
    expect(await ethers.provider.getTransactionCount(requester)).to.equal(before);
    expect(await ethers.provider.getBalance(requester)).to.equal(wei);
  });

  describe("when somebody has sent the permit already", () => {
    it("goes on with the allowance that it made", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, stranger, token, terms, signature } = scenario;
      const permit = await signPermit(scenario, token, requester, scenario.transfer);
      const { v, r, s } = ethers.Signature.from(permit.signature);
      const send = token
        .connect(stranger)
        .getFunction("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)");
      await send(requester, funding, permit.value, permit.deadline, v, r, s);
      await funding.requestWithPermit(requester, terms, signature, permit);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });

  describe("when the permit is not the requester's and there is no allowance", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const scenario = await prepared();
      const { funding, requester, stranger, token, terms, signature, transfer } = scenario;
      const permit = await signPermit(scenario, token, stranger, transfer, {
        owner: requester.address,
      });
      await expect(
        funding.requestWithPermit(requester, terms, signature, permit),
      ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    });
  });

  describe("when the permit has expired", () => {
    it("reverts, but where an allowance is there already", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, token, terms, signature, transfer } = scenario;
      const permit = await signPermit(scenario, token, requester, transfer, { deadline: 1n });
      const send = () => funding.requestWithPermit(requester, terms, signature, permit);
      await expect(send()).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
      await token.connect(requester).approve(funding, escrowOf(terms));
      await send();
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });

  describe("when the permit is for less than the escrow", () => {
    it("reverts with the token's ERC20InsufficientAllowance", async () => {
      const scenario = await prepared();
      const { funding, requester, token, terms, signature, transfer } = scenario;
      const less = { ...transfer, amount: transfer.amount - 1n };
      const permit = await signPermit(scenario, token, requester, less);
      await expect(
        funding.requestWithPermit(requester, terms, signature, permit),
      ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    });
  });

  describe("when the permit is for more than the escrow", () => {
    it("leaves an allowance that only another signed request can use", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, stranger, token, terms, signature } = scenario;
      const more = { ...scenario.transfer, amount: FUNDS };
      const permit = await signPermit(scenario, token, requester, more);
      await funding.requestWithPermit(requester, terms, signature, permit);
      expect(await token.allowance(requester, funding)).to.equal(FUNDS - escrowOf(terms));
      const next = await scenario.params({ token: terms.token });
      const forged = await signRequest(scenario, stranger, next, requester.address);
      await expect(
        funding.connect(stranger).requestWithAllowance(requester, next, forged),
      ).to.be.revertedWithCustomError(requests, "RequestSignatureInvalid");
      const wanted = await signRequest(scenario, requester, next);
      await funding.connect(stranger).requestWithAllowance(requester, next, wanted);
    });
  });

  describe("when the signature is compact (ERC-2098)", () => {
    it("funds the request", async () => {
      const scenario = await prepared();
      const { funding, requests, requester, token, terms, signature, transfer } = scenario;
      const permit = await signPermit(scenario, token, requester, transfer);
      const { compactSerialized } = ethers.Signature.from(permit.signature);
      const compact = { ...permit, signature: compactSerialized };
      await funding.requestWithPermit(requester, terms, signature, compact);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });

  describe("when the requester is a contract with signatures of its own", () => {
    it("brings them to the token as bytes", async () => {
      const scenario = await deployed();
      const { funding, requests, requester, params, permitToken: token } = scenario;
      const wallet = await ethers.deployContract("WalletPrefixed", [requester]);
      const owner = await wallet.getAddress();
      await token.mint(wallet, FUNDS);
      const terms = await params({ token: await token.getAddress() });
      const signature = concat(["0x00", await signRequest(scenario, requester, terms, owner)]);
      const transfer = await transferOf(scenario, terms, owner);
      const permit = await signPermit(scenario, token, requester, transfer, { owner });
      const prefixed = { ...permit, signature: concat(["0x00", permit.signature]) };
      await funding.requestWithPermit(wallet, terms, signature, prefixed);
      expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
    });
  });

  describe("given a token whose fallback takes a permit for nothing", () => {
    it("reverts: what decides is the allowance", async () => {
      const scenario = await deployed();
      const { funding, requester, stranger } = scenario;
      const { token, terms, signature } = await withToken(scenario, "TokenSilent");
      const transfer = await transferOf(scenario, terms, requester.address);
      for (const permitSignature of [`0x${"11".repeat(64)}1b`, "0x"]) {
        const permit = { value: transfer.amount, deadline: 0n, signature: permitSignature };
        await expect(
          funding.connect(stranger).requestWithPermit(requester, terms, signature, permit),
        ).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
      }
    });
  });
});
