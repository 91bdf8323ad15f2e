import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { FEE, QUORUM, deployQuorum, output, quorumOf } from "../../helpers/quorumScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const EVIDENCE = [{ kind: QUORUM, data: "0x" }];

describe("Quorum: a token that calls back", () => {
  /** A concluded and answered round that is paid in the token. */
  async function answered() {
    const scenario = await networkHelpers.loadFixture(deployQuorum);
    const { quorum, pools, requests, requester, members, releaseId, params, draw } = scenario;
    const token = await ethers.deployContract("ReentrantToken");
    await token.transfer(requester, ETHER);
    await token.connect(requester).approve(requests, ETHER);
    const address = await token.getAddress();
    for (const member of members) {
      await pools
        .connect(member)
        .serve(requests, releaseId, { token: address, minFee: 0n, maxStake: ETHER, maxRounds: 8n });
    }
    const wanted = await params(quorumOf(2n, 3n), { token: address });
    await requests.connect(requester).request(wanted);
    const request = await requests.requestIdOf(requester, wanted.nonce);
    await quorum.openFor(request, wanted);
    const round = await quorum.roundOf(request);
    const panel = await draw(round);
    const words = output(5n);
    await scenario.commitAll(round, panel, [words, words, words]);
    for (const member of panel) await scenario.reveal(round, member, words);
    await quorum.conclude(round, []);
    await requests.fulfil(request, wanted, words, EVIDENCE);
    return { ...scenario, token, address, round, panel };
  }

  it("settles once, though the token settles again from within", async () => {
    const { quorum, token, address, round, panel } = await answered();
    await token.arm(quorum, quorum.interface.encodeFunctionData("settle", [round]));
    await quorum.settle(round);
    expect(await token.attempts()).to.equal(1n);
    expect(await token.successes()).to.equal(0n);
    let credits = 0n;
    for (const { signer } of panel) credits += await quorum.creditOf(address, signer);
    expect(credits).to.equal((FEE * 95n) / 100n);
    expect(await token.balanceOf(quorum)).to.equal(credits);
  });

  it("pays a member once, though the token withdraws again from within", async () => {
    const { quorum, token, address, round, panel } = await answered();
    await quorum.settle(round);
    const [first] = panel;
    if (first === undefined) throw new Error("the panel is empty");
    const credit = await quorum.creditOf(address, first.signer);
    await token.arm(
      quorum,
      quorum.interface.encodeFunctionData("withdraw", [address, first.signer.address]),
    );
    await quorum.connect(first.signer).withdraw(address, first.signer.address);
    expect(await token.attempts()).to.equal(1n);
    expect(await token.successes()).to.equal(0n);
    expect(await token.balanceOf(first.signer)).to.equal(credit);
  });
});
