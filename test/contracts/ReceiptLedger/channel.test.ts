import type { Hex } from "@vouch/protocol";
import { channelId } from "@vouch/protocol";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ANSWER_PERIOD,
  BOND,
  CLAIM_PERIOD,
  DAY,
  DISPUTE_PERIOD,
  NATIVE,
  PRICE,
  REFUSAL,
  SIGNED,
  WITHDRAWAL_DELAY,
  deployLedger,
  encodePolicy,
} from "../../helpers/ledgerScenario.ts";
import type { LedgerScenario } from "../../helpers/ledgerScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployLedger);
const MAX = 2n ** 128n - 1n;
const TOKENS = ["TokenPlain", "TokenNoReturn"] as const;

/** A token of which requester and stranger have plenty and let the ledger take all. */
async function withToken(name: string) {
  const scenario = await deployed();
  const { ledger, requester, stranger } = scenario;
  const contract = await ethers.deployContract(name);
  const token = await ethers.getContractAt("TokenPlain", contract);
  for (const holder of [requester, stranger]) {
    await token.mint(holder, 2n ** 129n);
    await token.connect(holder).approve(ledger, 2n ** 255n);
  }
  return { ...scenario, token, address: (await token.getAddress()) as Hex };
}

/** Posts and claims one item; returns its price. */
async function earn(scenario: LedgerScenario, token: Hex, amount = PRICE) {
  const voucher = scenario.voucher({ token, amount });
  const batch = await scenario.post([scenario.entry(voucher)]);
  await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
  await scenario.ledger.claim(batch.inclusion(0), await scenario.signVoucher(voucher));
}

describe("ReceiptLedger.deposit", () => {
  for (const name of TOKENS) {
    it(`takes ${name}, up to the most there can be, and pays it out`, async () => {
      const scenario = await withToken(name);
      const { ledger, token, address, operator, requester, rival } = scenario;
      await scenario.deposit(address, MAX);
      await earn(scenario, address, MAX);
      await ledger.connect(operator).withdrawEarnings(address, [requester], rival);
      expect(await token.balanceOf(rival)).to.equal(MAX);
      expect(await token.balanceOf(ledger)).to.equal(0n);
    });
  }

  it("reverts for nothing, for value beside the amount, and beside a token", async () => {
    const { ledger, requester, operator, address } = await withToken("TokenPlain");
    const own = ledger.connect(requester);
    await expect(own.deposit(operator, NATIVE, 0)).to.be.revertedWithCustomError(
      ledger,
      "DepositAmountZero",
    );
    for (const [token, amount, value, needed] of [
      [NATIVE, 5n, 4n, 5n],
      [NATIVE, 5n, 6n, 5n],
      [address, 5n, 1n, 0n],
    ] as const) {
      await expect(own.deposit(operator, token, amount, { value }))
        .to.be.revertedWithCustomError(ledger, "DepositValueMismatch")
        .withArgs(value, needed);
    }
  });

  it("reverts for more than a channel holds, changing nothing", async () => {
    const { ledger, requester, operator, address, deposit } = await withToken("TokenPlain");
    await deposit(address, MAX);
    await expect(ledger.connect(requester).deposit(operator, address, 1n)).to.be.revertedWithPanic(
      0x11n,
    );
    expect((await ledger.channelOf(requester, operator, address)).deposit).to.equal(MAX);
  });

  it("reverts for more than deposit and earnings hold together, so that no claim can overflow", async () => {
    const scenario = await withToken("TokenPlain");
    const { ledger, requester, operator, address } = scenario;
    await scenario.deposit(address, MAX);
    await earn(scenario, address, MAX);
    await expect(ledger.connect(requester).deposit(operator, address, 1n)).to.be.revertedWithPanic(
      0x11n,
    );
  });

  it("reverts with DepositReceivedMismatch for a token that takes a fee", async () => {
    const { ledger, requester, operator, address, deposit } = await withToken("TokenFee");
    await expect(ledger.connect(requester).deposit(operator, address, 1000n))
      .to.be.revertedWithCustomError(ledger, "DepositReceivedMismatch")
      .withArgs(990n, 1000n);
    // Too little for a fee is a transfer like any other.
    await deposit(address, 99n);
  });

  it("reverts with DepositReceivedMismatch for a token whose balance falls", async () => {
    const scenario = await withToken("TokenReentrant");
    const { ledger, address, operator, requester, rival } = scenario;
    const token = await ethers.getContractAt("TokenReentrant", address);
    const drain = ledger.interface.encodeFunctionData("withdrawDeposit", [
      operator.address,
      address,
      rival.address,
    ]);
    // The token is a requester too, and takes its own deposit back while another comes in.
    await token.mint(token, 5000n);
    const approve = token.interface.encodeFunctionData("approve", [
      await ledger.getAddress(),
      5000n,
    ]);
    await token.act(token, approve);
    const own = [operator.address, address, 5000n] as const;
    await token.act(ledger, ledger.interface.encodeFunctionData("deposit", [...own]));
    await token.act(ledger, ledger.interface.encodeFunctionData("announceWithdrawal", [...own]));
    await networkHelpers.time.increase(WITHDRAWAL_DELAY);
    await token.arm(ledger, drain);
    await expect(ledger.connect(requester).deposit(operator, address, 1000n))
      .to.be.revertedWithCustomError(ledger, "DepositReceivedMismatch")
      .withArgs(0n, 1000n);
    expect((await ledger.channelOf(token, operator, address)).deposit).to.equal(5000n);
  });

  it("reverts for a token without code", async () => {
    const { ledger, requester, operator, rival } = await deployed();
    const own = ledger.connect(requester);
    await expect(own.deposit(operator, rival.address, 1n)).to.be.revertedWithoutReason(ethers);
  });

  it("keeps other channels whole where a token rebases", async () => {
    const scenario = await withToken("TokenRebasing");
    const { ledger, address, operator, requester, rival } = scenario;
    await scenario.deposit(address, 1000n);
    const token = await ethers.getContractAt("TokenRebasing", address);
    await token.rebase(ledger, 1n);
    await earn(scenario, address, 1000n);
    await expect(
      ledger.connect(operator).withdrawEarnings(address, [requester], rival),
    ).to.be.revertedWithCustomError(token, "ERC20InsufficientBalance");
    await earn(scenario, NATIVE);
    await expect(
      ledger.connect(operator).withdrawEarnings(NATIVE, [requester], rival),
    ).to.changeEtherBalance(ethers, rival, PRICE);
  });

  it("cannot be fooled by a token that calls back: nothing is credited that did not arrive", async () => {
    const scenario = await withToken("TokenReentrant");
    const { ledger, address, operator, requester } = scenario;
    const token = await ethers.getContractAt("TokenReentrant", address);
    // The token is a requester too, and deposits more of itself while the requester's deposit is under way.
    await token.mint(token, 500n);
    const approve = token.interface.encodeFunctionData("approve", [
      await ledger.getAddress(),
      500n,
    ]);
    await token.act(token, approve);
    const parts = [operator.address, address, 500n] as const;
    await token.arm(ledger, ledger.interface.encodeFunctionData("deposit", [...parts]));
    await expect(ledger.connect(requester).deposit(operator, address, 1000n))
      .to.be.revertedWithCustomError(ledger, "DepositReceivedMismatch")
      .withArgs(1500n, 1000n);
    expect(await token.balanceOf(ledger)).to.equal(0n);
  });
});

