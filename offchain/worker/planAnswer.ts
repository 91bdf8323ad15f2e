import type { Policy, Release, Requirement } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";
import type { EvidenceFacts, Producible } from "./planEvidence.ts";
import { evidenceRefusal, PRODUCIBLE } from "./planEvidence.ts";

/** By what means a challenge of an answer would be decided; the window in seconds. */
export type Judge =
  | { readonly by: "proof"; readonly window: number }
  | { readonly by: "panel"; readonly window: number; readonly k: number; readonly n: number };

/** What is known of the means by which an answer could be defended. */
export type DefenceFacts = {
  /** Of the release: a panel compares bits. */
  readonly runtime: Release["runtime"];
  /** `EvidenceRouter.MAX_WINDOW`. */
  readonly maxWindow: number;
  /** Whether the router takes evidence from a quorum. */
  readonly hasPanels: boolean;
  /** Why this operator could not, or would rather not, stand by an answer under this judge; undefined where it would. */
  readonly refusal: (judge: Judge) => Promise<string | undefined>;
};

/** What an answer carries, and who decides a challenge of it; without a judge it is final at once. */
export type AnswerPlan = {
  readonly evidence: ReadonlySet<Producible>;
  readonly judge: Judge | undefined;
};

type Condition =
  | { readonly means: "evidence"; readonly kind: Producible }
  /** Met once a window is over, under a judge at least as strict; `isPossible` where it may itself be the judge. */
  | { readonly means: "window"; readonly judge: Judge; readonly isPossible: boolean }
  | { readonly means: "none"; readonly reason: string };
type Conditions = readonly (readonly Condition[])[];

/** `MAX_PANEL` of `contracts/types/Policy.sol`. */
const MAX_PANEL = 16;

/**
 * Sets of evidence, the cheapest first: those that are signed, then those with a proof. None is empty: the router takes an answer
 * that stays open to challenge without any, but no receipt could be made of it.
 */
const SETS: readonly ReadonlySet<Producible>[] = Array.from(
  { length: (1 << PRODUCIBLE.length) - 1 },
  (_, bits) => new Set(PRODUCIBLE.filter((_kind, index) => ((bits + 1) >> index) & 1)),
);
const CANDIDATES = [false, true].map((proven) => SETS.filter((it) => it.has("zk") === proven));

/**
 * Returns how to answer under a policy: signatures at once where they do, else a signed answer that stays open to challenge and
 * that this operator could defend, else proofs. As the router does, it takes the judge of the shortest window under which every clause
 * is met once that is over.
 *
 * @throws {WorkerError} `POLICY_NOT_SERVABLE`, naming the clause (the release's floor comes first).
 */
export async function planAnswer(
  policy: Policy,
  facts: EvidenceFacts,
  defence: DefenceFacts,
): Promise<AnswerPlan> {
  const clauses = await conditionsOf(policy, facts, defence);
  const refusals = new Set<string>();
  for (const sets of CANDIDATES) {
    const judged = sets.map((evidence) => ({ evidence, judge: judgeOf(clauses, evidence) }));
    const atOnce = judged.find(({ judge }) => judge === undefined);
    if (atOnce !== undefined) return { evidence: atOnce.evidence, judge: undefined };
    for (const { evidence, judge } of judged) {
      if (judge === undefined || judge === "unmet") continue;
      const refusal = await defence.refusal(judge);
      if (refusal === undefined) return { evidence, judge };
      refusals.add(refusal);
    }
  }
  throw notServable(clauses, [...refusals]);
}

/**
 * Returns who would judge an answer that carries this evidence, as `EvidenceRouter` decides it: nobody where every clause is met
 * at once, and "unmet" where the answer would be refused.
 */
export async function predictJudge(
  policy: Policy,
  evidence: ReadonlySet<Producible>,
  facts: EvidenceFacts,
  defence: Omit<DefenceFacts, "refusal">,
): Promise<Judge | undefined | "unmet"> {
  return judgeOf(await conditionsOf(policy, facts, defence), evidence);
}

