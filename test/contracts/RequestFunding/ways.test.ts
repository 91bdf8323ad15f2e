import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { MaxUint256, ZeroAddress } from "ethers";
import type {
  TokenAuthorization,
  TokenPermit,
} from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { FundingScenario } from "../../helpers/fundingScenario.ts";
import {
  FUNDS,
  deployFundingScenario,
  signAuthorization,
  signPermit,
  signPermit2,
  signRequest,
  transferOf,
} from "../../helpers/fundingScenario.ts";
import type { Params } from "../../helpers/vouchScenario.ts";
import { FEE, GOOD, escrowOf, sign } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployFundingScenario);

/** A way to pay: `owner` signs, or approves, exactly what pays for `terms`; then it is sent, with a request's signature. */
type Way = {
  readonly token: (scenario: FundingScenario) => TokenPermit | TokenAuthorization;
  readonly fund: (
    scenario: FundingScenario,
    owner: HardhatEthersSigner,
    terms: Params,
  ) => Promise<(terms: Params, signature: string) => Promise<ContractTransactionResponse>>;
};

const WAYS: Record<string, Way> = {
  requestWithAllowance: {
    token: ({ permitToken }) => permitToken,
    fund: async ({ funding, relayer, permitToken }, owner, terms) => {
      await permitToken.connect(owner).approve(funding, escrowOf(terms));
      return (sent, signature) =>
        funding.connect(relayer).requestWithAllowance(owner, sent, signature);
    },
  },
  requestWithPermit: {
    token: ({ permitToken }) => permitToken,
    fund: async (scenario, owner, terms) => {
      const { funding, relayer, permitToken } = scenario;
      const transfer = await transferOf(scenario, terms, owner.address);
      const permit = await signPermit(scenario, permitToken, owner, transfer);
      return (sent, signature) =>
        funding.connect(relayer).requestWithPermit(owner, sent, signature, permit);
    },
  },
  requestWithAuthorization: {
    token: ({ authorizationToken }) => authorizationToken,
    fund: async (scenario, owner, terms) => {
      const { funding, relayer, authorizationToken } = scenario;
      const transfer = await transferOf(scenario, terms, owner.address);
      const authorization = await signAuthorization(scenario, authorizationToken, owner, transfer);
      return (sent, signature) =>
        funding.connect(relayer).requestWithAuthorization(owner, sent, signature, authorization);
    },
  },
  requestWithPermit2: {
    token: ({ permitToken }) => permitToken,
    fund: async (scenario, owner, terms) => {
      const { funding, relayer, permitToken, permit2 } = scenario;
      await permitToken.connect(owner).approve(permit2, MaxUint256);
      const transfer = await transferOf(scenario, terms, owner.address);
      const signed = await signPermit2(scenario, terms.token, owner, transfer);
      return (sent, signature) =>
        funding.connect(relayer).requestWithPermit2(owner, sent, signature, signed);
    },
  },
};

