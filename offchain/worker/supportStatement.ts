import type { Evidence, Hex, Statement, ZkEvidence } from "@vouch/protocol";
import type { BatchSigner, BatchSignerDeps } from "./batchSigner.ts";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import type { Producible } from "./planEvidence.ts";

/** A statement, and what proves it where something does. */
export type Supported = {
  readonly statement: Statement;
  readonly digest: Hex;
  /** Called where the plan has a proof. */
  readonly prove: () => Promise<ZkEvidence>;
};

export type SupportDeps = {
  readonly signer: Pick<BatchSigner, "sign">;
  /** The one that `signer` records in. */
  readonly signLog: BatchSignerDeps["signLog"];
  readonly enclave?: Pick<Enclave, "sign">;
};

/**
 * Returns what a plan has of evidence for a statement. The proof comes first: what cannot be proven is not signed, and neither is
 * what nobody waits for any more.
 *
 * @throws {WorkerError} `ANSWER_ABORTED`, `EQUIVOCATION_REFUSED`, `ENCLAVE_ABSENT`, and what `BatchSigner.sign` throws; {ProverError}.
 */
export async function supportStatement(
  { statement, digest, prove }: Supported,
  plan: ReadonlySet<Producible>,
  signal: AbortSignal,
  { signer, signLog, enclave }: SupportDeps,
): Promise<readonly Evidence[]> {
  const { request } = statement;
  const proof = plan.has("zk") ? [await prove()] : [];
  if (signal.aborted)
    throw new WorkerError({ code: "ANSWER_ABORTED", request }, { cause: signal.reason });
  if (!plan.has("tee"))
    return [{ kind: "signature", ...(await signer.sign(statement, digest)) }, ...proof];
  const attest = async (): Promise<readonly Evidence[]> => {
    if (enclave === undefined) throw new WorkerError({ code: "ENCLAVE_ABSENT", request });
    // An enclave's key is the operator's second: it signs no other digest than the first may.
    const [refusal] = await signLog.recordAll([{ request, digest }]);
    if (refusal !== undefined) throw refusal;
    return [enclave.sign(digest)];
  };
  const [signed, attested] = await Promise.all([signer.sign(statement, digest), attest()]);
  return [{ kind: "signature", ...signed }, ...attested, ...proof];
}
