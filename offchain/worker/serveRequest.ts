import { mkdir, rename, writeFile } from "node:fs/promises";
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
  hashOfWords,
  inputCommitment,
  inputSalt,
  outputCommitment,
  outputSalt,
  packWords,
  serializeReceipt,
  statementDigest,
  statementTypedData,
  unpackWords,
  verifyReceipt,
  wordToHex,
} from "@vouch/protocol";
import type { Home } from "@vouch/publisher";
import type { Signer, TransactionReceipt } from "ethers";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import type { WorkerEvent } from "./events.ts";
import { gasLimitOf } from "./gasLimitOf.ts";
import { readInputOpening } from "./inputOpenings.ts";
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

/** An input with what opens it where it is committed. */
export type OpenInput = { readonly elements: readonly bigint[]; readonly secret?: Hex };

/**
 * Returns the elements of a request's input: from its words, or from the opening that the requester handed over.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`.
 */
export function openInput(
  { compiled: { input, output } }: ServedRelease,
  words: readonly bigint[],
  folder: string,
): OpenInput {
  if (input.mode === "public" && output.mode === "committed") {
    const reason =
      "a committed output needs the requester's secret, which a public input does not carry";
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment: hashOfWords(words),
      reason,
    });
  }
  if (input.mode === "public") return { elements: unpackWords(words, input) };
  const commitment = wordToHex(words[0] ?? 0n);
  const opening = readInputOpening(folder, commitment);
  const derived = commitOrReason(opening.secret, opening.input, input);
  if (derived !== commitment) {
    throw new WorkerError({
      code: "INPUT_OPENING_INVALID",
      commitment,
      reason: `it opens ${derived}`,
    });
  }
  return { elements: opening.input, secret: opening.secret };
}

/**
 * Runs, signs, proves, verifies and fulfils a request that this operator has locked; returns the receipt. `served` was made by
 * `loadRelease`: file, manifest and weights are the release's, or it would not be there, so nothing is signed for another model.
 *
 * @throws {WorkerError} `RELEASE_NOT_SERVED` where `served` is another release than the request's; `INPUT_OPENING_MISSING`,
 * `INPUT_OPENING_INVALID`, `MODEL_RUN_FAILED`, `EQUIVOCATION_REFUSED`, `ENCLAVE_ABSENT`, `FULFILMENT_REFUSED`,
 * `TRANSACTION_LOST`; {ProverError}; {ProtocolError} where the receipt would not verify.
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
  const input = openInput(served, params.input, deps.home.inputs);
  const executed = await timed(() => served.model.run(input.elements));
  deps.emit({ status: "executed", request: id, ms: executed.ms, output: executed.value });

  const salts = saltsOf(input, id);
  const output = await outputWords(served, executed.value, id, input, deps.home.outputs);
  const statement: Statement = {
    release: params.release,
    request: id,
    operator: deps.operator,
    inputHash: hashOfWords(params.input),
    outputHash: hashOfWords(output),
  };
  const digest = statementDigest(deps.domain, statement);

  const evidence: Evidence[] = [];
  if (plan.has("signature")) {
    const signed = await timed(() => sign(statement, digest, deps));
    deps.emit({ status: "signed", request: id, ms: signed.ms });
    evidence.push({ kind: "signature", signature: signed.value });
  }
  if (plan.has("tee")) {
    const attested = await timed(() => Promise.resolve(attest(id, digest, deps)));
    const { measurement } = attested.value;
    deps.emit({ status: "attested", request: id, ms: attested.ms, measurement });
    evidence.push(attested.value);
  }
  if (plan.has("zk")) {
    const witness = { input: input.elements, output: executed.value, ...salts };
    const proven = await timed(() => proveStatement(served, witness, digest));
    deps.emit({ status: "proved", request: id, ms: proven.ms });
    evidence.push(proven.value);
  }

  const { release, circuit } = served;
  const receipt: Receipt = {
    domain: deps.domain,
    statement,
    input: params.input,
    output,
    evidence,
    release,
    circuit,
  };
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

async function sign(
  statement: Statement,
  digest: Hex,
  { signer, domain, signLog }: ServeDeps,
): Promise<Hex> {
  signLog.record(statement.request, digest);
  const data = statementTypedData(domain, statement);
  return (await signer.signTypedData(data.domain, data.types, data.value)) as Hex;
}

/** An enclave's key is the operator's second: it signs no other digest than the first may. */
function attest(request: RequestId, digest: Hex, { enclave, signLog }: ServeDeps): EnclaveEvidence {
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

/** The words of the output; a committed one is also kept as an opening for its requester. */
async function outputWords(
  { compiled: { output } }: ServedRelease,
  elements: readonly bigint[],
  id: RequestId,
  { secret }: OpenInput,
  folder: string,
): Promise<bigint[]> {
  if (output.mode === "public") return packWords(elements, output);
  if (secret === undefined)
    throw new TypeError("openInput lets no committed output without a secret through");
  const opening = JSON.stringify({ request: id, output: elements.map(String) });
  await writeWhole(join(folder, `${id}.json`), opening, 0o600);
  return [outputCommitment(outputSalt(secret, id), elements, output)];
}

function saltsOf(
  { secret }: OpenInput,
  id: RequestId,
): { inputSalt?: bigint; outputSalt?: bigint } {
  return secret === undefined
    ? {}
    : { inputSalt: inputSalt(secret), outputSalt: outputSalt(secret, id) };
}

function commitOrReason(
  secret: Hex,
  elements: readonly bigint[],
  input: { readonly bits: number; readonly signed: boolean; readonly elements: number },
): string {
  if (elements.length !== input.elements)
    return `${elements.length} elements, not ${input.elements}`;
  try {
    return wordToHex(inputCommitment(inputSalt(secret), elements, input));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.part`, text, { mode });
  await rename(`${path}.part`, path);
}

/** Runs `work` and measures its wall time in milliseconds. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now();
  const value = await work();
  return { value, ms: performance.now() - start };
}
