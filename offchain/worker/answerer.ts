import type { Answerer, Ask, InferAsk, TensorBackend, TextBackend } from "@vouch/execution";
import { ONNXRUNTIME } from "@vouch/execution";
import type {
  CircuitId,
  Domain,
  Evidence,
  Execution,
  Generation,
  Hex,
  Policy,
  Receipt,
  ReleaseId,
  Statement,
  ZkEvidence,
} from "@vouch/protocol";
import { conjoin, hashOfWords, statementDigester, textWords } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { requireDescribed } from "@vouch/publisher";
import type { RunAll } from "./answerTogether.ts";
import { answerTogether, isOpen } from "./answerTogether.ts";
import type { BatchSigner } from "./batchSigner.ts";
import type { Enclave } from "./enclave.ts";
import { WorkerError } from "./errors.ts";
import { execute, receiptOf } from "./execute.ts";
import type { Asked } from "./lanes.ts";
import { createLanes } from "./lanes.ts";
import type { CircuitFacts, Producible } from "./planEvidence.ts";
import { isSignatureAlone, planReceipt } from "./planReceipt.ts";
import type { ProofRoom } from "./proofRoom.ts";
import { createStatementProver } from "./proving/statementProver.ts";
import type { StatementProver } from "./proving/statementProver.ts";
import type { Openings } from "./openings.ts";
import type { Releases } from "./releases.ts";
import type { ServedRelease } from "./servedRelease.ts";
import type { SupportDeps } from "./supportStatement.ts";
import { supportStatement } from "./supportStatement.ts";
import type { TranscriptSecret } from "./transcriptSecret.ts";

/** What it is asked and what it gives. */
export type { AnswerDelta, Answerer } from "@vouch/execution";

type Asking = Asked<InferAsk, Receipt>;

/** A release of text, and what runs it. */
export type ServedText = { readonly release: TextRelease; readonly backend: TextBackend };

export type AnswererOptions = { readonly operator: Hex; readonly domain: Domain };

export type AnswererDeps = SupportDeps & {
  readonly signer: Pick<BatchSigner, "sign" | "signAll">;
  readonly releases: Pick<Releases, "get">;
  /** Runs releases of tensors in place of the session that each was loaded with. */
  readonly tensors?: Pick<TensorBackend, "name" | "proves" | "answers" | "run" | "runAll">;
  readonly texts: ReadonlyMap<ReleaseId, ServedText>;
  /** Finds proofs again that were made; without it each is made anew. */
  readonly prover?: StatementProver;
  /** Bounds what is proven at once; without it whoever asks is. */
  readonly proofRoom?: ProofRoom;
  readonly openings: Openings;
  readonly secret: TranscriptSecret;
  readonly enclave?: Pick<Enclave, "sign" | "standing">;
  /** What only the chain knows; each is asked only where a policy depends on it. */
  readonly chain: {
    readonly isAttestedBy: (circuit: CircuitId, verifier: Hex) => Promise<boolean>;
    /** Wei behind the operator's signatures. */
    readonly bond: () => Promise<bigint>;
  };
};

/**
 * Builds what runs releases for a gateway and signs what they gave: each policy is joined by the release's floor, and nothing is
 * signed that the sign log has otherwise.
 *
 * `infer` throws {WorkerError} `RELEASE_NOT_SERVED`, `BACKEND_UNFIT`, `POLICY_NOT_SERVABLE`, `PROVER_BUSY`, `ANSWER_ABORTED`,
 * `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`, `EQUIVOCATION_REFUSED`, `ENCLAVE_ABSENT`, and what `BatchSigner.sign` throws;
 * {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL`; {ExecutionError}; {ProverError}. `text` throws as `infer` does, but of openings.
 *
 * @throws {PublisherError} where a text release is not what its description says; see `requireDescribed`.
 */