describe("ReceiptLedger.spendableOf", () => {
  it("is what was not announced to leave, to nothing", async () => {
    const { ledger, requester, operator } = await deployed();
    for (const [announced, left] of [
      [0n, ETHER],
      [ETHER - 1n, 1n],
      [ETHER, 0n],
    ] as const) {
      await ledger.connect(requester).announceWithdrawal(operator, NATIVE, announced);
      expect(await ledger.spendableOf(requester, operator, NATIVE)).to.equal(left);
    }
    await expect(ledger.connect(requester).announceWithdrawal(operator, NATIVE, ETHER + 1n))
      .to.be.revertedWithCustomError(ledger, "DepositInsufficient")
      .withArgs(
        channelId({
          requester: requester.address as Hex,
          operator: operator.address as Hex,
          token: NATIVE,
        }),
        ETHER,
        ETHER + 1n,
      );
  });
});

describe("ReceiptLedger.withdrawDeposit", () => {
  it("pays after the delay, to the second, what was announced", async () => {
    const { ledger, requester, operator, rival } = await deployed();
    const own = ledger.connect(requester);
    await own.announceWithdrawal(operator, NATIVE, ETHER / 4n);
    const from = (await time.latest()) + WITHDRAWAL_DELAY;
    expect(await ledger.spendableOf(requester, operator, NATIVE)).to.equal((ETHER * 3n) / 4n);
    await time.setNextBlockTimestamp(from - 1);
    await expect(own.withdrawDeposit(operator, NATIVE, rival)).to.be.revertedWithCustomError(
      ledger,
      "WithdrawalNotAvailable",
    );
    await time.setNextBlockTimestamp(from);
    await expect(own.withdrawDeposit(operator, NATIVE, rival)).to.changeEtherBalance(
      ethers,
      rival,
      ETHER / 4n,
    );
    await expect(own.withdrawDeposit(operator, NATIVE, rival)).to.be.revertedWithCustomError(
      ledger,
      "WithdrawalNotAnnounced",
    );
  });

  it("restarts with a new announcement and ends with one of nothing", async () => {
    const { ledger, requester, operator, rival } = await deployed();
    const own = ledger.connect(requester);
    await own.announceWithdrawal(operator, NATIVE, 1n);
    await time.increase(WITHDRAWAL_DELAY);
    await own.announceWithdrawal(operator, NATIVE, ETHER);
    await expect(own.withdrawDeposit(operator, NATIVE, rival)).to.be.revertedWithCustomError(
      ledger,
      "WithdrawalNotAvailable",
    );
    await own.announceWithdrawal(operator, NATIVE, 0n);
    await time.increase(WITHDRAWAL_DELAY);
    await expect(own.withdrawDeposit(operator, NATIVE, rival)).to.be.revertedWithCustomError(
      ledger,
      "WithdrawalNotAnnounced",
    );
    await expect(
      own.announceWithdrawal(operator, NATIVE, ETHER + 1n),
    ).to.be.revertedWithCustomError(ledger, "DepositInsufficient");
  });

  it("leaves what was paid meanwhile, and other operators' deposits, alone", async () => {
    const scenario = await deployed();
    const { ledger, requester, operator, rival, stranger } = scenario;
    const own = ledger.connect(requester);
    await own.deposit(rival, NATIVE, ETHER, { value: ETHER });
    await own.announceWithdrawal(operator, NATIVE, ETHER);
    await earn(scenario, NATIVE);
    await time.increase(WITHDRAWAL_DELAY);
    await expect(own.withdrawDeposit(operator, NATIVE, stranger)).to.changeEtherBalance(
      ethers,
      stranger,
      ETHER - PRICE,
    );
    expect((await ledger.channelOf(requester, rival, NATIVE)).deposit).to.equal(ETHER);
    expect((await ledger.channelOf(requester, operator, NATIVE)).earned).to.equal(PRICE);
  });

  it("comes later than the claim of what was served a day before, disputed and objected to at the last", async () => {
    const { ledger } = await deployed();
    const delay = Number(await ledger.WITHDRAWAL_DELAY());
    const [disputes, answers, claims] = [
      Number(await ledger.DISPUTE_PERIOD()),
      Number(await ledger.ANSWER_PERIOD()),
      Number(await ledger.CLAIM_PERIOD()),
    ];
    expect(delay).to.be.greaterThan(DAY + disputes + answers + claims + answers);
    expect([delay, disputes, answers, claims]).to.deep.equal([
      ...[WITHDRAWAL_DELAY, DISPUTE_PERIOD, ANSWER_PERIOD, CLAIM_PERIOD],
    ]);
  });
});

