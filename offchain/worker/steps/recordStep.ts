import type { Hex, ReleaseId } from "@vouch/protocol";
import {
  batchCircuitOf,
  connectProofVerifier,
  decodeBatchProof,
  digestsOf,
  encodeBatchEvidence,
  findContractError,
  hashOfWords,
  ProtocolError,
  verifyBatchProof,
} from "@vouch/protocol";
import { act, addressOf } from "../duties/duty.ts";
import type { ProvenBatch } from "../proving/keptBatches.ts";
import { decodeProvenBatch } from "../proving/keptBatches.ts";
import { KEPT_PROVER } from "../proving/proofEvents.ts";
import type { Apart } from "./batchStep.ts";
import { isOver } from "./segmentStep.ts";
import type { Answered, Next, StepDeps } from "./step.ts";

/** A batch that verified, with the digests of its statements. */
type Recordable = ProvenBatch & { readonly digests: readonly Hex[] };

/**
 * Brings the one proof of several answers to the chain, and puts the place of each among them on record with it. An answer that is to be
 * settled no more is left out: the others are none the worse. A proof that is lost or does not verify is never sent; then each is
 * proven by itself.
 *
 * @throws {WorkerError} `DUTY_REFUSED`; what `Send` throws.
 */
export async function recordStep(
  release: ReleaseId,
  digest: Hex,
  members: readonly Answered[],
  deps: StepDeps,
): Promise<Apart> {
  const over = new Map<Answered, Next>();
  for (const answered of members) {
    const next = await isOver(answered, deps);
    if (next !== undefined) over.set(answered, next);
  }
  const live = members.filter((it) => !over.has(it));
  const apart = (nextOf: (answered: Answered) => Next): Apart =>
    members.map((answered) => ({ answered, next: over.get(answered) ?? nextOf(answered) }));
  if (live.length === 0) return apart(() => ({ next: "over" }));
  const batch = await openBatch(release, digest, members, deps);
  if (batch === undefined) return apart(({ plan }) => ({ next: "prove", plan }));

  await record(release, digest, { batch, live }, deps);
  for (const answered of live) {
    const place = batch.statements.findIndex(({ request }) => request === answered.id);
    const data = encodeBatchEvidence({ place, digests: batch.digests });
    await deps.answers.putEvidence(answered.id, "zk", data);
  }
  return apart(({ plan }) => ({ next: "settle", plan }));
}

/** Returns a kept batch that proves these answers; it is forgotten where it does not. */
async function openBatch(
  release: ReleaseId,
  digest: Hex,
  members: readonly Answered[],
  { batches, releases, domain, emit }: StepDeps,
): Promise<Recordable | undefined> {
  const text = await batches.get(digest);
  if (text === undefined) return undefined;
  const { circuit, release: of } = await releases.get(release);
  const refuse = async (): Promise<undefined> => {
    const [first] = members;
    if (first !== undefined)
      emit({
        ...{ status: "proofRefused", request: first.id },
        ...{ circuit: of.circuit, prover: KEPT_PROVER },
      });
    await batches.drop(digest, text);
    return undefined;
  };
  const batch = decodeProvenBatch(text);
  const known = new Set(batch?.statements.map(({ request }) => request));
  if (batch === undefined || !members.every(({ id }) => known.has(id))) return refuse();
  const digests = digestsOf({ domain, release }, batch.statements);
  try {
    const statements = batch.statements.map((it, index) => ({
      ...it,
      digest: digests[index] ?? digest, // as many as statements
    }));
    const single = batchCircuitOf(circuit, statements.length);
    const proof = decodeBatchProof(batch.data, single);
    verifyBatchProof(proof, { weights: of.weights, statements }, single);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refuse();
  }
  return { ...batch, digests };
}

async function record(
  release: ReleaseId,
  digest: Hex,
  { batch, live }: { readonly batch: Recordable; readonly live: readonly Answered[] },
  deps: StepDeps,
): Promise<void> {
  const { contracts, domain, emit } = deps;
  const verifier = await connectProofVerifier(contracts);
  const isRecorded = async (): Promise<boolean> => {
    const [own] = batch.statements;
    if (own === undefined) return false;
    const { request, operator, input, output } = own;
    const words = { inputHash: hashOfWords(input), outputHash: hashOfWords(output) };
    const data = encodeBatchEvidence({ place: 0, digests: batch.digests });
    const statement = { release, request, operator, ...words };
    const ownDigest = batch.digests[0] ?? digest;
    try {
      await verifier.verify.staticCall(statement, ownDigest, [...input], [...output], data);
      return true;
    } catch (error) {
      if (findContractError(error) === undefined) throw error;
      return false;
    }
  };
  if (await isRecorded()) return;
  const receipts = batch.statements.map(({ request, operator, input, output }) => ({
    ...{ release, request, operator },
    ...{ input: [...input], output: [...output], evidence: [] },
  }));
  const start = performance.now();
  const call = [domain.router, receipts, batch.data] as const;
  // What was mined is not sent again for a node that lags behind it; the journal sees to a reorganisation.
  const step = await act(deps, {
    key: `recordBatch:${digest}`,
    to: await addressOf(verifier),
    data: verifier.interface.encodeFunctionData("recordBatch", [...call]) as Hex,
    deadline: Math.min(...live.map(({ params }) => params.deadline)),
  });
  if (step.status !== "sent") return;
  const { gasUsed, hash } = step.mined;
  for (const { id: request } of live.slice(0, 1)) {
    const ms = performance.now() - start;
    const statements = batch.statements.length;
    emit({ status: "recorded", request, ms, gasUsed, txHash: hash, statements });
  }
}
