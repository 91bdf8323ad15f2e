import type { Contracts, Hex, SegmentedCircuit, SegmentedProof } from "@vouch/protocol";
import { connectProofVerifier, decodeSegmentRecords } from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** A statement's digest, and the hash of the joins that its recorded segments share. */
export type RecordedProof = { readonly digest: Hex; readonly joinsHash: Hex };

/**
 * Reads a proof whose segments were recorded one by one from the transactions that recorded them, whoever sent these; what
 * it proves is for `verifyReceipt` to say.
 *
 * @throws {SdkError} `SEGMENT_NOT_FOUND` where a segment was recorded by no transaction of its own.
 */
export async function fetchRecordedProof(
  contracts: Pick<Contracts, "router">,
  { digest, joinsHash }: RecordedProof,
  { segments }: SegmentedCircuit,
  fromBlock: number,
): Promise<SegmentedProof> {
  const verifier = await connectProofVerifier(contracts);
  const address = await verifier.getAddress();
  const recorded = verifier.filters.SegmentRecorded(digest, joinsHash);
  const logs = await verifier.queryFilter(recorded, fromBlock);
  const recordOf = async (segment: number): Promise<Hex> => {
    for (const log of logs.filter(({ args }) => args.segment === BigInt(segment))) {
      const { to, data } = await log.getTransaction();
      // Sent through another contract, the call is not in the transaction.
      const call = to === address ? verifier.interface.parseTransaction({ data }) : null;
      if (call?.name === "record") return call.args["data"] as Hex;
    }
    throw new SdkError({ code: "SEGMENT_NOT_FOUND", statement: digest, segment });
  };
  const records = await Promise.all(segments.map((_, segment) => recordOf(segment)));
  return decodeSegmentRecords(records, segments);
}