describe("ReceiptLedger.withdrawEarnings", () => {
  it("pays the sender's own, once, whoever is named", async () => {
    const scenario = await deployed();
    const { ledger, requester, operator, rival } = scenario;
    await earn(scenario, NATIVE);
    await expect(
      ledger.connect(rival).withdrawEarnings(NATIVE, [requester], rival),
    ).to.be.revertedWithCustomError(ledger, "EarningsEmpty");
    await expect(
      ledger.connect(operator).withdrawEarnings(NATIVE, [requester, requester], rival),
    ).to.changeEtherBalance(ethers, rival, PRICE);
  });

  it("reverts with WithdrawalFailed for a payee that refuses, and blocks nobody", async () => {
    const scenario = await deployed();
    const { ledger, requester, operator, rival } = scenario;
    const payee = await ethers.deployContract("PayeeReentrant");
    await payee.refuse(true);
    await earn(scenario, NATIVE);
    const own = ledger.connect(operator);
    await expect(own.withdrawEarnings(NATIVE, [requester], payee))
      .to.be.revertedWithCustomError(ledger, "WithdrawalFailed")
      .withArgs(await payee.getAddress());
    await own.withdrawEarnings(NATIVE, [requester], rival);
  });
});

describe("ReceiptLedger.withdrawBond", () => {
  it("pays the free bond, and not again to a payee that calls back", async () => {
    const { ledger, stranger } = await deployed();
    const payee = await ethers.deployContract("PayeeReentrant");
    await ledger.connect(stranger).fundBond({ value: ETHER });
    await payee.act(ledger, ledger.interface.encodeFunctionData("fundBond"), { value: 10n });
    const data = ledger.interface.encodeFunctionData("withdrawBond", [
      ...([10n, await payee.getAddress()] as const),
    ]);
    await payee.act(ledger, data);
    expect(await payee.reentered()).to.be.false;
    expect(await ethers.provider.getBalance(payee)).to.equal(10n);
  });

  it("reverts beyond what is free, and for nothing", async () => {
    const { ledger, operator } = await deployed();
    const own = ledger.connect(operator);
    await own.fundBond({ value: 5n });
    await expect(own.withdrawBond(6n, operator))
      .to.be.revertedWithCustomError(ledger, "BondInsufficient")
      .withArgs(operator.address, 5n, 6n);
    await expect(own.withdrawBond(0n, operator)).to.be.revertedWithCustomError(
      ledger,
      "BondAmountZero",
    );
  });
});

