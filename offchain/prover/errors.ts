/** What went wrong, by code; each carries the offender and the limit, none a value of an input or of a witness. */
export type ProverProblem =
  | { readonly code: "ABORTED" }
  | { readonly code: "BEACON_INVALID"; readonly reason: string }
  | { readonly code: "CEREMONY_OVER"; readonly file: string }
  | { readonly code: "CIRCOM_FAILED"; readonly output: string }
  | { readonly code: "CIRCUIT_TOO_LARGE"; readonly rows: number; readonly limit: number }
  | { readonly code: "CONTRIBUTION_INVALID"; readonly number: number; readonly reason: string }
  | { readonly code: "CONTRIBUTION_MISSING" }
  | { readonly code: "CONTRIBUTION_NAME"; readonly reason: string }
  | { readonly code: "INCLUDE_NOT_FOUND"; readonly file: string; readonly from: string }
  | { readonly code: "INPUT_COUNT"; readonly given: number; readonly expected: number }
  | {
      readonly code: "INPUT_LENGTH";
      readonly signal: string;
      readonly length: number;
      readonly expected: number;
    }
  | { readonly code: "INPUT_UNKNOWN"; readonly signal: string }
  | { readonly code: "KEY_FORGEABLE"; readonly reason: string }
  | { readonly code: "KEY_INVALID"; readonly reason: string }
  | { readonly code: "COMMITTED_INPUTS"; readonly reason: string }
  | { readonly code: "COMMITTED_VALUES"; readonly wire: number }
  | { readonly code: "LINK_INVALID"; readonly file: string; readonly reason: string }
  | { readonly code: "KEY_UNRELATED"; readonly file: string; readonly reason: string }
  | { readonly code: "PROOF_FAILED"; readonly reason: string }
  | { readonly code: "PROOF_REJECTED" }
  | { readonly code: "PROVER_ABSENT"; readonly prover: string; readonly reason: string }
  | { readonly code: "PROVER_FAILED"; readonly prover: string; readonly reason: string }
  | { readonly code: "PROVER_UNKNOWN"; readonly prover: string; readonly known: readonly string[] }
  | {
      readonly code: "PTAU_HASH_MISMATCH";
      readonly file: string;
      readonly hash: string;
      readonly expected: string;
    }
  | {
      readonly code: "PTAU_MISSING";
      readonly file: string;
      readonly url: string;
      readonly hash: string;
      readonly folder: string;
    }
  | { readonly code: "PTAU_TOO_SMALL"; readonly power: number; readonly needed: number }
  | { readonly code: "PTAU_UNPINNED"; readonly power: number }
  | { readonly code: "R1CS_INVALID"; readonly reason: string }
  | { readonly code: "SEGMENT_COUNT"; readonly count: number; readonly expected: number }
  | { readonly code: "SETUP_FAILED"; readonly reason: string }
  | { readonly code: "SETUP_MISMATCH"; readonly part: string }
  | { readonly code: "WASM_INVALID"; readonly file: string }
  | { readonly code: "WITNESS_LENGTH"; readonly length: number; readonly wires: number }
  | { readonly code: "WITNESS_REFUSED"; readonly at: string }
  | { readonly code: "ZKEY_INVALID"; readonly file: string; readonly reason: string };

/** The only error that this package throws. */
export class ProverError extends Error {
  readonly problem: ProverProblem;
  readonly code: ProverProblem["code"];

  constructor(problem: ProverProblem, options?: ErrorOptions) {
    super(describe(problem), options);
    this.name = "ProverError";
    this.problem = problem;
    this.code = problem.code;
  }
}

