import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import type { DisputeScenario } from "../../helpers/disputeScenario.ts";
import { WINDOW, byQuorum, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { Policy, Requirement } from "../../helpers/vouchScenario.ts";
import {
  DEVELOPMENT_SETUP,
  NOTHING,
  TRUST,
  UNATTESTED_SETUP,
  all,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

const EXTERNAL_VERIFIER = 8n;
const QUORUM_ARBITRATION = 16n;
const KINDS = { signature: 1n, quorum: 2n, optimistic: 4n, tee: 8n, zk: 16n } as const;
const NONE = {
  kinds: 0n,
  flags: 0n,
  quorumK: 0n,
  quorumN: 0n,
  minTcb: 0n,
  tolerance: 0n,
  window: 0n,
  stakeAtRisk: 0n,
};
type Assurance = typeof NONE;

/** Evidence of `k` of `n` operators within `tolerance`. */
const quorum = (k: bigint, n: bigint, tolerance = 0n): Requirement => ({
  kind: 1n,
  params: k | (n << 8n) | (tolerance << 16n),
  pin: ZeroHash,
});
const agreed = (quorumK: bigint, quorumN: bigint, tolerance = 0n): Assurance => ({
  ...NONE,
  kinds: KINDS.quorum,
  quorumK,
  quorumN,
  tolerance,
});
/** Stood for `window`, open to a challenge that a proof would have decided. */
const stood = (window: bigint, flags = DEVELOPMENT_SETUP): Assurance => ({
  ...NONE,
  kinds: KINDS.optimistic,
  flags,
  window,
});
/** Stood for `window`, open to a challenge that `k` of `n` operators would have decided. */
const judged = (quorumK: bigint, quorumN: bigint, window = WINDOW): Assurance => ({
  ...stood(window, QUORUM_ARBITRATION),
  quorumK,
  quorumN,
});

async function requireMet(
  { router, releaseId }: DisputeScenario,
  policy: Policy,
  assurance: Assurance,
) {
  await router.requireAssurance(policy, assurance, releaseId);
}

async function requireUnmet(
  { router, releaseId }: DisputeScenario,
  policy: Policy,
  assurance: Assurance,
  clause = 0n,
) {
  await expect(router.requireAssurance(policy, assurance, releaseId))
    .to.be.revertedWithCustomError(router, "PolicyNotMet")
    .withArgs(clause, Object.values(assurance));
}

describe("EvidenceRouter.requireAssurance", () => {
  describe("given a demand for a kind of evidence", () => {
    it("is met by that kind alone", async () => {
      const scenario = await deployed();
      await requireMet(scenario, all(signature), { ...NONE, kinds: KINDS.signature });
      await requireMet(scenario, all(zk()), { ...NONE, kinds: KINDS.zk });
      await requireUnmet(scenario, all(signature), { ...NONE, kinds: KINDS.zk });
      await requireUnmet(scenario, all(zk()), { ...NONE, kinds: KINDS.signature });
    });

    it("names the first clause that is not met", async () => {
      const scenario = await deployed();
      const policy = all(signature, zk(), byQuorum());
      await requireUnmet(scenario, policy, { ...NONE, kinds: KINDS.signature }, 1n);
      await requireUnmet(scenario, policy, { ...NONE, kinds: KINDS.signature | KINDS.zk }, 2n);
    });

    it("is never met by an enclave, of which this version verifies none", async () => {
      const scenario = await deployed();
      const enclave: Requirement = { kind: 3n, params: 0n, pin: ZeroHash };
      await requireUnmet(scenario, all(enclave), { ...NONE, kinds: KINDS.tee, minTcb: 255n });
    });
  });

  describe("given a demand for a panel", () => {
    it("is met by as many of as large a share, within no more", async () => {
      const scenario = await deployed();
      for (const [k, n] of [
        [2n, 3n],
        [3n, 3n],
        [2n, 2n],
        [4n, 6n],
      ] as const) {
        await requireMet(scenario, all(quorum(2n, 3n, 5n)), agreed(k, n, 5n));
      }
      await requireMet(scenario, all(quorum(2n, 3n, 5n)), agreed(2n, 3n, 4n));
    });

    it("is not met by fewer, by a smaller share, or within more", async () => {
      const scenario = await deployed();
      for (const [k, n, tolerance] of [
        [1n, 1n, 5n],
        [2n, 4n, 5n],
        [3n, 5n, 5n],
        [2n, 3n, 6n],
      ] as const) {
        await requireUnmet(scenario, all(quorum(2n, 3n, 5n)), agreed(k, n, tolerance));
      }
    });

    it("is never met where it describes no majority, or something beside it", async () => {
      const scenario = await deployed();
      for (const malformed of [
        quorum(1n, 2n),
        quorum(4n, 3n),
        quorum(9n, 17n),
        quorum(0n, 0n),
        { ...quorum(2n, 3n), params: quorum(2n, 3n).params | (1n << 48n) },
        { ...quorum(2n, 3n), pin: id("pin") },
      ]) {
        await requireUnmet(scenario, all(malformed), agreed(16n, 16n));
      }
      await requireMet(scenario, all(quorum(9n, 16n)), agreed(9n, 16n));
    });
  });

  describe("given a demand for a window that a proof would end", () => {
    it("is met by a window as long, and by none that is a second shorter", async () => {
      const scenario = await deployed();
      await requireMet(scenario, all(optimistic()), stood(WINDOW));
      await requireMet(scenario, all(optimistic()), stood(WINDOW + 1n));
      await requireUnmet(scenario, all(optimistic()), stood(WINDOW - 1n));
    });

    it("is never met where it demands no time", async () => {
      const scenario = await deployed();
      await requireUnmet(scenario, all(optimistic(0n)), stood(0n));
      await requireUnmet(scenario, all(optimistic(0n)), stood(WINDOW));
    });

    it("is not met where a panel was the judge, or an external program", async () => {
      const scenario = await deployed();
      await requireUnmet(scenario, all(optimistic()), judged(16n, 16n));
      await requireUnmet(scenario, all(optimistic()), stood(WINDOW, EXTERNAL_VERIFIER));
    });

    it("trusts the set-ups that it names, as evidence of a proof does", async () => {
      const scenario = await deployed();
      const { circuitId } = scenario;
      const pinned = all(optimistic(WINDOW, TRUST.pinned, circuitId));
      await requireUnmet(scenario, pinned, stood(WINDOW, DEVELOPMENT_SETUP));
      await requireMet(scenario, pinned, stood(WINDOW, UNATTESTED_SETUP));
      await requireMet(scenario, all(optimistic(WINDOW, TRUST.any, circuitId)), stood(WINDOW));
      for (const distrusted of [
        optimistic(WINDOW, TRUST.pinned, id("another")),
        optimistic(WINDOW, TRUST.any, id("another")),
        optimistic(WINDOW, TRUST.attested),
        optimistic(WINDOW, 3n, circuitId),
        optimistic(WINDOW, 4n, circuitId),
      ]) {
        await requireUnmet(scenario, all(distrusted), stood(WINDOW, UNATTESTED_SETUP));
      }
    });
  });

  describe("given a demand for a window that a panel would end", () => {
    it("is met by as many of as large a share", async () => {
      const scenario = await deployed();
      for (const [k, n] of [
        [2n, 3n],
        [3n, 3n],
        [4n, 6n],
      ] as const) {
        await requireMet(scenario, all(byQuorum()), judged(k, n));
      }
    });

    it("is not met by fewer, by a smaller share, for a second less, or by another judge", async () => {
      const scenario = await deployed();
      for (const assurance of [
        judged(1n, 1n),
        judged(2n, 4n),
        judged(3n, 5n),
        judged(2n, 3n, WINDOW - 1n),
        { ...judged(2n, 3n), flags: 0n },
        { ...judged(2n, 3n), flags: DEVELOPMENT_SETUP },
      ]) {
        await requireUnmet(scenario, all(byQuorum()), assurance);
      }
    });
  });

  describe("given alternatives", () => {
    it("is met by whichever comes, wherever it stands", async () => {
      const scenario = await deployed();
      const policy: Policy = {
        allOf: [{ anyOf: [quorum(2n, 3n), signature, zk()] }],
        minStake: 0n,
      };
      for (const assurance of [
        agreed(2n, 3n),
        { ...NONE, kinds: KINDS.signature },
        { ...NONE, kinds: KINDS.zk },
        { ...agreed(1n, 3n), kinds: KINDS.quorum | KINDS.zk },
      ]) {
        await requireMet(scenario, policy, assurance);
      }
      await requireUnmet(scenario, policy, agreed(1n, 3n));
    });
  });

  describe("given a demand for stake", () => {
    it("is met to the wei", async () => {
      const scenario = await deployed();
      const { router, releaseId } = scenario;
      const policy = { ...all(signature), minStake: 100n };
      const assurance = { ...NONE, kinds: KINDS.signature, stakeAtRisk: 100n };
      await requireMet(scenario, policy, assurance);
      await expect(router.requireAssurance(policy, { ...assurance, stakeAtRisk: 99n }, releaseId))
        .to.be.revertedWithCustomError(router, "PolicyStakeTooLow")
        .withArgs(99n, 100n);
    });
  });

  describe("when a clause offers nothing, or there is none", () => {
    it("reverts with PolicyClauseEmpty or PolicyEmpty", async () => {
      const { router, releaseId } = await deployed();
      const empty = { ...all(signature), allOf: [{ anyOf: [signature] }, { anyOf: [] }] };
      const assurance = { ...NONE, kinds: KINDS.signature };
      await expect(router.requireAssurance(empty, assurance, releaseId))
        .to.be.revertedWithCustomError(router, "PolicyClauseEmpty")
        .withArgs(1n);
      await expect(
        router.requireAssurance({ ...NOTHING, minStake: 1n }, assurance, releaseId),
      ).to.be.revertedWithCustomError(router, "PolicyEmpty");
    });
  });
});