describe("ReceiptLedger.objectVoucher", () => {
  /** An item of a batch whose leaves the operator keeps to itself, and the requester's objection to its voucher. */
  async function objected() {
    const scenario = await deployed();
    const { ledger, requester, operator } = scenario;
    const voucher = scenario.voucher();
    const batch = await scenario.post([scenario.entry(voucher)]);
    const own = ledger.connect(requester);
    await own.objectVoucher(operator, NATIVE, voucher.nonce, { value: BOND });
    const answerBy = (await time.latest()) + ANSWER_PERIOD;
    const signed = await scenario.signVoucher(voucher);
    const prove = async () => {
      const receipt = await scenario.receipt(voucher);
      await scenario.prover.prove(batch.inclusion(0), signed, encodePolicy(SIGNED), receipt);
    };
    return { ...scenario, own, voucher, batch, signed, answerBy, prove };
  }

  it("stops an unproven item, and voids the voucher when nothing answers", async () => {
    const { ledger, own, voucher, batch, signed, answerBy, requester, operator } = await objected();
    const parts = [requester, operator, NATIVE, voucher.nonce] as const;
    expect(await ledger.objectionOf(channelId(voucher), voucher.nonce)).to.equal(answerBy);
    await time.setNextBlockTimestamp(answerBy);
    await expect(ledger.voidVoucher(...parts))
      .to.be.revertedWithCustomError(ledger, "AnswerPeriodNotOver")
      .withArgs(answerBy);
    await time.increaseTo(batch.postedAt + DISPUTE_PERIOD + 1);
    await expect(ledger.claim(batch.inclusion(0), signed))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 0n, REFUSAL.voucherSpent);
    await ledger.voidVoucher(...parts);
    expect(await ledger.bondOf(requester)).to.equal(BOND);
    await expect(ledger.voidVoucher(...parts)).to.be.revertedWithCustomError(
      ledger,
      "VoucherNotObjected",
    );
    await expect(
      own.objectVoucher(operator, NATIVE, voucher.nonce, { value: BOND }),
    ).to.be.revertedWithCustomError(ledger, "VoucherSpent");
    expect(await ledger.isSpent(...parts)).to.be.true;
  });

  it("is answered by the claim of a proven item, which earns the requester's bond", async () => {
    const { ledger, batch, prove, answerBy, operator, requester, voucher } = await objected();
    await prove();
    await time.setNextBlockTimestamp(answerBy);
    await ledger.claim(batch.inclusion(0), "0x");
    expect(await ledger.bondOf(operator)).to.equal(BOND);
    expect((await ledger.channelOf(requester, operator, NATIVE)).earned).to.equal(PRICE);
    await expect(ledger.claim(batch.inclusion(0), "0x"))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 0n, REFUSAL.voucherSpent);
    expect(await ledger.objectionOf(channelId(voucher), voucher.nonce)).to.equal(0n);
  });

  it("is not answered a second late", async () => {
    const { ledger, batch, prove, answerBy } = await objected();
    await prove();
    await time.increaseTo(answerBy + 1);
    await expect(ledger.claim(batch.inclusion(0), "0x"))
      .to.be.revertedWithCustomError(ledger, "ItemNotPayable")
      .withArgs(batch.id, 0n, REFUSAL.voucherSpent);
  });

  it("cannot outlast the claim period: its answer is paid after it too", async () => {
    const scenario = await deployed();
    const { ledger, requester, operator, prover } = scenario;
    const voucher = scenario.voucher();
    const batch = await scenario.post([scenario.entry(voucher)]);
    const end = batch.postedAt + DISPUTE_PERIOD + ANSWER_PERIOD + CLAIM_PERIOD;
    await time.setNextBlockTimestamp(end);
    await ledger.connect(requester).objectVoucher(operator, NATIVE, voucher.nonce, { value: BOND });
    const receipt = await scenario.receipt(voucher);
    const signed = await scenario.signVoucher(voucher);
    await prover.prove(batch.inclusion(0), signed, encodePolicy(SIGNED), receipt);
    await ledger.claim(batch.inclusion(0), "0x");
    expect((await ledger.channelOf(requester, operator, NATIVE)).earned).to.equal(PRICE);
  });
});

describe("ReceiptLedger's constructor", () => {
  it("reverts with DisputeBondZero", async () => {
    const { ledger, router } = await deployed();
    await expect(
      ethers.deployContract("ReceiptLedger", [router, 0n]),
    ).to.be.revertedWithCustomError(ledger, "DisputeBondZero");
  });
});
