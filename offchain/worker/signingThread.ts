import { Worker } from "node:worker_threads";
import type { Domain, Hex, StatementSignature } from "@vouch/protocol";
import { pathsOf, wordOfHash } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";
import type { SharedTree } from "./sharedTree.ts";
import { joinWords, unshareTree } from "./sharedTree.ts";

/** Signs statements by their digests, all of a call by one signature. */
export type DigestSigner = {
  /** @returns a signature for each, in their order; the statement's own where it is alone. */
  readonly signDigests: (digests: readonly Hex[]) => Promise<readonly StatementSignature[]>;
};

/** A signer on a thread of its own, with its key. */
export type SigningThread = DigestSigner & { readonly close: () => Promise<void> };

/** What the thread is given when it starts. */
export type SigningTask = { readonly key: Hex; readonly domain: Domain };

/** What it answers to digests: one signature, and the tree whose root it is of; `null` where it is of the one digest. */
export type SignedDigests =
  { readonly signature: Hex; readonly tree: SharedTree | null } | { readonly failure: unknown };

type Caller = {
  /** Of statements. */
  readonly count: number;
  readonly resolve: (signed: readonly StatementSignature[]) => void;
  readonly reject: (reason: unknown) => void;
};

type Started = { readonly worker: Worker; readonly callers: Caller[] };

const PROGRAM = new URL("./signingProgram.ts", import.meta.url);

/**
 * Starts a thread that hashes the trees of batches and signs their roots: under load that is a seventh of what an answer takes, and
 * half a millisecond at a time in which nothing else would be served. It keeps its process alive only while somebody waits, and is
 * started anew where it ended.
 *
 * `signDigests` rejects with {WorkerError} `SIGNING_FAILED`, also of what waits when the thread ends.
 *
 * @param key the operator's, 32 bytes
 */
export function openSigningThread(key: Hex, domain: Domain): SigningThread {
  const task: SigningTask = { key, domain };
  let isClosed = false;
  let current: Started | undefined = start();

  function start(): Started {
    const started: Started = { worker: new Worker(PROGRAM, { workerData: task }), callers: [] };
    const { worker, callers } = started;
    worker.unref();
    worker.on("message", (signed: SignedDigests) => {
      const asked = callers.shift(); // it answers in order
      if (callers.length === 0) worker.unref();
      if (asked === undefined) return;
      if ("failure" in signed) fail(asked, signed.failure);
      else {
        const { signature, tree } = signed;
        const paths = tree === null ? [[]] : pathsOf(unshareTree(tree));
        asked.resolve(paths.map((path) => ({ signature, path })));
      }
    });
    const end = (cause: unknown): void => {
      if (current === started) current = undefined;
      for (const it of callers.splice(0)) fail(it, cause);
    };
    worker.on("error", end);
    worker.on("exit", (code) => {
      end(new RangeError(`the thread ended with ${code}`));
    });
    return started;
  }

  return {
    signDigests: (digests) =>
      new Promise((resolve, reject) => {
        const asked: Caller = { count: digests.length, resolve, reject };
        const refusal = isClosed ? new RangeError("the thread is closed") : faultOf(digests);
        if (refusal !== undefined) {
          fail(asked, refusal);
          return;
        }
        current ??= start();
        current.callers.push(asked);
        current.worker.ref();
        current.worker.postMessage(joinWords(digests));
      }),
    async close() {
      isClosed = true;
      await current?.worker.terminate();
    },
  };
}

function fail({ count, reject }: Caller, cause: unknown): void {
  reject(new WorkerError({ code: "SIGNING_FAILED", statements: count }, { cause }));
}

/** Returns why digests cannot be joined. */
function faultOf(digests: readonly Hex[]): unknown {
  try {
    for (const it of digests) wordOfHash(it);
    return undefined;
  } catch (error) {
    return error;
  }
}
