import type { Release, ReleaseId } from "@vouch/protocol";

/**
 * What an answer of a back end shows beside itself. `weights`: this process read the release's file, checked its hash and ran
 * it. `routing`: somebody else was asked; who that was is known, which weights ran is not.
 */
export type BackendProof = "weights" | "routing";

/** What runs a release, as receipts name it. */
export type Backend = {
  /** Software and version where this process runs it, `onnxruntime-node/1.30.0`; else protocol and host, `kserve-v2/<host>`. */
  readonly name: string;
  readonly proves: BackendProof;
};

/** A back end for releases from integers to integers. */
export type TensorBackend = Backend & {
  /**
   * `bitExact`: answers are the integer graph's and equal the circuit's, as far as `proves` goes: with `routing` that is the
   * server's word. `tolerant`: a model in floating point ran and its output was rounded; no release of the bit-exact class
   * may be signed by such an answer.
   */
  readonly answers: Extract<Release["runtime"], "bitExact" | "tolerant">;
  /**
   * Returns the elements of the output for those of an input.
   *
   * @throws {ExecutionError}
   */
  readonly run: (
    release: ReleaseId,
    input: readonly bigint[],
    signal?: AbortSignal,
  ) => Promise<readonly bigint[]>;
  /**
   * Returns the elements of the output for each of several inputs that are there together, or why it alone failed; there where it
   * costs less than a `run` for each.
   *
   * @throws {ExecutionError} where none of them can be run, and for an input that is none.
   */
  readonly runAll?: (
    release: ReleaseId,
    inputs: readonly (readonly bigint[])[],
  ) => Promise<readonly (readonly bigint[] | Error)[]>;
  /**
   * Does what can be done before a request comes, so that the first one need not wait for it.
   *
   * @throws {ExecutionError}
   */
  readonly warmUp: (release: ReleaseId, signal?: AbortSignal) => Promise<void>;
  readonly stats: () => TensorStats;
  /** Waits for what runs, takes nothing new and frees everything; may be called again. */
  readonly close: () => Promise<void>;
};

/** Counts since the back end was built. */
export type TensorStats = {
  /** Requests that were answered, and those that failed. */
  readonly answered: number;
  readonly failed: number;
};
