import type { BatchedStatement, Hex, ReleaseId } from "@vouch/protocol";
import { batchDigest, encodeEvidence } from "@vouch/protocol";
import { chainNow } from "../duties/duty.ts";
import { batchClaim } from "../proving/batchClaim.ts";
import { encodeProvenBatch } from "../proving/keptBatches.ts";
import type { ProofTask } from "../proving/statementClaims.ts";
import { timed } from "../timed.ts";
import { openAnswer } from "./openAnswer.ts";
import { codeOfError } from "./giveUp.ts";
import { isOver } from "./segmentStep.ts";
import type { Answered, Next, StepDeps } from "./step.ts";

/** What follows for each answer of a batch. */
export type Apart = readonly { readonly answered: Answered; readonly next: Next }[];

/** What proving answers together led to: a proof that is kept under this digest, or their ways apart. */
export type Batched =
  | { readonly next: "record"; readonly digest: Hex }
  | { readonly next: "apart"; readonly members: Apart };

export type BatchStepDeps = Pick<
  StepDeps,
  | "answers"
  | "releases"
  | "operator"
  | "domain"
  | "openings"
  | "prover"
  | "batches"
  | "emit"
  | "log"
  | "contracts"
>;

/** Before a request's deadline, in which it is proven alone: a batch takes longer, and two transactions. */
export const BATCH_MARGIN_SECONDS = 300;

/** What fails of one answer and says nothing of the others. */
const OF_ANSWER: ReadonlySet<string> = new Set([
  "ANSWER_DIFFERS",
  "INPUT_OPENING_INVALID",
  "INPUT_OPENING_MISSING",
  "MODEL_RUN_FAILED",
]);

/**
 * Proves several kept answers of one release by one proof, and keeps it. Nothing is proven where one of them is to be proven no more, or
 * is to be proven alone, as its deadline came near or it cannot be opened: the others gather anew.
 *
 * @throws what `openAnswer` throws that is of no one answer; {ProtocolError} `BATCH_CIRCUIT_MISSING`; {ProverError}.
 */
export async function batchStep(
  release: ReleaseId,
  members: readonly Answered[],
  deps: BatchStepDeps,
  signal?: AbortSignal,
): Promise<Batched> {
  const { prover, batches, emit } = deps;
  const tasks: ProofTask[] = [];
  const left = new Map<Answered, Next>();
  for (const answered of members) {
    const task =
      (await isOver(answered, deps)) ??
      (await isLate(answered, deps)) ??
      (await opened(answered, deps));
    if ("next" in task) left.set(answered, task);
    else tasks.push(task);
  }
  const [first] = tasks;
  if (left.size > 0 || first === undefined) {
    const apart = members.map((answered): Apart[number] => {
      const next = left.get(answered) ?? { next: "gather", plan: answered.plan };
      return { answered, next };
    });
    return { next: "apart", members: apart };
  }
  const served = await deps.releases.get(release);
  const { claim, evidenceOf } = batchClaim(served, tasks);
  const { value: proof, ms } = await timed(() => prover.proofOf(first, claim, signal));
  const { data } = encodeEvidence(evidenceOf(proof));
  const digest = batchDigest(tasks.map((it) => it.digest));
  const statements = await Promise.all(members.map((answered) => statementOf(answered, deps)));
  await batches.put(digest, encodeProvenBatch({ statements, data }));
  for (const { id } of members) emit({ status: "proved", request: id, ms });
  return { next: "record", digest };
}

/** What is wrong with one answer is its own: proven alone it meets the same, and is given up where it must be. */
async function opened(answered: Answered, deps: BatchStepDeps): Promise<ProofTask | Next> {
  try {
    return await openAnswer(answered, deps);
  } catch (error) {
    const code = codeOfError(error);
    if (code === undefined || !OF_ANSWER.has(code)) throw error;
    deps.log.warn({ requestId: answered.id, code }, "an answer leaves its batch");
    return { next: "prove", plan: answered.plan };
  }
}

async function isLate(
  { params, plan }: Answered,
  { contracts }: Pick<BatchStepDeps, "contracts">,
): Promise<Next | undefined> {
  const left = params.deadline - (await chainNow(contracts));
  return left < BATCH_MARGIN_SECONDS ? { next: "prove", plan } : undefined;
}

/** The words that `openAnswer` found to be those of a run. */
async function statementOf(
  { id, params }: Answered,
  { answers, operator }: Pick<BatchStepDeps, "answers" | "operator">,
): Promise<BatchedStatement> {
  const answer = await answers.get(id);
  return { request: id, operator, input: params.input, output: answer?.words ?? [] };
}
