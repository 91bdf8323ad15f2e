import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type {
  TokenPlain,
  TokenRebasing,
  TokenReentrant,
} from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { Params, Scenario } from "../../helpers/vouchScenario.ts";
import { ETHER, FEE, GOOD, deployScenario, escrowOf, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const FUNDS = 10n ** 24n;
const ROYALTY_BPS = 500n;
/** Gas that every settlement uses more of, so that what is reimbursed is exactly this. */
const LITTLE_GAS = 1_000n;

type TestToken = "TokenFee" | "TokenNoReturn" | "TokenPlain" | "TokenRebasing" | "TokenReentrant";

/** A scenario with a token that the requester holds and lets the contract take. */
async function deployedWith(name: TestToken) {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  // What tests call is the same in each; the return values, which differ, are not looked at.
  const token = await ethers.deployContract(name as "TokenPlain");
  const { requests, requester } = scenario;
  await token.mint(requester, FUNDS);
  await token.connect(requester).approve(requests, FUNDS);
  const address = await token.getAddress();
  const paramsIn: Scenario["params"] = async (overrides = {}) =>
    scenario.params({ token: address, ...overrides });
  const ask = async (terms: Params) => {
    await requests.connect(requester).request(terms);
    return requests.requestIdOf(requester, terms.nonce);
  };
  return { ...scenario, token, address, paramsIn, ask };
}

async function fulfilled(
  scenario: Awaited<ReturnType<typeof deployedWith>>,
  terms: Params,
  gasPrice = 2n * 10n ** 9n,
) {
  const { requests, operator, domain, claim, ask } = scenario;
  const request = await ask(terms);
  await requests.connect(operator).lock(request, terms);
  const evidence = [await sign(operator, domain, claim(request, terms))];
  await requests.connect(operator).fulfil(request, terms, GOOD, evidence, { gasPrice });
  return request;
}

describe("InferenceRequests, paid in a token", () => {
  for (const name of ["TokenPlain", "TokenNoReturn"] as const) {
    describe(`given a ${name}`, () => {
      it("pays each party its part, and keeps nothing", async () => {
        const scenario = await deployedWith(name);
        const { requests, operator, publisher, requester, token, address, paramsIn } = scenario;
        const terms = await paramsIn({ maxFee: 3n * FEE, verificationGas: LITTLE_GAS });
        await fulfilled(scenario, terms);
        expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
        for (const party of [operator, publisher, requester]) {
          await requests.connect(party).withdraw(address, party.address);
        }
        expect(await token.balanceOf(requests)).to.equal(0n);
        const [paid, royalty, left] = await Promise.all(
          [operator, publisher, requester].map((it) => token.balanceOf(it)),
        );
        expect(paid! + royalty! + left!).to.equal(FUNDS);
        expect(royalty).to.be.greaterThan(0n);
      });

      it("refunds the whole escrow of a request that is cancelled", async () => {
        const { requests, requester, token, address, paramsIn, ask } = await deployedWith(name);
        const terms = await paramsIn();
        const request = await ask(terms);
        await requests.connect(requester).cancel(request, terms);
        await requests.connect(requester).withdraw(address, requester.address);
        expect(await token.balanceOf(requester)).to.equal(FUNDS);
      });
    });
  }

  describe("given a token that takes a fee on transfer", () => {
    it("reverts with EscrowNotReceived", async () => {
      const { requests, requester, address, paramsIn } = await deployedWith("TokenFee");
      const terms = await paramsIn();
      const [escrow, fee] = [escrowOf(terms), escrowOf(terms) / 100n];
      await expect(requests.connect(requester).request(terms))
        .to.be.revertedWithCustomError(requests, "EscrowNotReceived")
        .withArgs(address, escrow - fee, escrow);
    });

    it("takes an escrow so small that there is no fee, and pays it out", async () => {
      const { requests, requester, token, address, paramsIn, ask } = await deployedWith("TokenFee");
      const terms = await paramsIn({ minFee: 99n, maxFee: 99n, maxGasPrice: 0n });
      const request = await ask(terms);
      await requests.connect(requester).cancel(request, terms);
      await requests.connect(requester).withdraw(address, requester.address);
      expect(await token.balanceOf(requester)).to.equal(FUNDS);
    });
  });

  describe("given a token without code", () => {
    it("reverts", async () => {
      const { requests, requester, stranger, params } = await deployedWith("TokenPlain");
      const terms = await params({ token: stranger.address });
      await expect(requests.connect(requester).request(terms)).to.revert(ethers);
    });
  });

  describe("given a token whose balances shrink", () => {
    it("leaves the last creditors of that token short, and nobody else", async () => {
      const scenario = await deployedWith("TokenRebasing");
      const { requests, requester, rival, token, address, paramsIn, ask, params } = scenario;
      const plain = await ethers.deployContract("TokenPlain");
      await plain.mint(rival, FUNDS);
      await plain.connect(rival).approve(requests, FUNDS);
      await token.mint(rival, FUNDS);
      await token.connect(rival).approve(requests, FUNDS);

      const first = await paramsIn();
      const second = await paramsIn();
      const third = await params({ token: await plain.getAddress() });
      const fourth = await params();
      const request = await ask(first);
      await requests.connect(rival).request(second);
      await requests.connect(rival).request(third);
      await requests.connect(rival).request(fourth, { value: escrowOf(fourth) });
      await requests.connect(requester).cancel(request, first);
      for (const terms of [second, third, fourth]) {
        const id = await requests.requestIdOf(rival, terms.nonce);
        await requests.connect(rival).cancel(id, terms);
      }
      await (token as unknown as TokenRebasing).rebase(requests, escrowOf(first) + 1n);

      const withdraw = async (signer: typeof rival, from: string) =>
        requests.connect(signer).withdraw(from, signer.address);
      await withdraw(requester, address);
      await expect(withdraw(rival, address))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(await requests.getAddress(), 1n, escrowOf(second));
      expect(await requests.creditOf(address, rival)).to.equal(escrowOf(second));
      await withdraw(rival, third.token);
      expect(await plain.balanceOf(rival)).to.equal(FUNDS);
      await expect(withdraw(rival, ZeroAddress)).to.changeEtherBalance(
        ethers,
        requests,
        -escrowOf(fourth),
      );
    });

    it("keeps its part from nobody where balances grow, and gives nobody more", async () => {
      const { requests, requester, token, address, paramsIn, ask } =
        await deployedWith("TokenRebasing");
      const terms = await paramsIn();
      const request = await ask(terms);
      await requests.connect(requester).cancel(request, terms);
      await (token as unknown as TokenRebasing).rebase(requests, 3n * escrowOf(terms));
      await requests.connect(requester).withdraw(address, requester.address);
      expect(await token.balanceOf(requester)).to.equal(FUNDS);
    });
  });

  describe("given a token that calls back", () => {
    const armed = async () => {
      const scenario = await deployedWith("TokenReentrant");
      const { requests, paramsIn } = scenario;
      const token = scenario.token as unknown as TokenReentrant;
      await token.mint(token, FUNDS);
      const approval = [await requests.getAddress(), FUNDS] as const;
      const act = async (data: string, to: string) => token.act(to, data);
      const encode = token.interface.encodeFunctionData("approve", [...approval]);
      await act(encode, await token.getAddress());
      const its = await paramsIn();
      return { ...scenario, token, its, act };
    };

    describe("when it makes a request of its own while one is paid for", () => {
      it("reverts with EscrowNotReceived: one payment never counts for two requests", async () => {
        const { requests, requester, token, address, its, paramsIn } = await armed();
        const terms = await paramsIn();
        await token.arm(requests, requests.interface.encodeFunctionData("request", [its]));
        await expect(requests.connect(requester).request(terms))
          .to.be.revertedWithCustomError(requests, "EscrowNotReceived")
          .withArgs(address, escrowOf(terms) + escrowOf(its), escrowOf(terms));
      });
    });

    describe("when it withdraws a credit of its own while a request is paid for", () => {
      it("reverts with EscrowNotReceived", async () => {
        const { requests, requester, token, address, its, paramsIn, act } = await armed();
        const { interface: abi } = requests;
        const at = await requests.getAddress();
        const id = await requests.requestIdOf(token, its.nonce);
        await act(abi.encodeFunctionData("request", [its]), at);
        await act(abi.encodeFunctionData("cancel", [id, its]), at);
        const terms = await paramsIn();
        await token.arm(requests, abi.encodeFunctionData("withdraw", [address, address]));
        await expect(requests.connect(requester).request(terms))
          .to.be.revertedWithCustomError(requests, "EscrowNotReceived")
          .withArgs(address, escrowOf(terms), escrowOf(its) + escrowOf(terms));
      });
    });

    describe("when it withdraws again while a withdrawal is paid", () => {
      it("is paid once", async () => {
        const { requests, requester, token, address, its, paramsIn, ask, act } = await armed();
        const { interface: abi } = requests;
        const at = await requests.getAddress();
        const id = await requests.requestIdOf(token, its.nonce);
        await act(abi.encodeFunctionData("request", [its]), at);
        await act(abi.encodeFunctionData("cancel", [id, its]), at);
        const terms = await paramsIn();
        await ask(terms);
        const withdraw = abi.encodeFunctionData("withdraw", [address, requester.address]);
        await token.arm(requests, withdraw);
        await act(withdraw, at);
        expect(await token.reentered()).to.equal(false);
        expect(await token.balanceOf(requests)).to.equal(escrowOf(terms));
      });
    });
  });

  describe("when native value is sent along", () => {
    it("reverts with EscrowMismatch", async () => {
      const { requests, requester, paramsIn } = await deployedWith("TokenPlain");
      const terms = await paramsIn();
      await expect(requests.connect(requester).request(terms, { value: 1n }))
        .to.be.revertedWithCustomError(requests, "EscrowMismatch")
        .withArgs(1n, 0n);
    });

    it("reverts with EscrowMismatch also where nothing is escrowed", async () => {
      const { requests, requester, paramsIn } = await deployedWith("TokenPlain");
      const terms = await paramsIn({ minFee: 0n, maxFee: 0n, maxGasPrice: 0n });
      await expect(requests.connect(requester).request(terms, { value: 1n }))
        .to.be.revertedWithCustomError(requests, "EscrowMismatch")
        .withArgs(1n, 0n);
    });
  });

  describe("when the sender approved or holds less than the escrow", () => {
    it("reverts with what the token says", async () => {
      const { requests, requester, stranger, token, paramsIn } = await deployedWith("TokenPlain");
      const terms = await paramsIn();
      await token.connect(requester).approve(requests, escrowOf(terms) - 1n);
      await expect(requests.connect(requester).request(terms)).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientAllowance",
      );
      await token.connect(requester).approve(requests, FUNDS);
      await token.connect(requester).transfer(stranger, FUNDS - escrowOf(terms) + 1n);
      await expect(requests.connect(requester).request(terms)).to.be.revertedWithCustomError(
        token,
        "ERC20InsufficientBalance",
      );
    });
  });

  describe("when nothing is escrowed", () => {
    it("moves nothing, and settles", async () => {
      const scenario = await deployedWith("TokenPlain");
      const { requests, requester, operator, token, address, paramsIn } = scenario;
      await token.connect(requester).approve(requests, 0n);
      const terms = await paramsIn({ minFee: 0n, maxFee: 0n, maxGasPrice: 0n });
      const request = await fulfilled(scenario, terms);
      expect(await requests.statusOf(request)).to.equal(5n);
      expect(await requests.creditOf(address, operator)).to.equal(0n);
      await expect(
        requests.connect(operator).withdraw(address, operator.address),
      ).to.be.revertedWithCustomError(requests, "CreditEmpty");
    });
  });

  describe("when fee and gas are the highest that types allow", () => {
    it("adds up", async () => {
      const scenario = await deployedWith("TokenPlain");
      const { requests, requester, operator, publisher, token, address, paramsIn } = scenario;
      const fee = 2n ** 96n - 1n;
      const terms = await paramsIn({
        minFee: fee,
        maxFee: fee,
        maxGasPrice: 2n ** 64n - 1n,
        verificationGas: 2n ** 32n - 1n,
      });
      await token.mint(requester, escrowOf(terms));
      await token.connect(requester).approve(requests, escrowOf(terms));
      await fulfilled(scenario, terms);
      const royalty = (fee * ROYALTY_BPS) / 10_000n;
      expect(await requests.creditOf(address, publisher)).to.equal(royalty);
      const paid = await requests.creditOf(address, operator);
      const surplus = await requests.creditOf(address, requester);
      expect(paid + surplus + royalty).to.equal(escrowOf(terms));
      expect(paid).to.be.greaterThan(fee - royalty);
    });
  });

  describe("when gas is reimbursed", () => {
    it("costs the price agreed in the token, whatever the transaction's", async () => {
      const scenario = await deployedWith("TokenPlain");
      const { requests, operator, requester, address, paramsIn } = scenario;
      const royalty = (FEE * ROYALTY_BPS) / 10_000n;
      const agreed = 5n;
      for (const gasPrice of [10n ** 9n, 10n ** 11n]) {
        const terms = await paramsIn({ maxGasPrice: agreed, verificationGas: LITTLE_GAS });
        const before = await requests.creditOf(address, operator);
        await fulfilled(scenario, terms, gasPrice);
        const earned = (await requests.creditOf(address, operator)) - before;
        expect(earned).to.equal(FEE - royalty + LITTLE_GAS * agreed);
      }
      expect(await requests.creditOf(address, requester)).to.equal(0n);
    });
  });

  describe("when a lock is not honoured", () => {
    for (const [what, cover, compensated] of [
      ["no cover", 0n, 0n],
      ["a cover within the bond", 7n, 7n],
      ["a cover above the bond", ETHER, ETHER / 10n],
    ] as const) {
      it(`refunds the escrow, and compensates ${what} in the vault's asset`, async () => {
        const { requests, vault, operator, requester, token, address, paramsIn, ask } =
          await deployedWith("TokenPlain");
        const terms = await paramsIn({ cover });
        const request = await ask(terms);
        await requests.connect(operator).lock(request, terms);
        await networkHelpers.time.increaseTo(terms.deadline + 1n);
        await requests.expire(request, terms);
        expect(await vault.creditOf(requester)).to.equal(compensated);
        expect(await vault.burned()).to.equal(terms.bond - compensated);
        await requests.connect(requester).withdraw(address, requester.address);
        expect(await token.balanceOf(requester)).to.equal(FUNDS);
      });
    }
  });
});

describe("InferenceRequests.withdraw", () => {
  describe("when another token is owed", () => {
    it("reverts with CreditEmpty: every token stands for itself", async () => {
      const { requests, requester, paramsIn, ask } = await deployedWith("TokenPlain");
      const other: TokenPlain = await ethers.deployContract("TokenPlain");
      const terms = await paramsIn();
      const request = await ask(terms);
      await requests.connect(requester).cancel(request, terms);
      for (const token of [ZeroAddress, await other.getAddress()]) {
        await expect(requests.connect(requester).withdraw(token, requester.address))
          .to.be.revertedWithCustomError(requests, "CreditEmpty")
          .withArgs(token, requester.address);
      }
    });
  });
});
