import { join } from "node:path";
import type { CircuitId, Evidence, Hex, Receipt, RequestId, RequestParams } from "@vouch/protocol";
import {
  encodeReceiptEvidence,
  encodeRequestParams,
  enumName,
  evidenceKindIndex,
  findContractError,
  hashOfWords,
  isBatchPlace,
  ProtocolError,
  REQUEST_STATUSES,
  requireDecided,
  serializeReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { solidityPackedKeccak256 } from "ethers";
import { act, addressOf, chainNow } from "../duties/duty.ts";
import { WorkerError } from "../errors.ts";
import { writeWhole } from "../execute.ts";
import { KEPT_PROVER } from "../proving/proofEvents.ts";
import type { MinedTransaction } from "../send.ts";
import { achieve } from "./achieve.ts";
import { answerAnew } from "./answerAnew.ts";
import { openEvidence } from "./openEvidence.ts";
import type { Answered, Next, Plan, StepDeps } from "./step.ts";
import { UNSEEN_SECONDS } from "./step.ts";

/** An answer that is ready to be sent. */
type Settling = { readonly request: Answered; readonly receipt: Receipt };

/** What a receipt is refused by where its proof is not one of the statement. */
const OF_PROOF: ReadonlySet<string> = new Set([
  "PROOF_INVALID",
  "SEGMENT_COUNT",
  "WEIGHTS_INVALID",
]);

/** Before a deadline, in which an answer whose batch is not seen is proven by itself. */
const ALONE_SECONDS = 300;

/** What settling led to, request by request; a failure is of its request alone. */
export type Settled = ReadonlyMap<RequestId, Next | Error>;

/**
 * Brings kept answers to the chain: one by `fulfil`, several that are final at once by `fulfilMany`. What `fulfilMany` refused is
 * sent alone, which says why. Nothing is sent that a stranger would refuse; an answer that is lost is made anew, and so is a proof that
 * does not verify.
 *
 * Failures are {WorkerError} `FULFILMENT_REFUSED`; {ProtocolError} where the receipt would not verify; what `Send` throws.
 */
export async function settleStep(requests: readonly Answered[], deps: StepDeps): Promise<Settled> {
  const settled = new Map<RequestId, Next | Error>();
  const ready: Settling[] = [];
  for (const request of requests) {
    const outcome = await attempt(() => prepare(request, deps));
    if (outcome instanceof Error || "next" in outcome) settled.set(request.id, outcome);
    else ready.push(outcome);
  }
  const together = ready.filter(({ request }) => request.plan.judge === undefined);
  if (together.length > 1) {
    const done = await attempt(() => fulfilMany(together, deps));
    // Alone, whatever was wrong with all of them is said of each.
    if (!(done instanceof Error)) for (const id of done) settled.set(id, { next: "served" });
  }
  for (const it of ready) {
    if (settled.has(it.request.id)) continue;
    settled.set(it.request.id, await attempt(() => fulfil(it, deps)));
  }
  return settled;
}

async function attempt<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Returns what is to be sent, or what follows where the chain has moved on. */
async function prepare(request: Answered, deps: StepDeps): Promise<Settling | Next> {
  const { id, params, plan } = request;
  const { requests } = deps.contracts;
  const status = enumName(REQUEST_STATUSES, await requests.statusOf(id));
  if (status === "provisional" || status === "challenged") return { next: "watch" };
  // A reorganisation took the lock, or the node that was asked is behind: what is locked after all is not locked twice.
  if (status === "none" || status === "open") return { next: "infer" };
  if (status !== "locked") return { next: "over" };
  if ((await requests.operatorOf(id)).toLowerCase() !== deps.operator)
    return untilLocked(params, deps);
  const answer = await deps.answers.get(id);
  const kept = plan.evidence.flatMap((kind) => {
    const data = answer?.evidence.get(kind);
    return data === undefined ? [] : { kind: evidenceKindIndex(kind), data: data as Hex };
  });
  if (answer === undefined || kept.length < plan.evidence.length) return answerAnew(id, deps);
  const { release, circuit } = await deps.releases.get(params.release);
  const statement = {
    release: params.release,
    request: id,
    operator: deps.operator,
    inputHash: hashOfWords(params.input),
    outputHash: hashOfWords(answer.words),
  };
  const { domain } = deps;
  const { input } = params;
  try {
    const evidence: Evidence[] = [];
    for (const it of kept) evidence.push(await openEvidence(it, circuit, deps));
    const receipt = { domain, statement, input, output: answer.words, evidence, release, circuit };
    requireSendable(receipt, plan);
    return { request, receipt };
  } catch (error) {
    const proof = answer.evidence.get("zk");
    const isOfBatch = kept.some(isBatchPlace) && error instanceof ProtocolError;
    if (proof === undefined || !(isOfBatch || isOfProof(error))) throw error;
    return proveAnew(request, proof, release.circuit, deps);
  }
}

/** A proof was verified before it was kept: it is damaged since, and is never sent. */
async function proveAnew(
  { id, plan }: Answered,
  proof: string,
  circuit: CircuitId,
  { answers, emit }: Pick<StepDeps, "answers" | "emit">,
): Promise<Next> {
  emit({ status: "proofRefused", request: id, circuit, prover: KEPT_PROVER });
  await answers.dropEvidence(id, "zk", proof);
  return { next: "prove", plan };
}

function isOfProof(error: unknown): boolean {
  if (!(error instanceof ProtocolError)) return false;
  const { data } = error;
  return data.code === "EVIDENCE_MALFORMED" ? data.kind === "zk" : OF_PROOF.has(data.code);
}

/** A node that lags behind the lock may show the one before it: no reason to leave an answer and the stake behind it. */
async function untilLocked(
  { deadline }: Pick<RequestParams, "deadline">,
  { contracts }: Pick<StepDeps, "contracts">,
): Promise<Next> {
  const now = await chainNow(contracts);
  if (now > deadline) return { next: "over" };
  return { next: "later", until: now + UNSEEN_SECONDS, reason: "its lock is not seen" };
}

/** What stays open to challenge meets its floor when its window is over, and everything else now. */
function requireSendable(receipt: Receipt, { judge }: Plan): void {
  const { undecided } = verifyReceipt(receipt);
  if (judge === undefined) requireDecided(undecided);
}

async function fulfil({ request, receipt }: Settling, deps: StepDeps): Promise<Next> {
  const { id, params, plan } = request;
  const { requests } = deps.contracts;
  const { output } = receipt;
  const start = performance.now();
  const data = requests.interface.encodeFunctionData("fulfil", [
    id,
    encodeRequestParams(params),
    [...output],
    encodeReceiptEvidence(receipt),
  ]);
  const step = await achieve(
    {
      key: `fulfil:${id}`,
      to: await addressOf(requests),
      data: data as Hex,
      deadline: params.deadline,
    },
    async () => enumName(REQUEST_STATUSES, await requests.statusOf(id)) !== "locked",
    deps,
  ).catch((cause: unknown) => {
    if (findContractError(cause)?.name === "BatchNotRecorded") return undefined;
    if (!(cause instanceof WorkerError) || cause.data.code !== "DUTY_REFUSED") throw cause;
    const { refusal } = cause.data;
    throw new WorkerError({ code: "FULFILMENT_REFUSED", request: id, refusal }, { cause });
  });
  if (step === undefined) return untilRecorded(request, deps);
  if (step.status !== "sent") return overtaken(request, deps);
  await report(id, receipt, step.mined, performance.now() - start, deps);
  return plan.judge === undefined ? { next: "served" } : { next: "watch" };
}

/** The transaction that recorded its batch is not seen: a node lags behind it, or a reorganisation took it for now. */
async function untilRecorded(request: Answered, deps: StepDeps): Promise<Next> {
  const { id, params, plan } = request;
  const now = await chainNow(deps.contracts);
  const until = now + UNSEEN_SECONDS;
  if (until + ALONE_SECONDS < params.deadline)
    return { next: "later", until, reason: "its batch is not seen" };
  const place = (await deps.answers.get(id))?.evidence.get("zk");
  if (place !== undefined) await deps.answers.dropEvidence(id, "zk", place);
  return { next: "prove", plan };
}

/** A node refused the answer by a state that it has passed, or has not reached yet: only the first ends it. */
async function overtaken({ id }: Answered, { contracts }: StepDeps): Promise<Next> {
  const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(id));
  if (status === "none" || status === "open") return { next: "infer" };
  if (status !== "locked") return { next: "over" };
  const until = (await chainNow(contracts)) + UNSEEN_SECONDS;
  return { next: "later", until, reason: "a node is behind" };
}

