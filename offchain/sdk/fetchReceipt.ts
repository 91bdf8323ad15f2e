import type {
  Contracts,
  Domain,
  Evidence,
  Hex,
  Receipt,
  RequestId,
  Statement,
  Verification,
} from "@vouch/protocol";
import {
  decodeBatchEvidence,
  decodeEvidence,
  decodeRequestParams,
  enumName,
  evidenceKindIndex,
  hashOfWords,
  isBatchPlace,
  REQUEST_STATUSES,
  statementDigest,
  verifyReceipt,
} from "@vouch/protocol";
import { decideFloor } from "./decideFloor.ts";
import { SdkError } from "./errors.ts";
import { fetchRecordedBatch } from "./fetchRecordedBatch.ts";
import { fetchRecordedProof } from "./fetchRecordedProof.ts";
import { fetchRelease } from "./fetchRelease.ts";

/** A receipt that was verified at the moment it was returned. */
export type VerifiedReceipt = { readonly receipt: Receipt; readonly verification: Verification };

/** Of 32 bytes in hex: evidence that segments were recorded. */
const JOINS_HASH_LENGTH = 66;

/**
 * Rebuilds the receipt of a fulfilled request from the chain's events and verifies it before it returns. What of the release's floor
 * the receipt cannot show, the chain decides; while an answer is open to challenge it is left `undecided`.
 *
 * @example
 * const { receipt, verification } = await fetchReceipt(contracts, domain, id, deployment.fromBlock);
 *
 * @throws {SdkError} `REQUEST_NOT_FOUND`, `REQUEST_NOT_FULFILLED`, `RECEIPT_IMPOSSIBLE`, `SEGMENT_NOT_FOUND`, `BATCH_NOT_FOUND`; {ProtocolError} naming the check that failed.
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
  requireShowable(request, fulfilled.args.evidence);
  const output = [...fulfilled.args.output];
  const statement: Statement = {
    release: id,
    request,
    operator: fulfilled.args.operator.toLowerCase() as Hex,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
  const digest = statementDigest(domain, statement);
  const evidence = await Promise.all(
    fulfilled.args.evidence.map(async ({ kind, data }): Promise<Evidence> => {
      const encoded = { kind: Number(kind), data: data as Hex };
      if (circuit?.system === "batches" && isBatchPlace(encoded)) {
        const place = decodeBatchEvidence(encoded.data);
        return fetchRecordedBatch(contracts, place, circuit, fromBlock);
      }
      if (circuit?.system !== "groth16Segments" || data.length !== JOINS_HASH_LENGTH)
        return decodeEvidence(encoded, circuit);
      const recorded = { digest, joinsHash: encoded.data };
      const proof = await fetchRecordedProof(contracts, recorded, circuit, fromBlock);
      return { kind: "zk", ...proof };
    }),
  );
  const receipt: Receipt = { domain, statement, input, output, evidence, release, circuit };
  const shown = verifyReceipt(receipt, { request, release: id, ...domain });
  return { receipt, verification: await decideFloor(contracts, receipt, shown) };
}

/**
 * Demands evidence that a receipt can carry: an answer by a panel, or one that nobody challenged in time, may come without any.
 *
 * @throws {SdkError} `RECEIPT_IMPOSSIBLE`.
 */
function requireShowable(request: RequestId, evidence: readonly { readonly kind: bigint }[]): void {
  const isShown = evidence.length > 0 && evidence.every(({ kind }) => Number(kind) !== PANEL);
  if (isShown) return;
  const support = evidence.length === 0 ? "no evidence" : "a panel";
  throw new SdkError({ code: "RECEIPT_IMPOSSIBLE", request, support });
}

const PANEL = evidenceKindIndex("quorum");
