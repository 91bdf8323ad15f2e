import type { Contracts, Hex, Policy, Requirement } from "@vouch/protocol";
import { conjoin, encodePolicy, NATIVE_TOKEN, wordCount } from "@vouch/protocol";
import type { FetchedRelease } from "./fetchRelease.ts";

/** What final answers were paid: the mean fee of so many, in the token's smallest unit; `undefined` without a sample. */
export type FeeSample = { readonly results: bigint; readonly mean: bigint } | undefined;

/** One alternative of a clause, and what an answer by it takes. */
export type BranchQuote =
  | { readonly requirement: Requirement; readonly possible: false }
  | {
      readonly requirement: Requirement;
      readonly possible: true;
      /** From the lock to finality, without callbacks; `undefined` where a verifier of the publisher's choice uses some. */
      readonly gas: bigint | undefined;
      /** From the lock to finality, as far as contracts enforce it, without a challenge. */
      readonly leastSeconds: number;
      /** Likewise with a challenge in the window's last second. */
      readonly mostSeconds: number;
      readonly ofRelease: FeeSample;
      readonly ofAll: FeeSample;
    };

/** The branches of a release's floor and a policy, clause by clause, and the cheapest of each clause together. */
export type PolicyQuote = {
  /** Clauses of the floor come first, as errors of contracts count them. */
  readonly clauses: readonly (readonly BranchQuote[])[];
  /** How many of the clauses are the floor's. */
  readonly floorClauses: number;
  /** Index of the alternative with the least gas for each clause, and their sum; `undefined` where a clause has none. */
  readonly cheapest:
    | {
        readonly choices: readonly number[];
        readonly gas: bigint;
        /** Not set where `gas` lacks that of a verifier of the publisher's choice. */
        readonly gasKnown: boolean;
        readonly leastSeconds: number;
        readonly mostSeconds: number;
      }
    | undefined;
};

/**
 * Prices every branch of a policy for a release, as `PolicyQuotes` on the chain does. A release without a circuit does not say
 * how many words its input and output have: one each unless given. Rejects with the router's `PolicyJudgesConflict` where
 * clauses name judges of whom none meets all: no such request can be made.
 *
 * @example
 * const release = await fetchRelease(contracts, id, deployment.fromBlock);
 * const { clauses, cheapest } = await quotePolicy(contracts, { release, policy: allOf([requireZk("any")]) });
 */
export async function quotePolicy(
  { quotes }: Pick<Contracts, "quotes">,
  ask: {
    readonly release: Pick<FetchedRelease, "id" | "release" | "circuit">;
    readonly policy: Policy;
    readonly token?: Hex;
    readonly inputWords?: number;
    readonly outputWords?: number;
  },
): Promise<PolicyQuote> {
  const { id, release, circuit } = ask.release;
  const inputWords = ask.inputWords ?? (circuit === null ? 1 : wordCount(circuit.input));
  const outputWords = ask.outputWords ?? (circuit === null ? 1 : wordCount(circuit.output));
  const policy = encodePolicy(ask.policy);
  const effective = conjoin(release.floor, ask.policy);
  const token = ask.token ?? NATIVE_TOKEN;

  const quoted = await quotes.quote(id, policy, token, inputWords, outputWords);
  const clauses = effective.allOf.map(({ anyOf }, i) =>
    anyOf.map((requirement, j) => branchOf(requirement, quoted[i]?.[j])),
  );
  const floorClauses = release.floor.allOf.length;
  if (!clauses.every((clause) => clause.some(({ possible }) => possible))) {
    return { clauses, floorClauses, cheapest: undefined };
  }
  const plan = await quotes.cheapest(id, policy, inputWords, outputWords);
  return {
    clauses,
    floorClauses,
    cheapest: {
      choices: plan.choices.map(Number),
      gas: plan.gas,
      gasKnown: plan.gasKnown,
      leastSeconds: Number(plan.leastSeconds),
      mostSeconds: Number(plan.mostSeconds),
    },
  };
}

type Fees = { readonly results: bigint; readonly mean: bigint };
type Quoted = {
  readonly possible: boolean;
  readonly gas: bigint;
  readonly leastSeconds: bigint;
  readonly mostSeconds: bigint;
  readonly ofRelease: Fees;
  readonly ofAll: Fees;
};

function branchOf(requirement: Requirement, quoted: Quoted | undefined): BranchQuote {
  if (quoted?.possible !== true) return { requirement, possible: false };
  return {
    requirement,
    possible: true,
    gas: quoted.gas === 0n ? undefined : quoted.gas,
    leastSeconds: Number(quoted.leastSeconds),
    mostSeconds: Number(quoted.mostSeconds),
    ofRelease: sampleOf(quoted.ofRelease),
    ofAll: sampleOf(quoted.ofAll),
  };
}

function sampleOf({ results, mean }: Fees): FeeSample {
  return results === 0n ? undefined : { results, mean };
}
