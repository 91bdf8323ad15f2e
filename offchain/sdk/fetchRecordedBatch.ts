import type {
  BatchEvidence,
  BatchPlace,
  BatchedStatement,
  Contracts,
  Hex,
  ReleaseCircuit,
  RequestId,
} from "@vouch/protocol";
import {
  batchCircuitOf,
  batchDigest,
  connectProofVerifier,
  decodeBatchProof,
} from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** A statement of a recorded batch as `recordBatch` takes it. */
type RecordedStatement = {
  readonly request: string;
  readonly operator: string;
  readonly input: readonly bigint[];
  readonly output: readonly bigint[];
};

/**
 * Reads the one proof of several statements, and these, from the transaction that recorded it, whoever sent it; what it proves is for
 * `verifyReceipt` to say.
 *
 * @param place where the statement stands among them, as its evidence says
 * @throws {SdkError} `BATCH_NOT_FOUND` where it was recorded by no transaction of its own.
 */
export async function fetchRecordedBatch(
  contracts: Pick<Contracts, "router">,
  { place, digests }: BatchPlace,
  circuit: ReleaseCircuit,
  fromBlock: number,
): Promise<BatchEvidence> {
  const verifier = await connectProofVerifier(contracts);
  const address = await verifier.getAddress();
  const digest = batchDigest(digests);
  const logs = await verifier.queryFilter(verifier.filters.BatchRecorded(digest), fromBlock);
  for (const log of logs) {
    const { to, data } = await log.getTransaction();
    // Sent through another contract, the call is not in the transaction.
    const call = to === address ? verifier.interface.parseTransaction({ data }) : null;
    if (call?.name !== "recordBatch") continue;
    const receipts = call.args["receipts"] as readonly RecordedStatement[];
    const proof = decodeBatchProof(
      call.args["data"] as Hex,
      batchCircuitOf(circuit, digests.length),
    );
    return { ...proof, batch: { place, statements: receipts.map(statementOf) } };
  }
  throw new SdkError({ code: "BATCH_NOT_FOUND", digest });
}

/** ethers' lists are no plain arrays. */
function statementOf({ request, operator, input, output }: RecordedStatement): BatchedStatement {
  return {
    request: request as RequestId,
    operator: operator.toLowerCase() as Hex,
    input: [...input],
    output: [...output],
  };
}
