import { expect } from "chai";
import { ZeroHash, id as hashOf } from "ethers";
import { vocabularyOf } from "../../../scripts/examples/vocabularyOf.ts";
import {
  BOARD_TERMS,
  DEPOSIT,
  HAM,
  MESSAGE,
  SPAM,
  TERMS,
  WINDOW,
  deployBoard,
} from "../../helpers/boardScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { CIRCUIT, ETHER, FEE, TRUST, prove, release, sign } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const BURN = "0x000000000000000000000000000000000000dEaD";
const DELIVERED = 2n;

const opened = () => networkHelpers.loadFixture(deployBoard);

describe("MessageBoard.post", () => {
  it("asks about the features of the text itself, and shows nothing yet", async () => {
    const { board, post, author } = await opened();
    const { id, terms } = await post("Hello there!");
    expect(terms.input).to.deep.equal([...(await board.inputOf("Hello there!"))]);
    expect(terms.policy.allOf.map(({ anyOf }) => anyOf[0]!.kind)).to.deep.equal([0n, 2n]);
    const message = await board.messageOf(id);
    expect([message.author, message.status, message.textHash]).to.deep.equal([
      author.address,
      MESSAGE.pending,
      hashOf("Hello there!"),
    ]);
    expect(await board.isVisible(id)).to.equal(false);
  });

  it("reverts with PaymentMismatch or MessageLengthInvalid", async () => {
    const { board } = await opened();
    const value = DEPOSIT + FEE;
    for (const wrong of [0n, value - 1n, value + 1n]) {
      await expect(board.post("hi", { value: wrong })).to.be.revertedWithCustomError(
        board,
        "PaymentMismatch",
      );
    }
    for (const wrong of ["", "x".repeat(281), "é".repeat(141)]) {
      await expect(board.post(wrong, { value })).to.be.revertedWithCustomError(
        board,
        "MessageLengthInvalid",
      );
    }
  });
});

