import type { Clause, Policy, Requirement } from "@vouch/protocol";
import { readTee, SETUP_TRUST } from "@vouch/protocol";
import type { CircuitFacts, ReleaseFacts } from "./facts.ts";
import { isContradictable } from "./facts.ts";
import type { Guarantee } from "./guarantee.ts";
import { NOTHING, stronger, weaker } from "./guarantee.ts";
import type { Beliefs } from "./need.ts";
import type { StakeTerms } from "./stakeTerms.ts";
import { leastLoss } from "./stakeTerms.ts";

/** Whom a guarantee may rest on, and what a request exposes. */
export type Ground = {
  readonly facts: ReleaseFacts;
  readonly believes: Beliefs;
  readonly terms: StakeTerms;
};

/**
 * Returns what each clause of a policy guarantees: a wrong answer passes one by any alternative, so the weakest counts.
 *
 * @param policy with the release's floor.
 */
export function judgeClauses(policy: Policy, ground: Ground): readonly Guarantee[] {
  // What a panel answers nobody's stake answers for: its members lose none by agreeing (docs/quorum.md).
  const byPanel = policy.allOf.some(isPanel);
  const stake: Guarantee = byPanel
    ? NOTHING
    : { rests: "stake", upTo: leastLoss(ground.terms, ground.facts.rules) };
  return policy.allOf.map((clause) => judgeClause(clause, ground, stake));
}

/** Returns what a policy guarantees: a wrong answer has to pass every clause, so the strongest counts. */
export function judgePolicy(policy: Policy, ground: Ground): Guarantee {
  return judgeClauses(policy, ground).reduce(stronger, NOTHING);
}

/** Whether nothing but a panel meets a clause. */
export function isPanel({ anyOf }: Clause): boolean {
  return anyOf.every(({ kind }) => kind === "quorum");
}

function judgeClause({ anyOf }: Clause, ground: Ground, stake: Guarantee): Guarantee {
  const judged = anyOf.flatMap((it) => judgeRequirement(it, ground, stake) ?? []);
  const [first, ...others] = judged;
  return first === undefined ? NOTHING : others.reduce(weaker, first);
}

/** Undefined where no answer of this release ever meets it. */
function judgeRequirement(
  requirement: Requirement,
  { facts, believes }: Ground,
  stake: Guarantee,
): Guarantee | undefined {
  const { kind, params, pin } = requirement;
  const panel: Guarantee = { rests: "panel", upTo: believes.panelUpTo ?? 0n };
  const byte = (shift: bigint): number => Number((params >> shift) & 0xffn);
  switch (kind) {
    case "signature":
      return isContradictable(facts) ? stake : NOTHING;
    case "zk":
      return judgeProof({ trust: params, pin }, facts.circuit, believes);
    case "quorum":
      return (facts.pools?.answering ?? 0) >= byte(8n) ? panel : NOTHING;
    case "optimistic": {
      const n = byte(56n);
      if (n > 0) return (facts.pools?.judging ?? 0) >= n ? weaker(stake, panel) : NOTHING;
      const proof = judgeProof({ trust: BigInt(byte(40n)), pin }, facts.circuit, believes);
      return proof === undefined ? undefined : weaker(stake, proof);
    }
    case "tee": {
      const demands = readTee({ params });
      if (demands === undefined) return undefined;
      if (demands.simulated || demands.vouched) return NOTHING;
      return { rests: "vendor", upTo: believes.vendorUpTo ?? 0n };
    }
  }
}

function judgeProof(
  { trust, pin }: { readonly trust: bigint; readonly pin: string },
  circuit: CircuitFacts | null,
  believes: Beliefs,
): Guarantee | undefined {
  const name = SETUP_TRUST[Number(trust)];
  if (circuit === null) return name === "external" ? NOTHING : undefined;
  if (name === undefined || name === "external") return undefined;
  const pinned = name === "pinned" || (name === "any" && BigInt(pin) !== 0n);
  if (pinned && pin !== circuit.id) return undefined;
  if (circuit.setup === "development") return name === "any" ? NOTHING : undefined;
  const attester = name === "attested" ? `0x${pin.slice(-40)}` : undefined;
  const believed =
    isSetupBelieved(circuit, believes) || believes.attesters?.some((it) => it === attester);
  return believed === true ? { rests: "mathematics" } : NOTHING;
}

/** Whether somebody whom the asker believes says that nobody can forge proofs of a circuit. */
export function isSetupBelieved(circuit: CircuitFacts, { attesters, circuits }: Beliefs): boolean {
  if (circuit.setup === "development") return false;
  if (circuits?.includes(circuit.id) === true) return true;
  return attesters?.some((it) => circuit.attesters.includes(it)) === true;
}