/** Returns which of them the chain took. */
async function fulfilMany(all: readonly Settling[], deps: StepDeps): Promise<readonly RequestId[]> {
  const { requests } = deps.contracts;
  const fulfilments = all.map(({ request: { id, params }, receipt }) => ({
    id,
    params: encodeRequestParams(params),
    output: [...receipt.output],
    evidence: encodeReceiptEvidence(receipt),
  }));
  const names = all.map(({ request }) => request.id).sort();
  const start = performance.now();
  const step = await act(deps, {
    key: `fulfilMany:${solidityPackedKeccak256(["string"], [names.join()])}`,
    to: await addressOf(requests),
    data: requests.interface.encodeFunctionData("fulfilMany", [fulfilments]) as Hex,
    deadline: Math.min(...all.map(({ request }) => request.params.deadline)),
  });
  if (step.status !== "sent") return [];
  const taken: RequestId[] = [];
  for (const { request, receipt } of all) {
    const status = enumName(REQUEST_STATUSES, await requests.statusOf(request.id));
    if (status === "locked") continue; // refused within the batch
    taken.push(request.id);
    await report(request.id, receipt, step.mined, performance.now() - start, deps);
  }
  return taken;
}

/** The receipt is the requester's and anybody's: written whole before it is told of. */
async function report(
  request: RequestId,
  receipt: Receipt,
  { gasUsed, hash }: MinedTransaction,
  ms: number,
  { home, emit }: Pick<StepDeps, "home" | "emit">,
): Promise<void> {
  const receiptPath = join(home.receipts, `${request}.json`);
  await writeWhole(receiptPath, serializeReceipt(receipt));
  emit({ status: "fulfilled", request, ms, gasUsed, txHash: hash, receipt, receiptPath });
}
