import type { Policy, Requirement } from "@vouch/protocol";
import {
  allOf,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireSignature,
  requireTee,
  requireZk,
} from "@vouch/protocol";
import type { ReleaseFacts } from "./facts.ts";
import type { AdviceNeed } from "./need.ts";

/** Seconds that an answer may stay open to challenge, the longest first: the longer, the likelier that somebody looks. */
const WINDOWS = [86_400, 21_600, 3_600] as const;
/** Panels, the smallest first; one larger than a third of the pool is one that the same few sit on. */
const PANELS = [
  [2, 3],
  [3, 5],
  [5, 7],
  [11, 16],
] as const;
const MAX_ATTESTERS = 3;

/**
 * Returns the policies worth comparing for a release, each evidence alone and with what it goes well with. That one is among them
 * does not say that anything meets it: its quote does.
 */
export function candidatePolicies(facts: ReleaseFacts, need: AdviceNeed): readonly Policy[] {
  const signature = requireSignature();
  const proofs = proofsOf(facts, need);
  const enclave = requireTee("UpToDate");
  const seconds = windowFor(need);
  const panels = PANELS.filter(([, n], i) => i === 0 || n <= (facts.pools?.answering ?? 0));
  const [best] = proofs;
  return [
    [signature],
    ...proofs.flatMap((proof) => [[proof], [proof, signature]]),
    [enclave],
    [enclave, signature],
    ...(best === undefined ? [] : [[best, enclave]]),
    ...(best === undefined ? [] : [[requireOptimistic(seconds, best)]]),
    [requireOptimisticByQuorum(seconds, 2, 3)],
    ...panels.map(([k, n]) => [requireQuorum(k, n)]),
  ].map((requirements) => allOf(requirements));
}

/** The one that rests on whom the asker believes first. */
function proofsOf({ circuit }: ReleaseFacts, { believes }: AdviceNeed): readonly Requirement[] {
  if (circuit === null) return [];
  if (circuit.setup === "development") return [requireZk("any")];
  const isBelieved = (it: string): boolean => believes?.attesters?.some((by) => by === it) === true;
  const attesters = [
    ...circuit.attesters.filter(isBelieved),
    ...circuit.attesters.filter((it) => !isBelieved(it)),
  ].slice(0, MAX_ATTESTERS);
  const attested = attesters.map((it) => requireZk("attested", it));
  const pinned = requireZk("pinned", circuit.id);
  return believes?.circuits?.includes(circuit.id) === true
    ? [pinned, ...attested]
    : [...attested, pinned];
}

function windowFor({ maxSeconds, workSeconds = 0 }: AdviceNeed): number {
  const fits = WINDOWS.find((it) => it + 1 + workSeconds <= (maxSeconds ?? Infinity));
  return fits ?? 3_600;
}
