import type { Domain, Hex, Statement, StatementSignature } from "@vouch/protocol";
import {
  MAX_STATEMENT_BATCH,
  parseRequestId,
  pathsOf,
  rootOf,
  statementBatchTypedData,
  statementDigester,
  statementTypedData,
} from "@vouch/protocol";
import type { Signer } from "ethers";
import { WorkerError } from "./errors.ts";
import { saltedTree } from "./saltedTree.ts";
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
  /**
   * Signs statements that are there together, without a wait for others: at once, or when the batch before is signed.
   *
   * @returns of each its signature, or why it alone has none
   * @throws {WorkerError} `STATEMENT_NOT_OWN`, `SIGNER_BUSY`, `SIGNER_CLOSED`: then none is signed.
   */
  readonly signAll: (all: readonly Signable[]) => Promise<readonly SignOutcome[]>;
  /** Signs what waits, and nothing after it. */
  readonly close: () => Promise<void>;
};

/** A signature, or why there is none. */
export type SignOutcome = StatementSignature | Error;

/** A statement with its digest in the signer's domain. */
export type Signable = { readonly statement: Statement; readonly digest: Hex };

/** Statements that came together, and who waits for them. */
type Waiting = {
  readonly all: readonly Signable[];
  /** When they are signed if no batch is being signed then; `AT_ONCE` where they wait for no others. */
  readonly due: number;
  readonly resolve: (outcomes: readonly SignOutcome[]) => void;
};

const AT_ONCE = 0;
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
  const own = operator.toLowerCase();
  const pending = new Map<Hex, Promise<StatementSignature>>();
  const queue: Waiting[] = [];
  let queued = 0;
  let waiting = 0;
  let due = Infinity;
  let timer: NodeJS.Timeout | undefined;
  let signing: Promise<void> | undefined;
  let isClosed = false;

  const signNext = (): void => {
    clearTimeout(timer);
    timer = undefined;
    let [end, count] = [0, 0];
    for (const { all } of queue) {
      if (count + all.length > maxBatch) break;
      count += all.length;
      end += 1;
    }
    const batch = queue.splice(0, end);
    queued -= count;
    due = queue.reduce((least, it) => Math.min(least, it.due), Infinity);
    signing = signBatch(batch, domain, deps).then(() => {
      signing = undefined;
      waiting -= count;
      schedule();
    });
  };
  /** One batch at a time: while it is signed, the next one gathers. */
  const schedule = (): void => {
    if (signing !== undefined || queued === 0) return;
    if (isClosed || queued >= maxBatch || due === AT_ONCE) signNext();
    else timer ??= setTimeout(signNext, Math.max(0, due - performance.now()));
  };
  const enqueue = (all: readonly Signable[], at: number): Promise<readonly SignOutcome[]> =>
    new Promise((resolve) => {
      queue.push({ all, due: at, resolve });
      queued += all.length;
      waiting += all.length;
      due = Math.min(due, at);
      schedule();
    });

  const requireOwn = ({ operator: named }: Statement): void => {
    if (named !== operator && named.toLowerCase() !== own)
      throw new WorkerError({ code: "STATEMENT_NOT_OWN", operator, named });
  };
  const requireRoom = (count: number): void => {
    if (waiting + count > maxWaiting) throw new WorkerError({ code: "SIGNER_BUSY", waiting });
  };
  const signAlone = async (it: Signable): Promise<StatementSignature> => {
    const [outcome] = await enqueue([it], performance.now() + intervalMs);
    pending.delete(it.digest);
    return signatureOf(outcome);
  };

  return {
    async sign(statement, digest = digestOf(statement)) {
      requireOwn(statement);
      if (isClosed) throw new WorkerError({ code: "SIGNER_CLOSED" });
      const known = pending.get(digest);
      if (known !== undefined) return known;
      requireRoom(1);
      const signed = signAlone({ statement, digest });
      pending.set(digest, signed);
      return signed;
    },
    async signAll(all) {
      for (const { statement } of all) requireOwn(statement);
      if (isClosed) throw new WorkerError({ code: "SIGNER_CLOSED" });
      requireRoom(all.length);
      const parts: Promise<readonly SignOutcome[]>[] = [];
      for (let start = 0; start < all.length; start += maxBatch)
        parts.push(enqueue(all.slice(start, start + maxBatch), AT_ONCE));
      return (await Promise.all(parts)).flat();
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

/** @throws what stands in place of the signature */
function signatureOf(outcome: SignOutcome | undefined): StatementSignature {
  if (outcome === undefined) throw new RangeError("a statement has an outcome");
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

/** Settles all of a batch and never rejects: what fails of it is told to those who asked for it. */
async function signBatch(
  batch: readonly Waiting[],
  domain: Domain,
  deps: BatchSignerDeps,
): Promise<void> {
  const outcomes = await outcomesOf(
    batch.flatMap(({ all }) => all),
    domain,
    deps,
  );
  let start = 0;
  for (const { all, resolve } of batch) resolve(outcomes.slice(start, (start += all.length)));
}

/** Returns what became of each statement, in their order. */
async function outcomesOf(
  all: readonly Signable[],
  domain: Domain,
  { signer, signLog }: BatchSignerDeps,
): Promise<readonly SignOutcome[]> {
  let refusals: readonly (Error | undefined)[] = [];
  try {
    refusals = await signLog.recordAll(all.map(entryOf));
    const recorded = all.filter((_, i) => refusals[i] === undefined);
    const signatures = await signRecorded(recorded, domain, signer);
    let next = 0;
    return all.map((_, i) => refusals[i] ?? signatures[next++] ?? new RangeError("unsigned"));
  } catch (cause) {
    const failure = cause instanceof Error ? cause : new RangeError("signing failed", { cause });
    return all.map((_, i) => refusals[i] ?? failure);
  }
}

/** In one case of the letters, as the digest has it: two of them are one request. */
function entryOf({ statement, digest }: Signable): SignEntry {
  return { request: parseRequestId(statement.request), digest };
}

async function signRecorded(
  all: readonly Signable[],
  domain: Domain,
  signer: BatchSignerDeps["signer"],
): Promise<readonly StatementSignature[]> {
  const [first] = all;
  if (first === undefined) return [];
  const digests = all.map(({ digest }) => digest);
  if ("signDigests" in signer) return signer.signDigests(digests);
  const tree = digests.length === 1 ? undefined : saltedTree(digests);
  const { data, paths } =
    tree === undefined
      ? { data: statementTypedData(domain, first.statement), paths: [[]] }
      : { data: statementBatchTypedData(domain, rootOf(tree)), paths: pathsOf(tree) };
  try {
    const signature = (await signer.signTypedData(data.domain, data.types, data.value)) as Hex;
    return paths.map((path) => ({ signature, path }));
  } catch (cause) {
    throw new WorkerError({ code: "SIGNING_FAILED", statements: digests.length }, { cause });
  }
}
