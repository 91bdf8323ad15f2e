/** Test only: what a chain could say of a release, for advice that reads none. */
import type { Policy } from "@vouch/protocol";
import { conjoin, NO_FLOOR, parseCircuitId, parseReleaseId } from "@vouch/protocol";
import type { AdviceFacts, PolicyQuote, QuotedPolicy, ReleaseFacts } from "@vouch/sdk";
import { candidatePolicies } from "@vouch/sdk";
import { id } from "ethers";

export const ETHER: bigint = 10n ** 18n;
export const AUDITOR = "0x00000000000000000000000000000000000000aa";
export const CIRCUIT = parseCircuitId(id("circuit"));

/** A bit-exact release under an attested circuit, with an operator, pools and an enclave that serve it. */
export function releaseFacts(changes: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return {
    release: {
      id: parseReleaseId(id("release")),
      model: "credit-german-mlp",
      version: "1.0.0",
      runtime: "bitExact",
      floor: NO_FLOOR,
      deprecated: false,
    },
    circuit: {
      id: CIRCUIT,
      setup: "unverified",
      weights: "committed",
      inputMode: "public",
      outputMode: "public",
      attesters: [AUDITOR],
    },
    gasPrice: 10n ** 9n,
    operators: [
      {
        operator: "0x0000000000000000000000000000000000000001",
        bond: ETHER,
        freeOwn: 100n * ETHER,
        available: 100n * ETHER,
      },
    ],
    pools: { answering: 20, judging: 20, minStake: ETHER },
    enclaves: { live: 1, simulated: 0, vouched: 0 },
    rules: { leverage: 10n, rewardBps: 5_000n, liabilityPeriod: 259_200n },
    ...changes,
  };
}

/** Gas of answers by one kind of evidence. */
const GAS = {
  signature: 20_450n,
  zk: 237_300n,
  tee: 28_600n,
  optimistic: 101_000n,
  quorum: 1_360_000n,
};

/** Quotes a policy as a chain might on which everything is possible that the circuit does not exclude. */
export function quoted(
  policy: Policy,
  facts: ReleaseFacts,
  mean: bigint | undefined,
): QuotedPolicy {
  const { allOf } = conjoin(facts.release.floor, policy);
  const needsCircuit = (it: Policy["allOf"][number]["anyOf"][number]): boolean =>
    it.kind === "zk" || (it.kind === "optimistic" && it.params >> 56n === 0n);
  const sample = mean === undefined ? undefined : { results: 3n, mean };
  const clauses: PolicyQuote["clauses"] = allOf.map(({ anyOf }) =>
    anyOf.map((requirement) => {
      if (facts.circuit === null && needsCircuit(requirement))
        return { requirement, possible: false };
      const window =
        requirement.kind === "optimistic" ? Number(requirement.params & 0xffffffffffn) : 0;
      const panel = requirement.kind === "quorum";
      return {
        requirement,
        possible: true,
        gas: 107_400n + GAS[requirement.kind],
        leastSeconds: panel ? 60 : window === 0 ? 0 : window + 1,
        mostSeconds: panel ? 2_100 : window === 0 ? 0 : window + 259_200,
        ofRelease: sample,
        ofAll: sample,
      };
    }),
  );
  const all = clauses.flat();
  if (all.some(({ possible }) => !possible))
    return {
      policy,
      quote: { clauses, floorClauses: facts.release.floor.allOf.length, cheapest: undefined },
    };
  const most = (of: (it: (typeof all)[number]) => number): number => Math.max(0, ...all.map(of));
  return {
    policy,
    quote: {
      clauses,
      floorClauses: facts.release.floor.allOf.length,
      cheapest: {
        choices: clauses.map(() => 0),
        gas: 107_400n + all.reduce((sum, { requirement }) => sum + GAS[requirement.kind], 0n),
        gasKnown: true,
        leastSeconds: most((it) => (it.possible ? it.leastSeconds : 0)),
        mostSeconds: most((it) => (it.possible ? it.mostSeconds : 0)),
      },
    },
  };
}

/** All that advice rests on, with the candidates quoted, and a policy that the asker has in mind. */
export function adviceFacts(
  facts: ReleaseFacts,
  {
    need,
    mean = 10n ** 15n,
    chosen,
  }: {
    readonly need: Parameters<typeof candidatePolicies>[1];
    readonly mean?: bigint;
    readonly chosen?: Policy;
  },
): AdviceFacts {
  return {
    ...facts,
    alternatives: candidatePolicies(facts, need).map((it) => quoted(it, facts, mean)),
    ...(chosen === undefined ? {} : { chosen: quoted(chosen, facts, mean) }),
  };
}
