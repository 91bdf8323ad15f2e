/** What went wrong, by code; none carries a value of a witness. */
export type NativeProblem =
  | { readonly code: "BINARY_MISSING"; readonly path: string }
  | { readonly code: "BINARY_UNUSABLE"; readonly path: string }
  | { readonly code: "BUILD_FAILED"; readonly output: string }
  | { readonly code: "CANCELLED" }
  | { readonly code: "CARGO_MISSING" }
  | { readonly code: "CIRCUIT_INVALID"; readonly path: string; readonly reason: string }
  | { readonly code: "CIRCUIT_UNDETERMINED"; readonly path: string; readonly reason: string }
  | { readonly code: "CIRCUIT_UNREADABLE"; readonly path: string; readonly reason: string }
  | { readonly code: "KEY_CHANGED"; readonly path: string }
  | { readonly code: "KEY_CLOSED"; readonly path: string }
  | { readonly code: "KEY_INVALID"; readonly path: string; readonly reason: string }
  | { readonly code: "KEY_UNREADABLE"; readonly path: string; readonly reason: string }
  | { readonly code: "KEY_UNWRITABLE"; readonly path: string; readonly reason: string }
  | { readonly code: "MEMORY_SHORT"; readonly path: string }
  /** A defect of the native prover; the process goes on. */
  | { readonly code: "PROVER_FAILED"; readonly reason: string }
  | { readonly code: "TAPE_CLOSED"; readonly path: string }
  | { readonly code: "VERIFYING_KEY_INVALID"; readonly reason: string }
  | { readonly code: "WITNESS_INVALID"; readonly reason: string }
  | { readonly code: "WITNESS_REFUSED"; readonly path: string; readonly reason: string };

/** The only error that this package throws. */
export class NativeError extends Error {
  readonly problem: NativeProblem;
  readonly code: NativeProblem["code"];

  constructor(problem: NativeProblem, options?: ErrorOptions) {
    super(describe(problem), options);
    this.name = "NativeError";
    this.problem = problem;
    this.code = problem.code;
  }
}

function describe(problem: NativeProblem): string {
  switch (problem.code) {
    case "BINARY_MISSING":
      return `There is no native prover at ${problem.path}: build it with \`npm run native:build\`.`;
    case "BINARY_UNUSABLE":
      return `${problem.path} is no native prover for this Node: build it again with \`npm run native:build\`.`;
    case "BUILD_FAILED":
      return `cargo could not build the native prover:\n${problem.output}`;
    case "CANCELLED":
      return "The native prover was told to stop.";
    case "CARGO_MISSING":
      return "cargo is not on PATH: install Rust 1.89 or later (https://rustup.rs) to build the native prover.";
    case "CIRCUIT_INVALID":
      return `${problem.path}: the circuit is of no use: ${problem.reason}.`;
    case "CIRCUIT_UNDETERMINED":
      return `${problem.path} needs its own witness calculator: ${problem.reason}.`;
    case "CIRCUIT_UNREADABLE":
      return `${problem.path} cannot be read: ${problem.reason}.`;
    case "KEY_CHANGED":
      return `${problem.path} is another file than when it was opened: open it again.`;
    case "KEY_CLOSED":
      return `The key ${problem.path} was closed: open it again.`;
    case "KEY_INVALID":
      return `${problem.path} is no usable key: ${problem.reason}.`;
    case "KEY_UNREADABLE":
      return `${problem.path} cannot be read: ${problem.reason}.`;
    case "KEY_UNWRITABLE":
      return `${problem.path} cannot be written: ${problem.reason}.`;
    case "MEMORY_SHORT":
      return `${problem.path} does not fit into memory.`;
    case "PROVER_FAILED":
      return `The native prover failed: ${problem.reason}.`;
    case "TAPE_CLOSED":
      return `The tape of ${problem.path} was closed: open it again.`;
    case "VERIFYING_KEY_INVALID":
      return `The verifying key is invalid: ${problem.reason}.`;
    case "WITNESS_INVALID":
      return `The values are none of this key or circuit: ${problem.reason}.`;
    case "WITNESS_REFUSED":
      return `The inputs violate ${problem.path}: ${problem.reason}.`;
  }
}
