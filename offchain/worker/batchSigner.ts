import type { Domain, Hex, Statement, StatementSignature } from "@vouch/protocol";
import {
  MAX_STATEMENT_BATCH,
  parseRequestId,
  statementBatchTypedData,
  statementDigester,
  statementTypedData,
} from "@vouch/protocol";
import type { Signer } from "ethers";
import { WorkerError } from "./errors.ts";
import { saltedBatch } from "./saltedBatch.ts";
import type { SignEntry } from "./signLog.ts";
import type { DigestSigner } from "./signingThread.ts";

/** Whose statements are signed where, and how many together. */
export type BatchSignerOptions = {
  readonly operator: Hex;
  readonly domain: Domain;
  /** Milliseconds that a statement waits for others, while no batch is being signed. */
  readonly intervalMs?: number;
  /** Statements that are signed together at most; as many are signed at once. */
  readonly maxBatch?: number;
  /** Statements that may wait or be being signed; more are refused. */
  readonly maxWaiting?: number;
};

/** What signing in batches takes. */
export type BatchSignerDeps = {
  /** A wallet, or a thread that has the key (`openSigningThread`). */
  readonly signer: Pick<Signer, "signTypedData"> | DigestSigner;
  /** Holds entries for good before it returns, as `SignLog` does; or promises to. */
  readonly signLog: { readonly recordAll: (entries: readonly SignEntry[]) => Refusals };
};

type Refusals = Awaitable<readonly (Error | undefined)[]>;
type Awaitable<T> = T | Promise<T>;

/** Signs statements of one operator, those of a few milliseconds by one signature. */
export type BatchSigner = {
  /**
   * Signs a statement; one that waits already is not signed a second time. The signature is its own where it is alone.
   *
   * @param digest the statement's in the signer's domain, of who has formed it already
   * @throws {WorkerError} `STATEMENT_NOT_OWN`, `SIGNER_BUSY`, `SIGNER_CLOSED`, `EQUIVOCATION_REFUSED`, `SIGN_LOG_UNWRITABLE`,
   * `SIGNING_FAILED`; what another log than `SignLog` throws; {ProtocolError} `HEX_INVALID`.
   */
  readonly sign: (statement: Statement, digest?: Hex) => Promise<StatementSignature>;
  /** Signs what waits, and nothing after it. */
  readonly close: () => Promise<void>;
};

type Waiting = {
  readonly statement: Statement;
  readonly digest: Hex;
  readonly since: number;
  readonly resolve: (signed: StatementSignature) => void;
  readonly reject: (reason: unknown) => void;
};

const INTERVAL_MS = 4;
/** The longest that a timer takes. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;
const MAX_BATCH = 4096;
const MAX_WAITING = 65_536;

/**
 * Returns a signer that gathers statements; it keeps its process alive only while some wait.
 *
 * @throws {WorkerError} `OPTIONS_INVALID`.
 */
export function createBatchSigner(options: BatchSignerOptions, deps: BatchSignerDeps): BatchSigner {
  const { operator, domain, intervalMs = INTERVAL_MS, maxBatch = MAX_BATCH } = options;
  const { maxWaiting = MAX_WAITING } = options;
  requireWhole({ intervalMs }, 0, MAX_INTERVAL_MS);
  requireWhole({ maxBatch }, 1, MAX_STATEMENT_BATCH);
  requireWhole({ maxWaiting }, 1, Number.MAX_SAFE_INTEGER);
  const digestOf = statementDigester(domain);
  const pending = new Map<Hex, Promise<StatementSignature>>();
  const queue: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let signing: Promise<void> | undefined;
  let isClosed = false;

  const signNext = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const batch = queue.splice(0, maxBatch);
    signing = signBatch(batch, domain, deps).then(() => {
      signing = undefined;
      for (const { digest } of batch) pending.delete(digest);
      schedule();
    });
  };
  /** One batch at a time: while it is signed, the next one gathers. */
  const schedule = (): void => {
    const [first] = queue;
    if (signing !== undefined || first === undefined) return;
    if (isClosed || queue.length >= maxBatch) signNext();
    else timer ??= setTimeout(signNext, Math.max(0, first.since + intervalMs - performance.now()));
  };

  return {
    async sign(statement, digest = digestOf(statement)) {
      if (statement.operator.toLowerCase() !== operator.toLowerCase()) {
        const named = statement.operator;
        throw new WorkerError({ code: "STATEMENT_NOT_OWN", operator, named });
      }
      if (isClosed) throw new WorkerError({ code: "SIGNER_CLOSED" });
      const known = pending.get(digest);
      if (known !== undefined) return known;
      if (pending.size >= maxWaiting)
        throw new WorkerError({ code: "SIGNER_BUSY", waiting: pending.size });
      const signed = new Promise<StatementSignature>((resolve, reject) => {
        queue.push({ statement, digest, since: performance.now(), resolve, reject });
      });
      pending.set(digest, signed);
      schedule();
      return signed;
    },
    async close() {
      isClosed = true;
      schedule();
      while (signing !== undefined) await signing;
    },
  };
}

function requireWhole(option: Readonly<Record<string, number>>, least: number, most: number): void {
  for (const [name, value] of Object.entries(option)) {
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    const reason = `${name} is ${value}, not a whole number from ${least} to ${most}`;
    throw new WorkerError({ code: "OPTIONS_INVALID", reason });
  }
}

/** Settles every promise of a batch and never rejects: what fails of it is told to those who asked for it. */
async function signBatch(
  batch: readonly Waiting[],
  domain: Domain,
  { signer, signLog }: BatchSignerDeps,
): Promise<void> {
  try {
    // In one case of the letters, as the digest has it: two of them are one request.
    const entries = batch.map(({ statement, digest }) => ({
      request: parseRequestId(statement.request),
      digest,
    }));
    const refusals = await signLog.recordAll(entries);
    for (const [index, { reject }] of batch.entries()) {
      const refusal = refusals[index];
      if (refusal !== undefined) reject(refusal);
    }
    const recorded = batch.filter((_, index) => refusals[index] === undefined);
    const signatures = await signAll(recorded, domain, signer);
    for (const [index, { resolve }] of recorded.entries()) {
      const signature = signatures[index];
      if (signature !== undefined) resolve(signature);
    }
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

async function signAll(
  batch: readonly Waiting[],
  domain: Domain,
  signer: BatchSignerDeps["signer"],
): Promise<readonly StatementSignature[]> {
  const [first] = batch;
  if (first === undefined) return [];
  const digests = batch.map(({ digest }) => digest);
  if ("signDigests" in signer) return signer.signDigests(digests);
  const tree = batch.length === 1 ? undefined : saltedBatch(digests);
  const { data, paths } =
    tree === undefined
      ? { data: statementTypedData(domain, first.statement), paths: [[]] }
      : { data: statementBatchTypedData(domain, tree.root), paths: tree.paths };
  try {
    const signature = (await signer.signTypedData(data.domain, data.types, data.value)) as Hex;
    return paths.map((path) => ({ signature, path }));
  } catch (cause) {
    throw new WorkerError({ code: "SIGNING_FAILED", statements: batch.length }, { cause });
  }
}