describe("MessageBoard.onInference", () => {
  describe("given an answer that can still be challenged", () => {
    it("notes the verdict and shows nothing", async () => {
      const { board, post, propose, author } = await opened();
      const [ham, spam] = [await post("hello"), await post("WIN a prize")];
      await propose(ham, HAM);
      await propose(spam, SPAM);
      expect((await board.messageOf(ham.id)).status).to.equal(MESSAGE.likelyHam);
      expect((await board.messageOf(spam.id)).status).to.equal(MESSAGE.likelySpam);
      expect(await board.isVisible(ham.id)).to.equal(false);
      expect(await board.owedTo(author)).to.equal(0n);
    });
  });

  describe("given a final answer", () => {
    it("shows ham and owes the deposit, which the author withdraws once", async () => {
      const { board, post, judge, author, requester } = await opened();
      const posted = await post("hello");
      await judge(posted, HAM);
      expect(await board.isVisible(posted.id)).to.equal(true);
      await expect(board.connect(author).withdraw(requester)).to.changeEtherBalance(
        ethers,
        requester,
        DEPOSIT,
      );
      await expect(board.connect(author).withdraw(requester)).to.be.revertedWithCustomError(
        board,
        "NothingOwed",
      );
    });

    it("hides spam and burns the deposit, once", async () => {
      const { board, post, judge, author } = await opened();
      const posted = await post("WIN a prize");
      await judge(posted, SPAM);
      expect((await board.messageOf(posted.id)).status).to.equal(MESSAGE.spam);
      expect(await board.owedTo(author)).to.equal(0n);
      await expect(board.burn()).to.changeEtherBalance(ethers, BURN, DEPOSIT);
      await expect(board.burn()).to.be.revertedWithCustomError(board, "NothingOwed");
    });

    it("needs no more gas than was bought", async () => {
      const { requests, post, judge } = await opened();
      for (const output of [HAM, SPAM]) {
        const posted = await post("hello");
        await judge(posted, output);
        expect((await requests.resultOf(posted.request)).delivery).to.equal(DELIVERED);
      }
    });
  });

  describe("given an answer that was overturned", () => {
    it("pays all back and shows nothing; what the operator is fined burns", async () => {
      const scenario = await opened();
      const { board, requests, disputes, challenger, post, propose, author, asset } = scenario;
      const posted = await post("WIN a prize");
      await propose(posted, HAM);
      await disputes
        .connect(challenger)
        .challenge(requests, posted.request, posted.terms, HAM, { value: posted.terms.bond });
      const { decideBy } = await disputes.disputeOf(requests, posted.request);
      await networkHelpers.time.increaseTo(decideBy + 1n);
      await disputes.timeout(requests, posted.request, posted.terms, HAM);
      expect((await board.messageOf(posted.id)).status).to.equal(MESSAGE.unjudged);
      await expect(board.connect(author).withdraw(author)).to.changeEtherBalance(
        ethers,
        author,
        DEPOSIT + FEE,
      );
      await board.burnCompensation();
      expect(await asset.balanceOf(BURN)).to.equal(FEE);
    });
  });

  describe("given an answer that was challenged and stands", () => {
    it("shows the message after all", async () => {
      const scenario = await opened();
      const { board, requests, disputes, challenger, post, propose, proofOf } = scenario;
      const posted = await post("hello");
      await propose(posted, HAM);
      const { request, terms } = posted;
      await disputes
        .connect(challenger)
        .challenge(requests, request, terms, HAM, { value: terms.bond });
      await disputes.answer(requests, request, terms, HAM, proofOf(posted, HAM));
      expect(await board.isVisible(posted.id)).to.equal(true);
    });
  });

  it("takes a proof for no window: nothing is shown before it has passed", async () => {
    const { board, requests, operator, domain, claim, post } = await opened();
    const { id, request, terms } = await post("hello");
    await requests.connect(operator).lock(request, terms);
    const stated = claim(request, terms, HAM);
    const evidence = [await sign(operator, domain, stated), prove(domain, stated)];
    await requests.connect(operator).fulfil(request, terms, HAM, evidence);
    expect((await board.messageOf(id)).status).to.equal(MESSAGE.likelyHam);
    await expect(requests.finalize(request, terms, HAM)).to.be.revertedWithCustomError(
      requests,
      "ChallengeWindowOpen",
    );
  });

  it("reverts with InferenceNotFromRequests for any other sender", async () => {
    const { board, boardRelease, post } = await opened();
    const { request } = await post("hello");
    const assurance = {
      ...{ kinds: 5n, flags: 0n, quorumK: 0n, quorumN: 0n, minTcb: 0n },
      ...{ tolerance: 0n, window: WINDOW, stakeAtRisk: ETHER },
    };
    const delivery = { request, release: boardRelease, epoch: 1n, finality: 2n };
    await expect(board.onInference(delivery, HAM, assurance)).to.be.revertedWithCustomError(
      board,
      "InferenceNotFromRequests",
    );
  });
});

describe("MessageBoard.reclaim", () => {
  it("pays all back where no operator came", async () => {
    const { board, requests, post, author, rival } = await opened();
    const { id, request, terms } = await post("hello");
    await expect(board.reclaim(id)).to.be.revertedWithCustomError(board, "MessageAnswerable");
    await networkHelpers.time.increaseTo(terms.lockDeadline + 1n);
    await requests.expire(request, terms);
    await board.connect(rival).reclaim(id);
    await expect(board.reclaim(id)).to.be.revertedWithCustomError(board, "MessageStatusInvalid");
    await expect(board.connect(author).withdraw(author)).to.changeEtherBalance(
      ethers,
      author,
      DEPOSIT + FEE,
    );
  });

  it("reverts for a message that was judged, or never posted", async () => {
    const { board, post, judge } = await opened();
    const posted = await post("hello");
    await judge(posted, HAM);
    for (const id of [posted.id, posted.id + 1n]) {
      await expect(board.reclaim(id)).to.be.revertedWithCustomError(board, "MessageAnswerable");
    }
  });

  it("leaves no way to be answered late for a fee that was refunded", async () => {
    const { board, requests, operator, domain, claim, post } = await opened();
    const { id, request, terms } = await post("hello");
    await networkHelpers.time.increaseTo(terms.deadline + 1n);
    await requests.expire(request, terms);
    const stated = claim(request, terms, HAM);
    const evidence = [await sign(operator, domain, stated), prove(domain, stated)];
    await expect(
      requests.fulfilLate(request, terms, operator, HAM, evidence),
    ).to.be.revertedWithCustomError(requests, "AnswerNotFinal");
    await board.reclaim(id);
  });
});