export function createAnswerer(
  { operator, domain }: AnswererOptions,
  deps: AnswererDeps,
): Answerer {
  const { releases, tensors, texts, openings, secret, enclave, chain, proofRoom, signer } = deps;
  const { prover = createStatementProver() } = deps;
  const digestOf = statementDigester(domain);
  for (const { release } of texts.values()) requireDescribed(release);

  const plan = (
    { release, policy }: Ask,
    floor: Policy,
    circuit: CircuitFacts | null,
  ): Promise<ReadonlySet<Producible>> =>
    planReceipt(conjoin(floor, policy), {
      circuit,
      enclave: async () =>
        (await enclave?.standing(release)) ?? { reason: "it runs in no enclave" },
      bond: chain.bond,
    });

  const planOf = (ask: Ask, { release, circuit }: ServedRelease): ReturnType<typeof plan> => {
    const isAttestedBy = (verifier: Hex): Promise<boolean> =>
      chain.isAttestedBy(release.circuit, verifier);
    return plan(ask, release.floor, { id: release.circuit, circuit, isAttestedBy });
  };

  const inferAlone = (
    { requestId: id, input, signal }: InferAsk,
    served: ServedRelease,
    execution: Execution,
    planned: ReadonlySet<Producible>,
  ): Promise<Receipt> => {
    const run = tensors === undefined ? served : runBy(served, tensors, signal);
    const answer = async (): Promise<Receipt> => {
      const executed = await execute({ id, input }, run, { operator, domain, digestOf, openings });
      const { statement, digest, witness } = executed;
      const prove = (): Promise<ZkEvidence> =>
        prover.prove({ served, witness, digest, request: id });
      const supported = { statement, digest, prove };
      const evidence = await supportStatement(supported, planned, signal, deps);
      return { ...receiptOf({ input }, executed, evidence, served, domain), execution };
    };
    if (proofRoom === undefined || !planned.has("zk")) return answer();
    return proofRoom(id, signal, answer);
  };

  /** What is asked of one release under one policy; what takes long of it, proofs and other hosts, is not waited for. */
  const inferAll = async (asked: readonly Asking[]): Promise<void> => {
    const [first] = asked;
    if (first === undefined) return;
    try {
      const served = await releases.get(first.ask.release);
      const execution = executionOf(served, tensors);
      const planned = await planOf(first.ask, served);
      const runAll = runAllOf(served, tensors);
      if (runAll !== undefined && isSignatureAlone(planned) && isOpen(served)) {
        const together = { operator, domain, digestOf, signer, runAll, execution };
        await answerTogether(asked, served, together);
      } else
        for (const { ask, resolve, reject } of asked)
          inferAlone(ask, served, execution, planned).then(resolve, reject);
    } catch (error) {
      for (const { reject } of asked) reject(error); // those that have an answer keep it
    }
  };

  /** Of each policy a number: who asks has few, and keeps them. */
  const numbers = new WeakMap<Policy, number>();
  let policies = 0;
  const laneOf = ({ release, policy }: InferAsk): string => {
    const number = numbers.get(policy) ?? policies++;
    numbers.set(policy, number);
    return `${release} ${number}`;
  };

  return {
    infer: createLanes(laneOf, inferAll),

    async *text(ask) {
      const { requestId: request, signal } = ask;
      const served = texts.get(ask.release);
      if (served === undefined)
        throw new WorkerError({ code: "RELEASE_NOT_SERVED", release: ask.release });
      const { backend, release } = served;
      const planned = await plan(ask, release.release.floor, null);
      let generation: Generation | undefined;
      for await (const delta of backend.generate(release, ask.request, signal)) {
        if (delta.kind === "text") yield delta;
        else generation = delta.generation;
      }
      if (generation === undefined) throw new TypeError("a back end ended without an answer");
      const execution = { backend: backend.name, proves: backend.proves };
      const transcript = {
        ...{ manifest: release.manifest, request: ask.request, generation, execution },
        salt: secret.saltOf(request),
      };
      const words = textWords(release.release, transcript);
      const statement: Statement = {
        ...{ release: release.id, request, operator },
        inputHash: hashOfWords(words.input),
        outputHash: hashOfWords(words.output),
      };
      const prove = (): never => {
        throw new TypeError("no plan has a proof of a release without a circuit");
      };
      const digest = digestOf(statement);
      const supported = { statement, digest, prove };
      const evidence: readonly Evidence[] = await supportStatement(
        supported,
        planned,
        signal,
        deps,
      );
      const parts = { domain, statement, ...words, evidence };
      const receipt = { ...parts, release: release.release, circuit: null, transcript, execution };
      yield { kind: "end", generation, receipt };
    },
  };
}

function runAllOf(served: ServedRelease, tensors: AnswererDeps["tensors"]): RunAll | undefined {
  if (tensors === undefined) return served.model.runAll;
  const { runAll } = tensors;
  return runAll && ((inputs) => runAll(served.id, inputs));
}

/**
 * Who signs for a bit-exact release answers with its bond that these are the circuit's bits: a server's word, or a model in
 * floating point, is no ground for that.
 */
function executionOf({ id, release }: ServedRelease, tensors: AnswererDeps["tensors"]): Execution {
  if (tensors === undefined) return { backend: ONNXRUNTIME, proves: "weights" };
  const { name: backend, proves, answers } = tensors;
  const refuse = (reason: string): never => {
    throw new WorkerError({ code: "BACKEND_UNFIT", release: id, backend, reason });
  };
  if (release.runtime === "bitExact") {
    if (proves !== "weights") refuse("it is a server's word, and the release is bit-exact");
    if (answers !== "bitExact") refuse("they are rounded, and the release is bit-exact");
  }
  return { backend, proves };
}

function runBy(
  served: ServedRelease,
  tensors: NonNullable<AnswererDeps["tensors"]>,
  signal: AbortSignal,
): ServedRelease {
  const run = (input: readonly bigint[]): Promise<readonly bigint[]> =>
    tensors.run(served.id, input, signal);
  return { ...served, model: { ...served.model, run } };
}