function conditionsOf(
  policy: Policy,
  facts: EvidenceFacts,
  defence: Omit<DefenceFacts, "refusal">,
): Promise<Conditions> {
  return Promise.all(
    policy.allOf.map(({ anyOf }) =>
      Promise.all(anyOf.map((requirement) => conditionOf(requirement, facts, defence))),
    ),
  );
}

function judgeOf(
  clauses: Conditions,
  evidence: ReadonlySet<Producible>,
): Judge | undefined | "unmet" {
  if (clauses.every((clause) => isMet(clause, evidence, undefined))) return undefined;
  let shortest: Judge | undefined;
  for (const condition of clauses.flat()) {
    if (condition.means !== "window" || !condition.isPossible) continue;
    const { judge } = condition;
    if (shortest !== undefined && shortest.window <= judge.window) continue;
    if (clauses.every((clause) => isMet(clause, evidence, judge))) shortest = judge;
  }
  return shortest ?? "unmet";
}

function isMet(
  clause: readonly Condition[],
  evidence: ReadonlySet<Producible>,
  judge: Judge | undefined,
): boolean {
  return clause.some((condition) => {
    if (condition.means === "evidence") return evidence.has(condition.kind);
    return condition.means === "window" && judge !== undefined && covers(judge, condition.judge);
  });
}

/** Whether what was open to challenge under `judge` counts as if it had been under `demanded`. */
function covers(judge: Judge, demanded: Judge): boolean {
  if (judge.window < demanded.window) return false;
  if (judge.by === "proof" || demanded.by === "proof") return judge.by === demanded.by;
  return judge.k >= demanded.k && judge.k * demanded.n >= demanded.k * judge.n;
}

/** What meets a requirement, as `EvidenceRouter` has it in `_isPossible` and `_isMet`. */
async function conditionOf(
  requirement: Requirement,
  facts: EvidenceFacts,
  defence: Omit<DefenceFacts, "refusal">,
): Promise<Condition> {
  const { kind, params, pin } = requirement;
  if (kind !== "optimistic") {
    const refusal = await evidenceRefusal(requirement, facts);
    const producible = PRODUCIBLE.find((it) => it === kind);
    if (refusal !== undefined) return { means: "none", reason: refusal };
    return producible === undefined
      ? { means: "none", reason: `it produces no ${kind} evidence` }
      : { means: "evidence", kind: producible };
  }
  const window = Number(params & 0xff_ffff_ffffn);
  if (window === 0) return { means: "none", reason: "a window of 0 seconds is none" };
  const byte = (shift: bigint): number => Number((params >> shift) & 0xffn);
  const [trust, k, n] = [byte(40n), byte(48n), byte(56n)];
  const isShort = window <= defence.maxWindow;
  if (n > 0) {
    const isMajority = n <= MAX_PANEL && k <= n && 2 * k > n && trust === 0 && BigInt(pin) === 0n;
    const isPossible = isShort && isMajority && defence.runtime === "bitExact" && defence.hasPanels;
    return { means: "window", judge: { by: "panel", window, k, n }, isPossible };
  }
  const reason = await evidenceRefusal({ kind: "zk", params: BigInt(trust), pin }, facts);
  if (reason !== undefined) return { means: "none", reason: `a proof would judge: ${reason}` };
  return { means: "window", judge: { by: "proof", window }, isPossible: isShort };
}

/** Names the first clause that nothing here meets; where each can be met, but not all at once or not defended, the first with a window. */
function notServable(clauses: Conditions, refusals: readonly string[]): WorkerError {
  const hopeless = clauses.findIndex((clause) => clause.every(({ means }) => means === "none"));
  const open = clauses.findIndex((clause) => clause.some(({ means }) => means === "window"));
  const clause = hopeless === -1 ? Math.max(open, 0) : hopeless;
  const reasons = (clauses[clause] ?? []).flatMap((it) => (it.means === "none" ? [it.reason] : []));
  const all = hopeless === -1 ? [...refusals, ...reasons] : reasons;
  const reason = all.join("; ") || "no one judge and no evidence of this worker meet all clauses";
  return new WorkerError({ code: "POLICY_NOT_SERVABLE", clause, reason });
}
