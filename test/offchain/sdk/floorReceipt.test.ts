import type { Contracts } from "@vouch/protocol";
import { connectContracts, parseRequestId } from "@vouch/protocol";
import { fetchReceipt } from "@vouch/sdk";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { deploymentRecord } from "../../helpers/deploymentRecord.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  at,
  byQuorum,
  deployDisputes,
  optimistic,
  RESPONSE_PERIOD,
} from "../../helpers/disputeScenario.ts";
import type { Policy, Requirement } from "../../helpers/vouchScenario.ts";
import { all, release, sign, signature, zk } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

/** A signed answer to a request of a release with this floor, as an application reads it. */
async function answered(floor: Policy, policy = all(signature), evident = true) {
  const scenario = await networkHelpers.loadFixture(deployDisputes);
  const { models, publisher, circuitId, requests, router, requester, operator, domain } = scenario;
  const published = release({ publisher: publisher.address, circuit: circuitId, floor });
  const id = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const answer = await scenario.answered({
    policy,
    overrides: { release: id },
    evidence: async (request, terms) =>
      evident ? [await sign(operator, domain, scenario.claim(request, terms))] : [],
  });
  const record = await deploymentRecord(scenario, ZeroHash);
  const [ours, theirs] = await Promise.all([requests.getAddress(), router.getAddress()]);
  const contracts = {
    ...connectContracts(record, requester),
    requests: requests.connect(requester),
    router: router.connect(requester),
  } as unknown as Contracts; // those of the disputes
  const where = { chainId: domain.chainId, router: theirs.toLowerCase() as `0x${string}` };
  return {
    ...{ scenario, answer, contracts, ours },
    fetch: (through: Contracts = contracts) =>
      fetchReceipt(through, where, parseRequestId(answer.id), 0),
    finalize: async () => {
      await at(answer.windowEnd + 1n);
      await requests.finalize(answer.id, answer.terms, answer.output);
    },
  };
}

describe("fetchReceipt, of a release whose floor is decided by the chain", () => {
  const floors: Readonly<Record<string, Requirement>> = {
    "a window that a proof decides": optimistic(),
    "a window that a panel decides": byQuorum(),
  };
  for (const [name, requirement] of Object.entries(floors)) {
    describe(`given ${name}`, () => {
      it("leaves the clause undecided while the window is open, and met once it is final", async () => {
        const { fetch, finalize } = await answered(all(requirement));
        const open = (await fetch()).verification;
        expect(open.undecided.map(({ clause }) => clause)).to.deep.equal([0]);
        await finalize();
        const { verification } = await fetch();
        expect(verification.undecided).to.deep.equal([]);
        expect(verification.checks.at(-1)).to.include({ name: "floor" });
        expect(open.notChecked.slice(1)).to.deep.equal(verification.notChecked);
        // A window is none of the receipt's evidence.
        expect(verification.assurance.kinds).to.deep.equal(["signature"]);
      });
    });
  }

  it("says nothing of a floor that the receipt meets by itself", async () => {
    const { fetch, finalize } = await answered(all(signature), all(optimistic()));
    await finalize();
    const { verification } = await fetch();
    expect(verification.undecided).to.deep.equal([]);
    expect(verification.checks.map((it) => it.name)).to.not.include("floor");
  });

  it("takes no word of a chain that contradicts itself", async () => {
    const { fetch, finalize, contracts, answer } = await answered(all(optimistic()));
    await finalize();
    const kept = await contracts.requests.assuranceOf(answer.id);
    const { kinds, flags, quorumK, quorumN, minTcb, tolerance, window, stakeAtRisk } = kept;
    const truth = { kinds, flags, quorumK, quorumN, minTcb, tolerance, window, stakeAtRisk };
    const lies = [
      { kinds: 1n }, // a signature alone
      { flags: flags | 16n }, // by a panel
      { window: window - 1n },
    ];
    for (const lie of lies) {
      const said = { ...truth, ...lie };
      const requests = Object.create(contracts.requests, {
        assuranceOf: { value: () => Promise.resolve(said) },
      }) as Contracts["requests"];
      expect(await codeOfPromise(fetch({ ...contracts, requests }))).to.equal("FLOOR_NOT_MET");
    }
  });

  it("returns no receipt of an answer that was overturned", async () => {
    const { scenario, answer, fetch } = await answered(all(optimistic()));
    const { disputes, challenged, requests } = scenario;
    const decideBy = await challenged(answer);
    expect((await fetch()).verification.undecided).to.have.length(1);
    await at(decideBy + RESPONSE_PERIOD);
    await disputes.timeout(requests, answer.id, answer.terms, answer.output);
    expect(await codeOfPromise(fetch())).to.equal("REQUEST_NOT_FULFILLED");
  });

  it("says that an answer without evidence has no receipt", async () => {
    const { fetch } = await answered(all(optimistic()), all(optimistic()), false);
    expect(await codeOfPromise(fetch())).to.equal("RECEIPT_IMPOSSIBLE");
  });

  it("still refuses a receipt below what evidence has to meet", async () => {
    const { fetch, finalize } = await answered({
      allOf: [{ anyOf: [zk(), optimistic()] }, { anyOf: [signature] }],
      minStake: 0n,
    });
    expect((await fetch()).verification.undecided.map(({ clause }) => clause)).to.deep.equal([0]);
    await finalize();
    expect((await fetch()).verification.undecided).to.deep.equal([]);
  });
});
