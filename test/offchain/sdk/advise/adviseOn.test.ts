import type { Policy } from "@vouch/protocol";
import {
  allOf,
  NO_FLOOR,
  parseBranches,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import type { Advice, AdviceNeed, Alternative, ReleaseFacts } from "@vouch/sdk";
import { adviseOn, reachOf, requireSufficient } from "@vouch/sdk";
import { expect } from "chai";
import fc from "fast-check";
import {
  adviceFacts,
  AUDITOR,
  CIRCUIT,
  ETHER,
  quoted,
  releaseFacts,
} from "../../../helpers/adviceFacts.ts";
import { codeOf } from "../../../helpers/codeOf.ts";

const BELIEVED = { attesters: [AUDITOR] } as const;
const DEVELOPMENT: ReleaseFacts = releaseFacts({
  circuit: { ...releaseFacts().circuit!, setup: "development", attesters: [] }, // it has one
});

function advice(need: AdviceNeed, facts = releaseFacts(), chosen?: Policy): Advice {
  return adviseOn(adviceFacts(facts, { need, ...(chosen === undefined ? {} : { chosen }) }), need);
}

function named(of: Advice, text: string): Alternative {
  const found = of.alternatives.find((it) => it.text === text);
  if (found === undefined) throw new Error(`no alternative ${text}`);
  return found;
}

const codes = (it: { readonly warnings: Alternative["warnings"] }): readonly string[] =>
  it.warnings.map(({ code }) => code);

function recommended({ recommendation }: Advice): Alternative {
  if (!recommendation.found) throw new Error(recommendation.why.join("; "));
  return recommendation.alternative;
}

describe("adviseOn", () => {
  describe("given a circuit that a believed auditor attests", () => {
    it("recommends a proof above what any operator can stake", () => {
      const found = recommended(advice({ valueAtStake: 1_000n * ETHER, believes: BELIEVED }));
      expect(found.text).to.equal(`zk:attested=${AUDITOR}`);
      expect(found.guarantee).to.deep.equal({ rests: "mathematics" });
    });

    it("recommends a signature where exposing stake costs less than a proof", () => {
      const found = recommended(advice({ valueAtStake: ETHER / 10n, believes: BELIEVED }));
      expect(found.text).to.equal("signature");
      expect(found.guarantee).to.deep.equal({ rests: "stake", upTo: ETHER / 10n });
      expect(found.terms).to.deep.include({ stake: ETHER / 10n, cover: ETHER / 10n });
      expect(found.policy.minStake).to.equal(ETHER / 10n);
    });

    it("prices cover by what the stake would earn", () => {
      const need = { valueAtStake: ETHER, believes: BELIEVED };
      const yearly = { ...need, yieldBps: 10_000 };
      // 3 days of a year, and all of it a year's yield
      expect(named(advice(yearly), "signature").cost?.premium).to.equal((ETHER * 3n + 364n) / 365n);
      expect(named(advice({ ...need, yieldBps: 0 }), "signature").cost?.premium).to.equal(0n);
    });
  });

  describe("given an auditor whom the asker does not name", () => {
    it("does not take a proof for enough, and says whose word it rests on", () => {
      const found = named(advice({ valueAtStake: ETHER }), `zk:attested=${AUDITOR}`);
      expect(found.shortfalls).to.deep.equal(["TOO_WEAK"]);
      expect(codes(found)).to.include("UNVERIFIED_SETUP");
      expect(found.trusts.join()).to.include(AUDITOR);
    });

    it("takes one under a circuit that the asker verified", () => {
      const found = advice({ valueAtStake: ETHER, believes: { circuits: [CIRCUIT] } });
      expect(named(found, `zk:pinned=${CIRCUIT}`).sufficient).to.equal(true);
    });
  });

  describe("given a development set-up", () => {
    const found = advice({ valueAtStake: ETHER, believes: BELIEVED }, DEVELOPMENT);

    it("recommends nothing, and says what is missing", () => {
      expect(found.recommendation.found).to.equal(false);
      expect(codes(found)).to.include("DEVELOPMENT_SETUP");
    });

    it("counts neither a proof, nor a signature that no proof convicts, nor a window that one ends", () => {
      for (const text of ["signature", "zk:any", "zk:any+signature", "optimistic:86400:any"])
        expect(reachOf(named(found, text).guarantee), text).to.equal(0n);
      expect(codes(named(found, "signature"))).to.include("SIGNATURE_NOT_CONTRADICTABLE");
    });

    it("recommends the cheapest where nothing is at stake", () => {
      expect(recommended(advice({ valueAtStake: 0n }, DEVELOPMENT)).text).to.equal("signature");
    });
  });

  describe("given a vendor and panels", () => {
    const need = { valueAtStake: ETHER };

    it("believes them up to what the asker says, and no further", () => {
      const believes = { vendorUpTo: ETHER, panelUpTo: ETHER - 1n };
      const found = advice({ ...need, believes }, DEVELOPMENT);
      expect(named(found, "tee:UpToDate").sufficient).to.equal(true);
      expect(named(found, "quorum:2of3").sufficient).to.equal(false);
    });

    it("counts no simulated enclave and no panel that the pool cannot seat", () => {
      const policy = allOf([requireTee("UpToDate", { simulated: true })]);
      const believes = { vendorUpTo: ETHER, panelUpTo: ETHER };
      const small = releaseFacts({ pools: { answering: 2, judging: 2, minStake: ETHER } });
      const found = advice({ ...need, believes }, small, policy);
      expect(found.chosen?.sufficient).to.equal(false);
      expect(codes(found.chosen!)).to.include("SIMULATED_ENCLAVE"); // it was given
      expect(named(found, "quorum:2of3").shortfalls).to.deep.equal(["TOO_WEAK", "PANEL_TOO_SMALL"]);
    });

    it("asks a panel for the stake that it opens a round with: half of it is the fee", () => {
      const found = named(advice({ ...need, fee: 7n }), "quorum:2of3");
      expect(found.terms).to.deep.equal({ stake: 14n, cover: 0n, bond: 7n });
    });

    it("counts no stake behind what a panel answers", () => {
      const policy = parseBranches("quorum:2of3+optimistic:3600:pinned=" + CIRCUIT);
      const believes = { circuits: [CIRCUIT] };
      const found = advice({ ...need, believes }, releaseFacts(), policy);
      expect(reachOf(found.chosen!.guarantee)).to.equal(0n); // it was given
    });
  });

  describe("given a policy that the asker has in mind", () => {
    const weak = allOf([requireSignature()]);

    it("refuses one that is weaker than the value at stake, and names what would do", () => {
      const found = advice({ valueAtStake: ETHER, believes: BELIEVED }, DEVELOPMENT, weak);
      expect(found.chosen?.sufficient).to.equal(false);
      expect(codes(found.chosen!)).to.include("POLICY_WEAKER_THAN_VALUE"); // it was given
      expect(
        codeOf(() => {
          requireSufficient(found);
        }),
      ).to.equal("POLICY_TOO_WEAK");
    });

    it("takes one whose floor is strong enough", () => {
      const floor = allOf([requireZk("pinned", CIRCUIT)]);
      const facts = releaseFacts({ release: { ...releaseFacts().release, floor } });
      const need = { valueAtStake: 1_000n * ETHER, believes: { circuits: [CIRCUIT] } };
      expect(
        codeOf(() => {
          requireSufficient(advice(need, facts, weak));
        }),
      ).to.equal(undefined);
    });

    it("counts what its request exposes, and not what it could", () => {
      const facts = releaseFacts();
      const need = { valueAtStake: ETHER };
      const all = adviceFacts(facts, { need, chosen: weak });
      const exposing = (stake: bigint, cover: bigint): Advice =>
        adviseOn(
          { ...all, chosen: { ...quoted(weak, facts, 1n), terms: { stake, cover, bond: 0n } } },
          need,
        );
      expect(adviseOn(all, need).chosen?.sufficient).to.equal(false);
      expect(exposing(ETHER, 0n).chosen?.sufficient).to.equal(false);
      expect(exposing(ETHER, ETHER - 1n).chosen?.sufficient).to.equal(false);
      expect(exposing(ETHER, ETHER).chosen?.sufficient).to.equal(true);
    });

    it("counts the weakest alternative of a clause", () => {
      const either = parseBranches(`zk:pinned=${CIRCUIT}|quorum:2of3`);
      const need = { valueAtStake: 1n, believes: { circuits: [CIRCUIT] } };
      expect(advice(need, releaseFacts(), either).chosen?.sufficient).to.equal(false);
    });
  });

  it("says that public answers let a small model be copied, unless nothing of it is secret", () => {
    const circuit = releaseFacts().circuit!; // it has one
    expect(codes(advice({ valueAtStake: 0n }))).to.include("MODEL_EXTRACTABLE");
    for (const change of [{ weights: "constant" }, { outputMode: "committed" }] as const)
      expect(
        codes(advice({ valueAtStake: 0n }, releaseFacts({ circuit: { ...circuit, ...change } }))),
      ).not.to.include("MODEL_EXTRACTABLE");
  });

  it("says when nobody could serve, and that the release is deprecated", () => {
    const release = { ...releaseFacts().release, deprecated: true };
    const found = advice({ valueAtStake: 0n }, releaseFacts({ operators: [], release }));
    expect(codes(found)).to.include.members(["NO_OPERATOR", "RELEASE_DEPRECATED"]);
    expect(found.recommendation.found).to.equal(true); // a panel is drawn from its pool
    expect(named(found, "signature").shortfalls).to.deep.equal(["NO_STAKE"]);
  });

  it("says when no operator could expose what a signature would have to rest on", () => {
    const most = releaseFacts().operators[0]!.freeOwn; // there is one
    const shortfallsAt = (valueAtStake: bigint): readonly string[] =>
      named(advice({ valueAtStake }), "signature").shortfalls;
    expect(shortfallsAt(most)).to.deep.equal([]);
    expect(shortfallsAt(most + 1n)).to.deep.equal(["NO_STAKE"]);
  });

  it("knows no fee where nobody was paid", () => {
    const need = { valueAtStake: 0n };
    const facts = releaseFacts();
    const policy = allOf([requireSignature()]);
    const found = adviseOn({ ...facts, alternatives: [quoted(policy, facts, undefined)] }, need);
    expect(named(found, "signature").cost?.fee).to.equal(undefined);
    expect(codes(named(found, "signature"))).to.include("FEE_UNKNOWN");
  });
});

describe("adviseOn, of any need", () => {
  const wei = fc.bigInt({ min: 0n, max: 2_000n * ETHER });
  const needs = fc.record(
    {
      valueAtStake: wei,
      maxSeconds: fc.integer({ min: 0, max: 100_000 }),
      budget: fc.bigInt({ min: 0n, max: ETHER / 50n }),
      workSeconds: fc.integer({ min: 0, max: 600 }),
      believes: fc.record(
        {
          attesters: fc.constantFrom([], [AUDITOR]),
          circuits: fc.constantFrom([], [CIRCUIT]),
          vendorUpTo: wei,
          panelUpTo: wei,
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["valueAtStake"] },
  );
  const chains = fc.record({
    circuit: fc.constantFrom(releaseFacts().circuit, DEVELOPMENT.circuit, null),
    runtime: fc.constantFrom("bitExact", "tolerant"),
    floor: fc.constantFrom(NO_FLOOR, allOf([requireSignature()], ETHER)),
    places: fc.integer({ min: 0, max: 40 }),
    live: fc.integer({ min: 0, max: 1 }),
    staked: wei,
  });
  const chainOf = (it: typeof chains extends fc.Arbitrary<infer T> ? T : never): ReleaseFacts =>
    releaseFacts({
      release: { ...releaseFacts().release, runtime: it.runtime, floor: it.floor },
      circuit: it.circuit,
      operators: releaseFacts().operators.map((operator) => ({
        ...operator,
        freeOwn: it.staked,
        available: it.staked,
      })),
      pools: { answering: it.places, judging: it.places, minStake: ETHER },
      enclaves: { live: it.live, simulated: 0, vouched: 0 },
    });
  const OPTIONS = { seed: 31_371, numRuns: 300 };

  it("keeps every bound of the need in what it recommends, and recommends nothing impossible", () => {
    fc.assert(
      fc.property(needs, chains, (need, chain) => {
        const facts = chainOf(chain);
        const { recommendation } = advice(need, facts);
        if (!recommendation.found) return;
        const { cost, time, guarantee, terms } = recommendation.alternative;
        expect(cost === undefined || time === undefined).to.equal(false);
        expect(cost!.total <= (need.budget ?? cost!.total)).to.equal(true); // it has one, says the line above
        expect(time!.usual <= (need.maxSeconds ?? Infinity)).to.equal(true); // likewise
        expect((reachOf(guarantee) ?? need.valueAtStake) >= need.valueAtStake).to.equal(true);
        expect(terms.stake >= facts.release.floor.minStake).to.equal(true);
      }),
      OPTIONS,
    );
  });

  it("never recommends what reaches less far for more at stake", () => {
    fc.assert(
      fc.property(needs, wei, chains, (need, more, chain) => {
        const facts = chainOf(chain);
        const [less, greater] = [
          advice(need, facts),
          advice({ ...need, valueAtStake: need.valueAtStake + more }, facts),
        ];
        if (!greater.recommendation.found) return;
        const reach = reachOf(recommended(greater).guarantee);
        const before = reachOf(recommended(less).guarantee);
        expect(reach === undefined || (before !== undefined && before <= reach)).to.equal(true);
      }),
      OPTIONS,
    );
  });
});
