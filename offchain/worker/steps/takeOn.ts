import { settlementGas } from "@vouch/compiler";
import type { Contracts, Hex, Policy, RequestParams } from "@vouch/protocol";
import {
  conjoin,
  decodePolicy,
  encodeRequestParams,
  enumName,
  everyCircuitOf,
  ProtocolError,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import { requireRegisteredPoint, SdkError } from "@vouch/sdk";
import { callbackRoom } from "../callbackRoom.ts";
import { defenceOf } from "../duties/defence.ts";
import { addressOf } from "../duties/duty.ts";
import { WorkerError } from "../errors.ts";
import { furtherGas } from "../furtherGas.ts";
import { messageOf } from "../messageOf.ts";
import type { AnswerPlan } from "../planAnswer.ts";
import { planAnswer } from "../planAnswer.ts";
import type { Acceptance } from "../refusalOf.ts";
import { refusalOf } from "../refusalOf.ts";
import type { ServedRelease } from "../servedRelease.ts";
import { achieve } from "./achieve.ts";
import type { StepDeps, StepOptions, Watched } from "./step.ts";

/**
 * Returns how a request would be answered under its release's floor and its own policy.
 *
 * @param deadline of a request that is not locked yet: its enclave has to stand until then
 * @throws {WorkerError} `POLICY_NOT_SERVABLE`.
 */
export async function planFor(
  params: RequestParams,
  served: ServedRelease,
  deadline: number | undefined,
  options: StepOptions,
  deps: StepDeps,
): Promise<{ readonly policy: Policy; readonly plan: AnswerPlan }> {
  const { contracts, enclave } = deps;
  const floor = decodePolicy(await contracts.models.floorOf(params.release));
  const policy = conjoin(floor, params.policy);
  const { id, circuit, release } = served;
  const facts = {
    circuit: {
      id: release.circuit,
      circuit,
      isAttestedBy: (verifier: Hex) => contracts.circuits.isAttestedBy(release.circuit, verifier),
    },
    enclave: async () =>
      (await enclave?.standing(id, deadline)) ?? { reason: "it runs in no enclave" },
  };
  const defence = await defenceOf(params, served, options.defence, deps);
  return { policy, plan: await planAnswer(policy, facts, defence) };
}

/**
 * Returns why an open request is not worth a lock, or undefined where it is; `now` is the chain's time.
 *
 * @throws {WorkerError} `GAS_PRICE_TOO_HIGH`, `FEE_TOO_LOW`, `RELEASE_UNREADY`: not now, perhaps later; {TypeError} without a provider.
 */
export async function refusalToLock(
  { params }: Watched,
  served: ServedRelease,
  { policy, plan }: { readonly policy: Policy; readonly plan: AnswerPlan },
  now: number,
  options: StepOptions,
  { contracts }: StepDeps,
): Promise<string | undefined> {
  const { models, compiled } = served;
  const proven = plan.evidence.has("zk");
  const more = proven ? furtherGas(served) : 0;
  const gas = settlementGas(compiled.input, compiled.output).fulfil + more;
  const acceptance: Acceptance = {
    ...options,
    minVerificationGas: options.minVerificationGas + more,
    maxCallbackGas: callbackRoom(gas, policy, models.length),
  };
  const fees = await contracts.requests.runner?.provider?.getFeeData();
  const refusal = refusalOf(params, acceptance, now, fees?.gasPrice ?? 0n);
  if (refusal === undefined && (proven || plan.judge !== undefined))
    await requireProvable(served, contracts);
  return refusal;
}

/**
 * Demands that the chain verifies proofs of a release against what is proven by here, which a bundle alone does not tell: a lock could not
 * be honoured otherwise, nor an answer defended.
 *
 * @throws {WorkerError} `RELEASE_UNREADY`.
 */
async function requireProvable(
  { id, circuit, release }: Pick<ServedRelease, "id" | "circuit" | "release">,
  contracts: Pick<Contracts, "circuits">,
): Promise<void> {
  try {
    for (const single of everyCircuitOf(circuit))
      await requireRegisteredPoint(contracts, single, release.weights);
  } catch (cause) {
    if (!(cause instanceof SdkError || cause instanceof ProtocolError)) throw cause;
    const data = { code: "RELEASE_UNREADY", release: id, reason: messageOf(cause) } as const;
    throw new WorkerError(data, { cause });
  }
}

/**
 * Locks a request with this operator's stake; frees what is due of it first where it is short. Returns whether it is locked:
 * another may have been faster.
 *
 * @throws {WorkerError} `OPERATOR_NOT_STAKED`, `EXPOSURE_TOO_HIGH`, `DUTY_REFUSED`; what `Send` throws.
 */
export async function lock(
  { id, params }: Watched,
  { maxExposure }: StepOptions,
  deps: StepDeps,
): Promise<boolean> {
  const { contracts, operator, stake } = deps;
  const { vault, requests } = contracts;
  const holder = await addressOf(requests);
  let free = await vault.availableTo(operator, holder);
  if (free < params.stake && (await stake.free()).status === "sent")
    free = await vault.availableTo(operator, holder);
  if (free < params.stake) {
    const needed = params.stake;
    throw new WorkerError({ code: "OPERATOR_NOT_STAKED", operator, needed, free });
  }
  if (maxExposure !== undefined) {
    const { own, delegated } = await vault.exposureOf(operator);
    const exposed = own + delegated;
    if (exposed + params.stake > maxExposure)
      throw new WorkerError({ code: "EXPOSURE_TOO_HIGH", exposed, limit: maxExposure });
  }
  const start = performance.now();
  const data = requests.interface.encodeFunctionData("lock", [id, encodeRequestParams(params)]);
  const step = await achieve(
    { key: `lock:${id}`, to: holder, data: data as Hex, deadline: params.lockDeadline },
    async () => enumName(REQUEST_STATUSES, await requests.statusOf(id)) !== "open",
    deps,
  );
  if (step.status !== "sent" || (await requests.operatorOf(id)).toLowerCase() !== operator)
    return false;
  const { gasUsed, hash } = step.mined;
  deps.emit({
    status: "locked",
    request: id,
    ms: performance.now() - start,
    gasUsed,
    txHash: hash,
  });
  return true;
}
