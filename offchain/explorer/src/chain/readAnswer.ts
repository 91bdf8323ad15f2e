import type { Clause, Policy, RequestId } from "@vouch/protocol";
import { decodeRequestParams, describeClause, policyHash } from "@vouch/protocol";
import type { CircuitFacts, FetchedRelease } from "@vouch/sdk";
import { describeTrust } from "@vouch/sdk";
import type { DecodedWords } from "./decodeWords.ts";
import { decodeWords } from "./decodeWords.ts";
import type { EvidencePiece } from "./describeEvidence.ts";
import { describeEvidence } from "./describeEvidence.ts";
import { openVouch } from "./openVouch.ts";

/** Words with what they stand for. */
export type ShownWords = { readonly words: readonly bigint[]; readonly decoded: DecodedWords };

/** A clause that the answer had to meet, and whom one trusts who takes it for enough. */
export type TrustedClause = {
  readonly clause: string;
  readonly by: "requester" | "publisher";
  readonly trust: string;
};

/** What the chain itself says of a request; nothing of it comes from the indexer. */
export type ChainAnswer = {
  readonly input: ShownWords;
  readonly output: ShownWords | null;
  readonly evidence: readonly EvidencePiece[];
  readonly clauses: readonly TrustedClause[];
};

/**
 * Reads a request and its answer from the chain.
 *
 * @param block where the indexer says that it was asked: where it lies, there is nothing
 */
export async function readAnswer(id: RequestId, block: number): Promise<ChainAnswer | null> {
  const vouch = await openVouch();
  const { requests } = vouch.contracts;
  const [asked] = await requests.queryFilter(requests.filters.InferenceRequested(id), block, block);
  if (asked === undefined) return null;
  const [answered] = await requests.queryFilter(requests.filters.InferenceFulfilled(id), block);
  const params = decodeRequestParams(asked.args.params);
  const fetched = await vouch.release(params.release);
  const { release, circuit } = fetched;
  const output = answered === undefined ? null : [...answered.args.output];
  return {
    input: {
      words: params.input,
      decoded: decodeWords(params.input, circuit?.input ?? null, release.inputFractionBits),
    },
    output:
      output === null
        ? null
        : {
            words: output,
            decoded: decodeWords(output, circuit?.output ?? null, release.outputFractionBits),
          },
    evidence: (answered?.args.evidence ?? []).map(({ kind, data }) =>
      describeEvidence({ kind: Number(kind), data: data as `0x${string}` }, circuit),
    ),
    clauses: trustOf(params.policy, fetched),
  };
}

/** The requester's clauses, then those of the floor that it did not name itself. */
function trustOf(policy: Policy, { release, circuit }: FetchedRelease): readonly TrustedClause[] {
  const facts = { release, circuit: circuit === null ? null : factsOf(release.circuit, circuit) };
  const named = new Set(policy.allOf.map(hashOf));
  const ofFloor = release.floor.allOf.filter((it) => !named.has(hashOf(it)));
  const told = (clause: Clause, by: TrustedClause["by"]): TrustedClause => ({
    clause: describeClause(clause),
    by,
    trust: describeTrust(clause, facts, {}),
  });
  return [
    ...policy.allOf.map((it) => told(it, "requester")),
    ...ofFloor.map((it) => told(it, "publisher")),
  ];
}

function hashOf(clause: Clause): string {
  return policyHash({ allOf: [clause], minStake: 0n });
}

/** Who attests the set-up is left out: the page does not know whom its reader believes. */
function factsOf(
  id: CircuitFacts["id"],
  { setup, weights, input, output }: NonNullable<FetchedRelease["circuit"]>,
): CircuitFacts {
  return { id, setup, weights, inputMode: input.mode, outputMode: output.mode, attesters: [] };
}
