import type { Contracts, Domain, Hex, Receipt, RequestId, Verification } from "@vouch/protocol";
import {
  decodeEvidence,
  decodeRequestParams,
  enumName,
  hashOfWords,
  REQUEST_STATUSES,
  verifyReceipt,
} from "@vouch/protocol";
import { SdkError } from "./errors.ts";
import { fetchRelease } from "./fetchRelease.ts";

/** A receipt that was verified at the moment it was returned. */
export type VerifiedReceipt = { readonly receipt: Receipt; readonly verification: Verification };

/**
 * Rebuilds the receipt of a fulfilled request from the chain's events and verifies it before it returns.
 *
 * @example
 * const { receipt, verification } = await fetchReceipt(contracts, domain, id, deployment.fromBlock);
 *
 * @throws {SdkError} `REQUEST_NOT_FOUND`, `REQUEST_NOT_FULFILLED`; {ProtocolError} naming the check that failed.
 */
export async function fetchReceipt(
  contracts: Contracts,
  domain: Domain,
  request: RequestId,
  fromBlock: number,
): Promise<VerifiedReceipt> {
  const { requests } = contracts;
  const [asked] = await requests.queryFilter(
    requests.filters.InferenceRequested(request),
    fromBlock,
  );
  if (asked === undefined) throw new SdkError({ code: "REQUEST_NOT_FOUND", request });
  const [fulfilled] = await requests.queryFilter(
    requests.filters.InferenceFulfilled(request),
    asked.blockNumber,
  );
  if (fulfilled === undefined) {
    const requestStatus = enumName(REQUEST_STATUSES, await requests.statusOf(request));
    throw new SdkError({ code: "REQUEST_NOT_FULFILLED", request, requestStatus });
  }

  const { release: id, input } = decodeRequestParams(asked.args.params);
  const { release, circuit } = await fetchRelease(contracts, id, fromBlock);
  const output = [...fulfilled.args.output];
  const receipt: Receipt = {
    domain,
    statement: {
      release: id,
      request,
      operator: fulfilled.args.operator.toLowerCase() as Hex,
      inputHash: hashOfWords(input),
      outputHash: hashOfWords(output),
    },
    input,
    output,
    evidence: fulfilled.args.evidence.map(({ kind, data }) =>
      decodeEvidence({ kind: Number(kind), data: data as Hex }, circuit),
    ),
    release,
    circuit,
  };
  return { receipt, verification: verifyReceipt(receipt, { request, release: id, ...domain }) };
}
