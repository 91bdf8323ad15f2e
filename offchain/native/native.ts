import type { Groth16Proof, VerifyingKey } from "@vouch/protocol";

/** The native prover, loaded into this process. */
export type Native = {
  /** Of the crate. */
  readonly version: string;
  /** Where the binary lies. */
  readonly path: string;

  /**
   * Opens and checks a zkey: plain Groth16, or commit-and-prove (docs/proving.md). A file that nobody may write to is
   * mapped, any other read into memory.
   *
   * @throws {NativeError} `KEY_UNREADABLE`, `KEY_INVALID`, `MEMORY_SHORT`
   */
  readonly openKey: (path: string) => Promise<NativeKey>;

  /**
   * Writes a development key, made in one step of secrets that the caller draws: tau, alpha, beta, delta and sigma, 32 bytes
   * each, little-endian, below r and not 0. With groups it is one of commit-and-prove.
   *
   * @param r1cs content of the circuit's file
   * @throws {NativeError} `CIRCUIT_INVALID`, `KEY_UNWRITABLE`, `CANCELLED`, `PROVER_FAILED`
   */
  readonly writeDevelopmentKey: (
    r1cs: Uint8Array,
    secrets: Uint8Array,
    zkey: string,
    options?: NativeOptions & { readonly groups?: CommittedGroups },
  ) => Promise<void>;

  /**
   * Orders the constraints of a `.r1cs` file so that each wire follows from the inputs (docs/proving.md, "Witness").
   *
   * @param eliminated inputs that the compiler took off the wires, none by default
   * @throws {NativeError} `CIRCUIT_UNREADABLE`, `CIRCUIT_INVALID`; `CIRCUIT_UNDETERMINED` where the constraints alone do not say
   * how to compute each wire
   */
  readonly openTape: (r1cs: string, eliminated?: readonly EliminatedInput[]) => Promise<NativeTape>;

  /**
   * Whether `e(A, B) = e(alpha, beta) · e(vk_x, gamma) · e(C, delta)` holds; everything is checked that `verifyGroth16`
   * checks, by other code.
   *
   * @throws {NativeError} `VERIFYING_KEY_INVALID` for a key that is malformed or forgeable; a bad proof is `false`.
   */
  readonly verify: (
    key: VerifyingKey,
    proof: Groth16Proof,
    publicSignals: readonly bigint[],
  ) => Promise<boolean>;

  /**
   * Whether a commit-and-prove proof holds (docs/proving.md): A, B, C, D and Q in 12 words, and the commitment to the
   * weights, `[0, 0]` where they are constants of the circuit. The caller derives the challenge among the signals.
   *
   * @throws {NativeError} `VERIFYING_KEY_INVALID`
   */
  readonly verifyCommitted: (
    key: CommittedKey,
    proof: readonly bigint[],
    weights: readonly bigint[],
    publicSignals: readonly bigint[],
  ) => Promise<boolean>;
};

/** Committed wires: the first, right behind the public ones, and how many hold weights and advice, blinds included. */
export type CommittedGroups = {
  readonly first: number;
  readonly weights: number;
  readonly advice: number;
};

/** A commit-and-prove key: gamma is the generator of G2, and `sigma` is S, a point of G2 as in EIP-197. */
export type CommittedKey = VerifyingKey & { readonly sigma: readonly bigint[] };

export type NativeOptions = {
  /** One for each core where it is absent. */
  readonly threads?: number;
  /** Takes effect within some 50 ms. */
  readonly signal?: AbortSignal;
};

/** An input that a compiler took off the wires: a linear constraint determines it by wires of the circuit. */
export type EliminatedInput = {
  /** Its place among the values of all declared inputs. */
  readonly input: number;
  /** `Σ coefficient · wire`, coefficients below the field's order and not 0. */
  readonly terms: readonly (readonly [wire: number, coefficient: bigint])[];
};

/** The constraints of a circuit in an order in which they can be solved, kept until it is closed. */
export type NativeTape = {
  /** Of the `.r1cs` file. */
  readonly path: string;
  /** That it keeps. */
  readonly bytes: number;
  readonly wires: number;
  /** Values of the declared inputs. */
  readonly inputs: number;

  /**
   * Computes the content of a `.wtns` file, on a thread of its own. Every constraint holds in it.
   *
   * @param inputs values of the declared inputs in their order, public ones first; 32 bytes each, little-endian, below the field's order
   * @throws {NativeError} `WITNESS_REFUSED`, `WITNESS_INVALID`, `TAPE_CLOSED`
   */
  readonly run: (inputs: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;

  /** Gives its memory back, once witnesses that are computed end. */
  readonly close: () => void;
};

/** An open proving key; it keeps what was computed from the file until it is closed. */
export type NativeKey = {
  readonly path: string;
  /** Of the file, and of what is kept beside it. */
  readonly bytes: number;
  /** Whether the file is mapped, not copied. */
  readonly isMapped: boolean;
  readonly wires: number;
  readonly publicSignals: number;
  readonly domainSize: number;
  /** Wires of a commit-and-prove key that hold weights, and those that hold advice, blinds included; 0 in a plain key. */
  readonly weights: number;
  readonly advice: number;

  /** Most bytes that a proof takes beside the key, known before it starts. */
  readonly peakMemory: (threads?: number) => number;

  /**
   * Makes a proof of the content of a `.wtns` file, on threads of its own: A, B and C. The blinding factors are drawn
   * here, from the system's generator.
   *
   * @throws {NativeError} `CANCELLED`, `KEY_CHANGED`, `KEY_CLOSED`, `WITNESS_INVALID`, `PROVER_FAILED`
   */
  readonly prove: (witness: Uint8Array, options?: NativeOptions) => Promise<Groth16Proof>;

  /**
   * Commits to the advice of a commit-and-prove key: D and Q, four words. The values are those of the advice's wires,
   * 32 bytes each, little-endian, the blind last.
   *
   * @throws {NativeError} those of `prove`
   */
  readonly commit: (advice: Uint8Array, options?: NativeOptions) => Promise<readonly bigint[]>;

  /** Commits to the weights likewise: two words. */
  readonly commitWeights: (
    weights: Uint8Array,
    options?: NativeOptions,
  ) => Promise<readonly bigint[]>;

  /** Frees it once the work under way has ended. */
  readonly close: () => void;
};
