import type { RequestId } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";

export type ProofRoomOptions = {
  /** Proofs at once; 1 or more. */
  readonly atOnce: number;
  /** Requests that may wait for one; more are refused. */
  readonly waiting: number;
};

/**
 * Does work that proves, at most so much at a time; what is over waits in order, until its signal aborts.
 *
 * @throws {WorkerError} `PROVER_BUSY` where as many wait as may: nothing was done. `ANSWER_ABORTED` of what waited; what `work` throws.
 */
export type ProofRoom = <T>(
  request: RequestId,
  signal: AbortSignal,
  work: () => Promise<T>,
) => Promise<T>;

type Waiting = { readonly enter: () => void };

/** Builds the room of a process that proves for whoever asks: a proof takes all cores for seconds, and memory by the circuit. */
export function createProofRoom({ atOnce, waiting }: ProofRoomOptions): ProofRoom {
  const queue = new Set<Waiting>();
  let working = 0;

  function entered(request: RequestId, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(aborted(request, signal));
    if (working < atOnce) {
      working += 1;
      return Promise.resolve();
    }
    if (queue.size >= waiting)
      return Promise.reject(new WorkerError({ code: "PROVER_BUSY", request, waiting }));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(it);
        reject(aborted(request, signal));
      };
      const it: Waiting = {
        enter() {
          signal.removeEventListener("abort", leave);
          resolve(); // takes over the place of one that ended
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      queue.add(it);
    });
  }

  return async (request, signal, work) => {
    await entered(request, signal);
    try {
      return await work();
    } finally {
      const [next] = queue;
      if (next === undefined) working -= 1;
      else {
        queue.delete(next);
        next.enter();
      }
    }
  };
}

function aborted(request: RequestId, signal: AbortSignal): WorkerError {
  return new WorkerError({ code: "ANSWER_ABORTED", request }, { cause: signal.reason });
}