for (const [method, way] of Object.entries(WAYS)) {
  const prepared = async () => {
    const scenario = await deployed();
    const token = way.token(scenario);
    const terms = await scenario.params({ token: await token.getAddress() });
    const signature = await signRequest(scenario, scenario.requester, terms);
    const send = await way.fund(scenario, scenario.requester, terms);
    const request = await scenario.requests.requestIdOf(scenario.requester, terms.nonce);
    return { ...scenario, token, terms, signature, send, request };
  };

  describe(`RequestFunding.${method}`, () => {
    it("takes exactly the escrow, from the requester, into the request", async () => {
      const { funding, requests, requester, relayer, token, terms, request, ...rest } =
        await prepared();
      const sent = await rest.send(terms, rest.signature);
      const escrow = escrowOf(terms);
      await expect(sent).to.emit(requests, "InferenceRequested");
      await expect(sent).to.changeTokenBalances(
        connection.ethers,
        token,
        [requester, requests, funding, relayer],
        [-escrow, escrow, 0n, 0n],
      );
      expect(await requests.statusOf(request)).to.equal(1n);
      expect(await requests.requesterOf(request)).to.equal(requester.address);
    });

    it("leaves no allowance behind, neither to it nor from it", async () => {
      const { funding, requests, requester, token, terms, signature, send } = await prepared();
      await send(terms, signature);
      expect(await token.allowance(requester, funding)).to.equal(0n);
      expect(await token.allowance(funding, requests)).to.equal(0n);
    });

    it("pays operator, publisher and requester out of it, and the sender nothing", async () => {
      const { requests, requester, operator, publisher, relayer, token, terms, request, ...rest } =
        await prepared();
      await rest.send(terms, rest.signature);
      await requests.connect(operator).lock(request, terms);
      const evidence = [await sign(operator, rest.domain, rest.claim(request, terms))];
      await requests.fulfil(request, terms, GOOD, evidence);
      const credits = await Promise.all(
        [operator, publisher, requester].map((it) => requests.creditOf(terms.token, it)),
      );
      expect(credits.reduce((a, b) => a + b)).to.equal(escrowOf(terms));
      expect(await requests.creditOf(terms.token, relayer)).to.equal(0n);
      for (const party of [operator, publisher, requester]) {
        await requests.connect(party).withdraw(terms.token, party.address);
      }
      expect(await token.balanceOf(requests)).to.equal(0n);
    });

    describe("when the request is cancelled", () => {
      it("refunds the requester, not the sender", async () => {
        const { requests, requester, token, terms, signature, send, request } = await prepared();
        await send(terms, signature);
        await requests.connect(requester).cancel(request, terms);
        await requests.connect(requester).withdraw(terms.token, requester.address);
        expect(await token.balanceOf(requester)).to.equal(FUNDS);
      });
    });

    const others: [string, (terms: Params) => Params][] = [
      ["a lower deadline", (it) => ({ ...it, deadline: it.deadline - 1n })],
      ["another input", (it) => ({ ...it, input: [it.input[0]! ^ 1n] })],
      ["no stake demanded", (it) => ({ ...it, stake: 0n, bond: 0n })],
    ];
    for (const [what, change] of others) {
      describe(`when the parameters sent have ${what}`, () => {
        it("reverts with RequestSignatureInvalid, and takes nothing", async () => {
          const { requests, requester, token, terms, signature, send } = await prepared();
          await expect(send(change(terms), signature))
            .to.be.revertedWithCustomError(requests, "RequestSignatureInvalid")
            .withArgs(requester.address);
          expect(await token.balanceOf(requester)).to.equal(FUNDS);
        });
      });
    }

    describe("when somebody else signed the request", () => {
      it("reverts with RequestSignatureInvalid: nobody asks at another's expense", async () => {
        const scenario = await prepared();
        const { requests, requester, stranger, token, terms, send } = scenario;
        for (const as of [stranger.address, requester.address]) {
          const forged = await signRequest(scenario, stranger, terms, as);
          await expect(send(terms, forged)).to.be.revertedWithCustomError(
            requests,
            "RequestSignatureInvalid",
          );
        }
        expect(await token.balanceOf(requester)).to.equal(FUNDS);
      });
    });

    describe("when it is sent a second time", () => {
      it("reverts, with funds and allowance for another one at hand", async () => {
        const { funding, requester, permit2, token, terms, signature, send } = await prepared();
        await send(terms, signature);
        for (const spender of [funding, permit2]) {
          await token.connect(requester).approve(spender, MaxUint256);
        }
        await expect(send(terms, signature)).to.revert(connection.ethers);
        expect(await token.balanceOf(requester)).to.equal(FUNDS - escrowOf(terms));
      });
    });

    describe("when somebody else has paid for the request already", () => {
      it("reverts with RequestNonceUsed, and takes nothing from the requester", async () => {
        const { requests, requester, stranger, token, terms, signature, send } = await prepared();
        await token.mint(stranger, FUNDS);
        await token.connect(stranger).approve(requests, FUNDS);
        await requests.connect(stranger).requestFor(requester, terms, signature);
        await expect(send(terms, signature)).to.be.revertedWithCustomError(
          requests,
          "RequestNonceUsed",
        );
        expect(await token.balanceOf(requester)).to.equal(FUNDS);
      });
    });

    describe("when the requester holds less than the escrow", () => {
      it("reverts, also where tokens were left with the contract", async () => {
        const { funding, requester, stranger, token, terms, signature, send } = await prepared();
        await token.mint(funding, FUNDS);
        await token.connect(requester).transfer(stranger, FUNDS - escrowOf(terms) + 1n);
        await expect(send(terms, signature)).to.be.revertedWithCustomError(
          token,
          "ERC20InsufficientBalance",
        );
      });
    });

    describe("when the request is in the native token", () => {
      it("reverts with FundingTokenNative", async () => {
        const { funding, terms, signature, send } = await prepared();
        await expect(
          send({ ...terms, token: ZeroAddress }, signature),
        ).to.be.revertedWithCustomError(funding, "FundingTokenNative");
      });
    });

    describe("when the requester's fee and gas are paid at the highest that types allow", () => {
      it("takes that escrow", async () => {
        const scenario = await prepared();
        const { requester, requests, token } = scenario;
        const highest = {
          minFee: 2n ** 96n - 1n,
          maxFee: 2n ** 96n - 1n,
          maxGasPrice: 2n ** 64n - 1n,
          verificationGas: 2n ** 32n - 1n,
        };
        const terms = await scenario.params({ ...highest, token: await token.getAddress() });
        await token.mint(requester, escrowOf(terms));
        const signature = await signRequest(scenario, requester, terms);
        const send = await way.fund(scenario, requester, terms);
        await send(terms, signature);
        expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
      });
    });

    describe("when the fee rises", () => {
      it("takes the highest fee, and the requester gets back what a lock leaves", async () => {
        const scenario = await prepared();
        const { requester, requests, operator, token, domain, claim } = scenario;
        const terms = await scenario.params({
          token: await token.getAddress(),
          maxFee: 2n * FEE,
          verificationGas: 0n,
        });
        const signature = await signRequest(scenario, requester, terms);
        const send = await way.fund(scenario, requester, terms);
        await send(terms, signature);
        const request = await requests.requestIdOf(requester, terms.nonce);
        const half = (terms.rampStart + terms.lockDeadline) / 2n;
        await networkHelpers.time.setNextBlockTimestamp(half);
        await requests.connect(operator).lock(request, terms);
        const evidence = [await sign(operator, domain, claim(request, terms))];
        await requests.fulfil(request, terms, GOOD, evidence);
        expect(await requests.creditOf(terms.token, requester)).to.equal(FEE / 2n);
      });
    });
  });
}
