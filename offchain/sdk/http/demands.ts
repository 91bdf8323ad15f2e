import type { Clause, Hex, Policy, Receipt, Requirement } from "@vouch/protocol";
import { SETUP_TRUST, describeClause, findUnmetClause } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

/** Who tells whether evidence holds: the chain, or the receipt with the operators that the application names. */
export type Judges = { readonly operators: readonly Hex[] | undefined; readonly hasChain: boolean };

/**
 * Returns what of a policy a receipt has to meet by itself: without a chain, the alternatives that only the chain could tell do not
 * count, and signatures count where it is known whose.
 *
 * @throws {SdkError} `CHAIN_NEEDED`, naming what nobody could tell: to be called before anything is asked or paid.
 */
export function checkablePolicy(policy: Policy, judges: Judges): Policy {
  const allOf = policy.allOf.map((clause): Clause => {
    const anyOf = clause.anyOf.filter((it) => isChecked(it, judges));
    if (anyOf.length > 0) return { anyOf };
    throw new SdkError({ code: "CHAIN_NEEDED", demands: wordsFor(clause, judges) });
  });
  if (policy.minStake > 0n && !judges.hasChain) {
    const demands = `that ${policy.minStake} wei of stake are at risk`;
    throw new SdkError({ code: "CHAIN_NEEDED", demands });
  }
  if (policy.allOf.length === 0 && judges.operators === undefined && !judges.hasChain)
    throw new SdkError({
      code: "CHAIN_NEEDED",
      demands: "who answered: the policy demands nothing",
    });
  return { ...policy, allOf };
}

/** Returns what evidence a receipt lacks for a policy, in words; undefined where it meets it. */
export function findLack(
  policy: Policy,
  { evidence, release, circuit }: Receipt,
): string | undefined {
  const proven =
    circuit === null
      ? undefined
      : { circuit: release.circuit, development: circuit.setup === "development" };
  const unmet = findUnmetClause(
    policy,
    evidence.map(({ kind }) => kind),
    proven,
  );
  const clause = unmet === undefined ? undefined : policy.allOf[unmet];
  return clause && describeClause(clause);
}

function isChecked({ kind, params }: Requirement, { operators, hasChain }: Judges): boolean {
  switch (kind) {
    case "signature":
      return hasChain || operators !== undefined;
    case "zk": {
      const trust = SETUP_TRUST[Number(params)];
      return hasChain || trust === "any" || trust === "pinned";
    }
    case "tee":
      return hasChain;
    case "quorum":
    case "optimistic":
      return false; // no receipt shows them: they are what the chain did with a request
  }
}

function wordsFor(clause: Clause, { hasChain }: Judges): string {
  const words = describeClause(clause);
  if (hasChain) return `whether a request of the chain's met "${words}": ask by \`connect\``;
  return clause.anyOf.some(({ kind }) => kind === "signature")
    ? `whose signature meets "${words}": name \`operators\``
    : `whether "${words}" is met`;
}
