import { expect } from "chai";
import { WINDOW, byQuorum, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { Policy } from "../../helpers/vouchScenario.ts";
import { all, sign, signature } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

/** How long an answer to a request of this policy stays open. */
async function windowOf(policy: Policy, signed = false): Promise<bigint> {
  const scenario = await networkHelpers.loadFixture(deployDisputes);
  const { answered, claim, operator, domain } = scenario;
  const evidence = async (id: string, terms: Parameters<typeof claim>[1]) =>
    signed ? [await sign(operator, domain, claim(id, terms))] : [];
  const { windowEnd } = await answered({ policy, evidence });
  return windowEnd - BigInt(await networkHelpers.time.latest());
}

const either = (...anyOf: Policy["allOf"][number]["anyOf"]): Policy => ({
  allOf: [{ anyOf }],
  minStake: 0n,
});

describe("InferenceRequests.fulfil, of an answer that may be challenged", () => {
  it("leaves it open for the shortest of alternatives, wherever it stands", async () => {
    const [longer, shorter] = [optimistic(3n * WINDOW), optimistic(2n * WINDOW)];
    expect(await windowOf(either(longer, shorter))).to.equal(2n * WINDOW);
    expect(await windowOf(either(shorter, longer))).to.equal(2n * WINDOW);
    expect(await windowOf(either(shorter, byQuorum()))).to.equal(WINDOW);
  });

  it("leaves it open for the longest of what all clauses demand, in any order", async () => {
    const [longer, shorter] = [optimistic(3n * WINDOW), optimistic(2n * WINDOW)];
    expect(await windowOf(all(longer, shorter))).to.equal(3n * WINDOW);
    expect(await windowOf(all(shorter, longer))).to.equal(3n * WINDOW);
    expect(await windowOf(all(shorter, shorter))).to.equal(2n * WINDOW);
  });

  it("counts no window of a clause that evidence meets", async () => {
    const policy: Policy = {
      allOf: [{ anyOf: [signature, optimistic(3n * WINDOW)] }, { anyOf: [optimistic(WINDOW)] }],
      minStake: 0n,
    };
    expect(await windowOf(policy)).to.equal(3n * WINDOW);
    expect(await windowOf(policy, true)).to.equal(WINDOW);
  });
});
