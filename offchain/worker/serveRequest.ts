import { join } from "node:path";
import type {
  Contracts,
  Domain,
  EnclaveEvidence,
  Evidence,
  Hex,
  Receipt,
  RequestId,
  RequestParams,
  Statement,
} from "@vouch/protocol";
import {
  encodeEvidence,
  encodeRequestParams,
  findContractError,
  serializeReceipt,
  statementTypedData,
  verifyReceipt,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { Signer, TransactionReceipt } from "ethers";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import type { WorkerEvent } from "./events.ts";
import type { Executed } from "./execute.ts";
import { execute, receiptOf, writeWhole } from "./execute.ts";
import { gasLimitOf } from "./gasLimitOf.ts";
import { messageOf } from "./messageOf.ts";
import type { Producible } from "./planEvidence.ts";
import { proveStatement } from "./proveStatement.ts";
import type { ServedRelease } from "./servedRelease.ts";
import type { SignLog } from "./signLog.ts";

/** What serving takes beside the request. */
export type ServeDeps = {
  readonly signer: Signer;
  readonly operator: Hex;
  readonly contracts: Contracts;
  readonly domain: Domain;
  readonly home: Pick<Home, "inputs" | "outputs" | "receipts">;
  readonly signLog: SignLog;
  /** Signs for what the plan has of it; none where the worker runs in no enclave. */
  readonly enclave?: Pick<Enclave, "sign">;
  readonly emit: (event: WorkerEvent) => void;
};

/**
 * Runs, signs, proves, verifies and fulfils a request that this operator has locked; returns the receipt. `served` was made by
 * `loadRelease`: file, manifest and weights are the release's, or it would not be there, so nothing is signed for another model.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED` where `served` is another release than the request's; `INPUT_OPENING_MISSING`,
 * `INPUT_OPENING_INVALID`, `EQUIVOCATION_REFUSED`, `ENCLAVE_ABSENT`, `FULFILMENT_REFUSED`, `TRANSACTION_LOST`; {ExecutionError}
 * `MODEL_RUN_FAILED`; {ProverError}; {ProtocolError} where the receipt would not verify.
 */
export async function serveRequest(
  id: RequestId,
  params: RequestParams,
  served: ServedRelease,
  plan: ReadonlySet<Producible>,
  deps: ServeDeps,
): Promise<Receipt> {
  if (served.id !== params.release)
    throw new WorkerError({ code: "RELEASE_NOT_SERVED", release: params.release });
  const asked = { id, input: params.input };
  const executed = await timed(() => execute(asked, served, deps));
  const { witness } = executed.value;
  deps.emit({ status: "executed", request: id, ms: executed.ms, output: witness.output });

  const evidence: Evidence[] = await signExecuted(executed.value, plan, deps);
  if (plan.has("zk")) {
    const proven = await timed(() => proveStatement(served, witness, executed.value.digest));
    deps.emit({ status: "proved", request: id, ms: proven.ms });
    evidence.push(proven.value);
  }

  const receipt = receiptOf(asked, executed.value, evidence, served, deps.domain);
  verifyReceipt(receipt); // nothing is sent that a stranger would refuse
  const receiptPath = join(deps.home.receipts, `${id}.json`);
  await writeWhole(receiptPath, serializeReceipt(receipt));
  const sent = await timed(() => fulfil(id, params, receipt, deps));
  deps.emit({
    status: "fulfilled",
    request: id,
    ms: sent.ms,
    gasUsed: sent.value.gasUsed,
    txHash: sent.value.hash as Hex,
    receipt,
    receiptPath,
  });
  return receipt;
}

/**
 * Returns what keys say for a statement: the operator's, the enclave's, as the plan has them. Nothing is signed that is not
 * on record.
 *
 * @throws {WorkerError} `EQUIVOCATION_REFUSED`, `SIGN_LOG_UNWRITABLE`, `ENCLAVE_ABSENT`.
 */
export async function signExecuted(
  { statement, digest }: Pick<Executed, "statement" | "digest">,
  plan: ReadonlySet<Producible>,
  deps: Pick<ServeDeps, "signer" | "domain" | "signLog" | "enclave" | "emit">,
): Promise<Evidence[]> {
  const { request } = statement;
  const evidence: Evidence[] = [];
  if (plan.has("signature")) {
    const signed = await timed(() => sign(statement, digest, deps));
    deps.emit({ status: "signed", request, ms: signed.ms });
    evidence.push({ kind: "signature", signature: signed.value, path: [] });
  }
  if (plan.has("tee")) {
    const attested = await timed(() => Promise.resolve(attest(request, digest, deps)));
    const { measurement } = attested.value;
    deps.emit({ status: "attested", request, ms: attested.ms, measurement });
    evidence.push(attested.value);
  }
  return evidence;
}

async function sign(
  statement: Statement,
  digest: Hex,
  { signer, domain, signLog }: Pick<ServeDeps, "signer" | "domain" | "signLog">,
): Promise<Hex> {
  signLog.record(statement.request, digest);
  const data = statementTypedData(domain, statement);
  return (await signer.signTypedData(data.domain, data.types, data.value)) as Hex;
}

/** An enclave's key is the operator's second: it signs no other digest than the first may. */
function attest(
  request: RequestId,
  digest: Hex,
  { enclave, signLog }: Pick<ServeDeps, "enclave" | "signLog">,
): EnclaveEvidence {
  if (enclave === undefined) throw new WorkerError({ code: "ENCLAVE_ABSENT", request });
  signLog.record(request, digest);
  return enclave.sign(digest);
}

async function fulfil(
  id: RequestId,
  params: RequestParams,
  { output, evidence }: Receipt,
  { contracts }: ServeDeps,
): Promise<TransactionReceipt> {
  const { requests } = contracts;
  const call: Parameters<typeof requests.fulfil.estimateGas> = [
    id,
    encodeRequestParams(params),
    [...output],
    evidence.map(encodeEvidence),
  ];
  const send = async (): Promise<TransactionReceipt> => {
    const gasLimit = gasLimitOf(await requests.fulfil.estimateGas(...call));
    const sent = await requests.fulfil(...call, { gasLimit });
    const mined = await sent.wait();
    if (mined === null) throw new WorkerError({ code: "TRANSACTION_LOST", txHash: sent.hash });
    return mined;
  };
  const receipt = await send().catch((error: unknown) => {
    if (findContractError(error) === undefined) throw error;
    const refusal = messageOf(error);
    throw new WorkerError({ code: "FULFILMENT_REFUSED", request: id, refusal }, { cause: error });
  });
  return receipt;
}

/** Runs `work` and measures its wall time in milliseconds. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}