function describe(problem: ProverProblem): string {
  switch (problem.code) {
    case "ABORTED":
      return "The work was aborted.";
    case "BEACON_INVALID":
      return `The beacon is invalid: ${problem.reason}.`;
    case "CEREMONY_OVER":
      return `${problem.file} ends with a beacon: its ceremony is over, and what follows would undo it.`;
    case "CIRCOM_FAILED":
      return `circom refused the source:\n${problem.output}`;
    case "CIRCUIT_TOO_LARGE":
      return `The circuit has ${problem.rows} rows; at most ${problem.limit} are supported.`;
    case "CONTRIBUTION_MISSING":
      return "A set-up without a contribution has gamma equal to delta, or a delta known to all: anyone can forge. Contribute at least once.";
    case "CONTRIBUTION_INVALID":
      return `Contribution ${problem.number} is invalid: ${problem.reason}.`;
    case "CONTRIBUTION_NAME":
      return `The name of a contribution is refused: ${problem.reason}.`;
    case "INCLUDE_NOT_FOUND":
      return `${problem.from} includes ${problem.file}, which is in neither library.`;
    case "INPUT_COUNT":
      return `The inputs have ${problem.given} values; the circuit takes ${problem.expected}.`;
    case "INPUT_LENGTH":
      return `Input ${problem.signal} has ${problem.length} values; the circuit takes ${problem.expected}.`;
    case "INPUT_UNKNOWN":
      return `The circuit has no input ${problem.signal}.`;
    case "KEY_FORGEABLE":
      return `Anyone can forge proofs under this key: ${problem.reason}.`;
    case "KEY_INVALID":
      return `The verifying key is invalid: ${problem.reason}.`;
    case "COMMITTED_INPUTS":
      return `The circuit does not keep its committed inputs in their place: ${problem.reason}. Every one must occur in a constraint, and no linear one may determine it.`;
    case "COMMITTED_VALUES":
      return `Wire ${problem.wire} of the witness is not what was committed to: calculate the witness from the same values.`;
    case "LINK_INVALID":
      return `${problem.file} is no usable link key: ${problem.reason}.`;
    case "KEY_UNRELATED":
      return `${problem.file} does not follow from the key that it is said to: ${problem.reason}.`;
    case "PROOF_FAILED":
      return `The proof could not be made: ${problem.reason}.`;
    case "PROOF_REJECTED":
      return "The proof does not verify under the key: key and circuit differ, or a file is damaged.";
    case "PROVER_ABSENT":
      return `VOUCH_PROVER asks for ${problem.prover}, which is not here: ${problem.reason}.`;
    case "PROVER_FAILED":
      return `The prover ${problem.prover} failed: ${problem.reason}.`;
    case "PROVER_UNKNOWN":
      return `VOUCH_PROVER is ${problem.prover}; it may be ${problem.known.join(", ")}, or unset.`;
    case "PTAU_HASH_MISMATCH":
      return `${problem.file} has the blake2b-512 hash ${problem.hash}, not the pinned ${problem.expected}: it is another file.`;
    case "PTAU_MISSING":
      return `${problem.file} is needed and could not be downloaded. Fetch ${problem.url}, blake2b-512 ${problem.hash}, and put it into ${problem.folder}.`;
    case "PTAU_TOO_SMALL":
      return `The powers of tau reach 2^${problem.power}; the circuit needs 2^${problem.needed}.`;
    case "PTAU_UNPINNED":
      return `No powers-of-tau file of 2^${problem.power} is pinned.`;
    case "R1CS_INVALID":
      return `The r1cs file is invalid: ${problem.reason}.`;
    case "SEGMENT_COUNT":
      return `There are artefacts of ${problem.count} segments; the model has ${problem.expected}.`;
    case "SETUP_FAILED":
      return `The set-up failed: ${problem.reason}.`;
    case "SETUP_MISMATCH":
      return `The set-up is not one of this circuit: ${problem.part} differs.`;
    case "WASM_INVALID":
      return `${problem.file} is no witness calculator made by circom 2.`;
    case "WITNESS_LENGTH":
      return `The witness has ${problem.length} values; the circuit has ${problem.wires} wires.`;
    case "WITNESS_REFUSED":
      return `The inputs violate the circuit's constraints at ${problem.at}.`;
    case "ZKEY_INVALID":
      return `${problem.file} is no usable Groth16 key over BN254: ${problem.reason}.`;
  }
}