describe("MessageBoard.cancel", () => {
  it("takes back a message before an operator has locked it, and not after", async () => {
    const { board, requests, operator, post, author, rival } = await opened();
    const [one, two] = [await post("one"), await post("two")];
    await expect(board.connect(rival).cancel(one.id, one.terms)).to.be.revertedWithCustomError(
      board,
      "MessageNotByAuthor",
    );
    await board.connect(author).cancel(one.id, one.terms);
    expect(await board.owedTo(author)).to.equal(DEPOSIT + FEE);
    await expect(board.reclaim(one.id)).to.be.revertedWithCustomError(
      board,
      "MessageStatusInvalid",
    );
    await requests.connect(operator).lock(two.request, two.terms);
    await expect(board.connect(author).cancel(two.id, two.terms)).to.be.revertedWithCustomError(
      requests,
      "RequestStatusInvalid",
    );
    await expect(board.connect(author).cancel(two.id, one.terms)).to.be.revertedWithCustomError(
      requests,
      "RequestParamsMismatch",
    );
  });
});

describe("MessageBoard.withdraw", () => {
  it("pays nobody twice who re-enters, and nobody else less for one who refuses", async () => {
    const { board, post, judge, asPosted, author } = await opened();
    const thief = await ethers.deployContract("PayeeReentrant");
    const text = board.interface.encodeFunctionData("post", ["hello"]);
    await thief.act(board, text, { value: DEPOSIT + FEE });
    const stolen = await asPosted(await board.messageCount());
    await judge(stolen, HAM);
    await judge(await post("another"), HAM);
    const withdrawal = board.interface.encodeFunctionData("withdraw", [await thief.getAddress()]);
    await thief.refuse(true);
    await expect(thief.act(board, withdrawal)).to.be.revertedWithCustomError(
      board,
      "PaymentFailed",
    );
    await thief.refuse(false);
    await expect(thief.act(board, withdrawal)).to.changeEtherBalance(ethers, thief, DEPOSIT);
    expect(await thief.reentered()).to.equal(false);
    await expect(board.connect(author).withdraw(author)).to.changeEtherBalance(
      ethers,
      author,
      DEPOSIT,
    );
  });

  it("takes ether from the escrow alone", async () => {
    const { board, author } = await opened();
    await expect(author.sendTransaction({ to: board, value: 1n })).to.be.revertedWithCustomError(
      board,
      "SenderNotRequests",
    );
  });
});

describe("MessageBoard's constructor", () => {
  it("refuses a vocabulary that is not the release's, and terms that nobody can meet", async () => {
    const { board, boardRelease, circuits, models, publisher, releaseId, requests, router } =
      await opened();
    const deploy = (from: string, vocabulary: string, change = {}) =>
      ethers.deployContract("MessageBoard", [
        requests,
        from,
        vocabulary,
        { ...BOARD_TERMS, ...change },
      ]);
    const words = vocabularyOf(TERMS);
    await expect(deploy(releaseId, words)).to.be.revertedWithCustomError(
      board,
      "VocabularyUnsuitable",
    );
    await expect(deploy(boardRelease, vocabularyOf(TERMS.slice(1)))).to.be.revertedWithCustomError(
      board,
      "VocabularyLengthInvalid",
    );
    const swapped = [TERMS[1]!, TERMS[0]!, ...TERMS.slice(2)];
    await expect(deploy(boardRelease, vocabularyOf(swapped))).to.be.revertedWithCustomError(
      board,
      "VocabularyNotRising",
    );
    const unpinned = { trust: TRUST.pinned, pin: ZeroHash };
    await expect(deploy(boardRelease, words, unpinned)).to.be.revertedWithCustomError(
      router,
      "PolicyUnsatisfiable",
    );
    const input = { mode: 0n, elements: 256n, bits: 2n, isSigned: false };
    const circuit = { ...CIRCUIT, input };
    const circuitId = await circuits.register.staticCall(circuit);
    await circuits.register(circuit);
    const wide = release({ publisher: publisher.address, circuit: circuitId });
    const wideId = await models.publish.staticCall(wide, "");
    await models.publish(wide, "");
    await expect(deploy(wideId, words)).to.be.revertedWithCustomError(
      board,
      "VocabularyUnsuitable",
    );
  });
});
