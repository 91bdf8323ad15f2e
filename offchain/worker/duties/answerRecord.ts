import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import { decodeRequestParams, encodeRequestParams } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import type { DutyDeps } from "./duty.ts";
import { addressOf } from "./duty.ts";

/** What the chain's log has of a request that was answered. */
export type AnswerRecord = {
  readonly request: RequestId;
  readonly params: RequestParams;
  /** Who answered: the one that the statement names. */
  readonly operator: Hex;
  readonly output: readonly bigint[];
};

/**
 * Reads the parameters of a request from the log.
 *
 * @throws {WorkerError} `ANSWER_UNKNOWN`.
 */
export async function readParams(
  request: RequestId,
  { contracts: { requests }, fromBlock }: Pick<DutyDeps, "contracts" | "fromBlock">,
): Promise<RequestParams> {
  const asked = await requests.queryFilter(requests.filters.InferenceRequested(request), fromBlock);
  const params = asked.at(-1)?.args.params;
  if (params === undefined)
    throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "InferenceRequested" });
  return decodeRequestParams(params);
}

/**
 * Reads a request and its latest answer from the log.
 *
 * @throws {WorkerError} `ANSWER_UNKNOWN`.
 */
export async function readAnswer(
  request: RequestId,
  deps: Pick<DutyDeps, "contracts" | "fromBlock">,
): Promise<AnswerRecord> {
  const { requests } = deps.contracts;
  const params = await readParams(request, deps);
  const answered = await requests.queryFilter(
    requests.filters.InferenceFulfilled(request),
    deps.fromBlock,
  );
  const answer = answered.at(-1)?.args;
  if (answer === undefined)
    throw new WorkerError({ code: "ANSWER_UNKNOWN", request, missing: "InferenceFulfilled" });
  const operator = answer.operator.toLowerCase() as Hex;
  return { request, params, operator, output: [...answer.output] };
}

/** What the functions of `Disputes` take first: the contract of requests, the request, its parameters and its output. */
export type DisputeCall = [Hex, Hex, ReturnType<typeof encodeRequestParams>, bigint[]];

/** Returns an answer as the functions of `Disputes` take it. */
export async function disputeCall(
  { request, params, output }: AnswerRecord,
  { requests }: DutyDeps["contracts"],
): Promise<DisputeCall> {
  return [await addressOf(requests), request, encodeRequestParams(params), [...output]];
}
