import type { Hex } from "@vouch/protocol";
import {
  encodeEvidence,
  encodeRequestParams,
  enumName,
  hashOfWords,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import { addressOf, chainNow } from "../duties/duty.ts";
import { WorkerError } from "../errors.ts";
import type { Executed } from "../execute.ts";
import { execute } from "../execute.ts";
import { openInput } from "../runRelease.ts";
import { timed } from "../timed.ts";
import { achieve } from "./achieve.ts";
import { leaveToOthers } from "./leaveToOthers.ts";
import { readyRelease } from "./readyRelease.ts";
import type { Next, StepDeps, StepOptions, Watched } from "./step.ts";
import { isUnanswered, UNSEEN_SECONDS } from "./step.ts";
import { lock, planFor, refusalToLock } from "./takeOn.ts";

/** Between looks at a request that another operator holds: it may give up. */
const LOOK_SECONDS = 30;

/**
 * Takes a request on and answers it: decides whether it is worth a lock, locks it, runs the release, has keys sign what the plan
 * has of them, and keeps the answer. Begun again after any crash it goes on where the chain says that it was. A request that was
 * answered before may be this operator's whatever a node says: it is not left before its deadline.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED`, `RELEASE_UNREADY`, `POLICY_NOT_SERVABLE`, `GAS_PRICE_TOO_HIGH`, `FEE_TOO_LOW`,
 * `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `OPERATOR_NOT_STAKED`, `EXPOSURE_TOO_HIGH`, `EQUIVOCATION_REFUSED`,
 * `ENCLAVE_ABSENT`, `DUTY_REFUSED`; {ExecutionError} `MODEL_TOO_LARGE`, `MODEL_RUN_FAILED`; what `Send` throws.
 */
export async function inferStep(
  request: Watched,
  options: StepOptions,
  deps: StepDeps,
): Promise<Next> {
  const { id, params } = request;
  const { contracts, operator } = deps;
  const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(id));
  const isTaken = status !== "none" && status !== "open";
  const isOwn = isTaken && (await contracts.requests.operatorOf(id)).toLowerCase() === operator;
  if (status === "provisional" || status === "challenged")
    return isOwn ? { next: "watch" } : { next: "over" };
  // The others are final or given back.
  if (!isUnanswered(status)) return { next: "over" };
  const now = await chainNow(contracts);
  const leave = (reason?: string): Promise<Next> => leaveToOthers(request, reason, deps);
  if (status === "none") {
    // A reorganisation took it, or the node lags behind the one that told of it.
    if (now > params.lockDeadline) return leave();
    return { next: "later", until: now + UNSEEN_SECONDS, reason: "the chain has no such request" };
  }
  const isLocked = status === "locked";
  if (isLocked && !isOwn) {
    if (now > params.lockDeadline) return leave();
    const until = Math.min(now + LOOK_SECONDS, params.lockDeadline + 1);
    return { next: "later", until, reason: "another operator holds it" };
  }
  if (now > (isLocked ? params.deadline : params.lockDeadline))
    return isLocked ? expire(request, deps) : leave();

  const served = await readyRelease(params.release, deps.releases);
  // What is locked is served as long as the enclave stands; what is not has to be sure of it until the deadline.
  const planned = await planFor(
    params,
    served,
    isLocked ? undefined : params.deadline,
    options,
    deps,
  );
  if (!isLocked) {
    const refusal = await refusalToLock(request, served, planned, now, options, deps);
    if (refusal !== undefined) return leave(refusal);
    await openInput(served, params.input, deps.openings); // available before a lock is taken
    if (!(await lock(request, options, deps)))
      return { next: "later", until: now + LOOK_SECONDS, reason: "another was faster" };
  }

  const executed = await timed(() => execute({ id, input: params.input }, served, deps));
  const { witness, output } = executed.value;
  deps.emit({ status: "executed", request: id, ms: executed.ms, output: witness.output });
  const recorded = await deps.answers.put(id, output);
  if (hashOfWords(recorded) !== executed.value.statement.outputHash) {
    const signed = hashOfWords(recorded);
    const now = executed.value.statement.outputHash;
    throw new WorkerError({ code: "ANSWER_DIFFERS", request: id, signed, now });
  }
  const { evidence, judge } = planned.plan;
  await sign(executed.value, evidence, deps);
  const plan = { evidence: [...evidence], judge };
  if (!evidence.has("zk")) return { next: "settle", plan };
  return { next: served.batches.length === 0 ? "prove" : "gather", plan };
}

/** Has keys say what the plan has of them: the operator's, the enclave's. Nothing is signed that is not on record. */
async function sign(
  { statement, digest }: Executed,
  plan: ReadonlySet<string>,
  { answers, signer, signLog, enclave, emit }: StepDeps,
): Promise<void> {
  const { request } = statement;
  const there = (await answers.get(request))?.evidence;
  if (plan.has("signature") && there?.has("signature") !== true) {
    const signed = await timed(() => signer.sign(statement));
    emit({ status: "signed", request, ms: signed.ms });
    const { data } = encodeEvidence({ kind: "signature", ...signed.value });
    await answers.putEvidence(request, "signature", data);
  }
  if (plan.has("tee")) {
    if (enclave === undefined) throw new WorkerError({ code: "ENCLAVE_ABSENT", request });
    if (there?.has("tee") === true) return;
    const attested = await timed(async () => {
      // An enclave's key is the operator's second: it signs no other digest than the first may.
      const [refusal] = await signLog.recordAll([{ request, digest }]);
      if (refusal !== undefined) throw refusal;
      return enclave.sign(digest);
    });
    const { measurement } = attested.value;
    emit({ status: "attested", request, ms: attested.ms, measurement });
    await answers.putEvidence(request, "tee", encodeEvidence(attested.value).data);
  }
}

/** Gives the requester its escrow back and frees the stake of a lock that was not honoured in time. */
async function expire({ id, params }: Watched, deps: StepDeps): Promise<Next> {
  const { requests } = deps.contracts;
  const data = requests.interface.encodeFunctionData("expire", [id, encodeRequestParams(params)]);
  await achieve(
    { key: `expire:${id}`, to: await addressOf(requests), data: data as Hex },
    async () => enumName(REQUEST_STATUSES, await requests.statusOf(id)) !== "locked",
    deps,
  );
  return { next: "over", reason: "the deadline passed; the requester was refunded" };
}
