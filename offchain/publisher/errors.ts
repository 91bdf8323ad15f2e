import type { ImportErrorData } from "./import/errors.ts";
import { describeImportError } from "./import/errors.ts";

/** What can go wrong in publishing; each code says what a publisher needs to act on it. */
export type PublisherErrorData =
  | { readonly code: "BUNDLE_MISSING"; readonly release: string; readonly folder: string }
  | { readonly code: "BUNDLE_MALFORMED"; readonly path: string; readonly reason: string }
  /** Only a holder of a grant opens it. */
  | { readonly code: "BUNDLE_SEALED"; readonly release: string }
  | { readonly code: "BUNDLE_IN_CLEAR"; readonly release: string }
  | { readonly code: "GRANT_MISSING"; readonly release: string }
  /** There is nothing to seal. */
  | { readonly code: "WEIGHTS_PUBLIC"; readonly release: string }
  | { readonly code: "PROVING_KEY_MISSING"; readonly circuit: string; readonly path: string }
  | { readonly code: "PROVING_KEY_MISMATCH"; readonly circuit: string; readonly path: string }
  | { readonly code: "SAMPLES_MALFORMED"; readonly path: string; readonly reason: string }
  | { readonly code: "FILE_MISSING"; readonly path: string }
  | { readonly code: "FILE_UNREADABLE"; readonly path: string }
  | {
      readonly code: "FILE_MISMATCH";
      readonly path: string;
      readonly registered: string;
      readonly derived: string;
    }
  /** The configuration of a language model does not say how many tokens it has room for. */
  | { readonly code: "CONTEXT_UNKNOWN"; readonly path: string }
  /** The model is served by somebody else, who alone has its files. */
  | { readonly code: "FILES_UNKNOWN"; readonly provider: string }
  | { readonly code: "CEREMONY_KEYS"; readonly given: number; readonly expected: number }
  | { readonly code: "CIRCUIT_NEEDED" }
  | { readonly code: "SALT_INVALID" }
  | { readonly code: "SALT_MISSING" }
  | { readonly code: "SALT_UNUSED" }
  | { readonly code: "OUTPUT_NEEDS_SECRET" }
  /** Commit-and-prove cannot prove this release. */
  | { readonly code: "SYSTEM_UNFIT"; readonly reason: string }
  | { readonly code: "TOO_MANY_SEGMENTS"; readonly count: number; readonly limit: number }
  | { readonly code: "BATCH_SIZE"; readonly size: number; readonly reason: string }
  | { readonly code: "TOO_MANY_BATCHES"; readonly count: number; readonly limit: number }
  | { readonly code: "BATCHES_SEGMENTED"; readonly segments: number }
  | {
      readonly code: "BATCH_TOO_LARGE";
      readonly size: number;
      readonly what: string;
      readonly count: number;
      readonly limit: number;
    }
  | { readonly code: "CONTENT_MISMATCH"; readonly registered: string; readonly derived: string }
  | { readonly code: "MANIFEST_MISMATCH"; readonly registered: string; readonly derived: string }
  | { readonly code: "WEIGHTS_MISMATCH"; readonly registered: string; readonly derived: string }
  | { readonly code: "VERIFICATION_FAILED"; readonly failed: readonly string[] }
  | {
      readonly code: "CIRCUIT_MISMATCH";
      readonly what: string;
      readonly registered: string;
      readonly derived: string;
    }
  | ImportErrorData;

/** Thrown by everything in this package. */
export class PublisherError extends Error {
  override readonly name = "PublisherError";
  readonly data: PublisherErrorData;

  constructor(data: PublisherErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): PublisherErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: PublisherErrorData): string {
  switch (data.code) {
    case "BUNDLE_MISSING":
      return `Release ${data.release} is not in ${data.folder}. Publish it from here with \`npx hardhat model:publish\`, or copy its folder from its publisher.`;
    case "BUNDLE_MALFORMED":
      return `${data.path} is not part of a release bundle: ${data.reason}. Restore it from its publisher.`;
    case "BUNDLE_SEALED":
      return `Release ${data.release} is sealed: a worker opens it by the grant of its operator, in memory. Ask its publisher for the file and the salt to have both in the clear.`;
    case "BUNDLE_IN_CLEAR":
      return `The store has release ${data.release} in the clear already. Remove its folder first if it is to be sealed.`;
    case "GRANT_MISSING":
      return `Release ${data.release} is sealed, and there is no grant beside it. Give its publisher your sealing key (\`npx hardhat sealing:key\`), and take the grant with \`npx hardhat model:accept\`.`;
    case "WEIGHTS_PUBLIC":
      return `The weights of release ${data.release} are constants of its circuit, which is public: sealing its file would hide nothing. Publish it with private weights.`;
    case "PROVING_KEY_MISSING":
      return `The proving key of circuit ${data.circuit} is not at ${data.path}. Copy it from the release's publisher: a new set-up would be another circuit.`;
    case "PROVING_KEY_MISMATCH":
      return `${data.path} is the proving key of another circuit than ${data.circuit}: nobody would accept its proofs. Copy the circuit's own from the release's publisher.`;
    case "SAMPLES_MALFORMED":
      return `${data.path} does not hold samples: ${data.reason}.`;
    case "FILE_MISSING":
      return `There is no file ${data.path}.`;
    case "FILE_UNREADABLE":
      return `${data.path} cannot be read; a file of 2 GiB or more has to be cut into external data.`;
    case "FILE_MISMATCH":
      return `${data.path} hashes to ${data.derived}, the release says ${data.registered}: it is not the release's file. Copy it from its publisher.`;
    case "CONTEXT_UNKNOWN":
      return `${data.path} names neither max_position_embeddings nor n_positions. Say how many tokens the model has room for.`;
    case "FILES_UNKNOWN":
      return `The model is served by ${data.provider}: there are no files to verify.`;
    case "CEREMONY_KEYS":
      return `${data.given} files of a ceremony were given; the release has ${data.expected}, in order, those of several inferences last: each circuit's key, and for private weights by commit-and-prove their key and the link behind it.`;
    case "CIRCUIT_NEEDED":
      return "The floor takes proofs only, and a language model has no circuit that makes them. Take another floor.";
    case "SALT_INVALID":
      return "The release salt is not 32 bytes in hex.";
    case "SALT_MISSING":
      return "The release has private weights: without its salt neither its content hash nor its weights commitment can be derived.";
    case "SALT_UNUSED":
      return "A release with public weights has no salt: its file is public.";
    case "OUTPUT_NEEDS_SECRET":
      return "A committed output is salted with the requester's secret, which only a committed input carries. Commit the input too, or publish the output.";
    case "SYSTEM_UNFIT":
      return `Commit-and-prove does not fit this release: ${data.reason}. Publish it by plain Groth16.`;
    case "TOO_MANY_SEGMENTS":
      return `The budget cuts the model into ${data.count} segments; proofs of at most ${data.limit} fit the transaction that settles a request. Raise it.`;
    case "BATCH_SIZE":
      return `A circuit of ${data.size} inferences: ${data.reason}. Give sizes such as 4,16.`;
    case "TOO_MANY_BATCHES":
      return `${data.count} sizes of batches; a release has circuits of at most ${data.limit}. Leave some out.`;
    case "BATCHES_SEGMENTED":
      return `The budget cuts the model into ${data.segments} segments, each of which is proven for one inference at a time. Raise it until the model has one circuit, or leave the batches out.`;
    case "BATCH_TOO_LARGE":
      return `${data.size} inferences in one circuit have ${data.count} ${data.what}, more than ${data.limit}. Take a smaller size${data.what === "constraints" ? ", or raise the budget" : ""}.`;
    case "CONTENT_MISMATCH":
      return `The file and salt hash to ${data.derived}, the release says ${data.registered}: this is another file or another salt.`;
    case "MANIFEST_MISMATCH":
      return `The manifest hashes to ${data.derived}, the release says ${data.registered}.`;
    case "WEIGHTS_MISMATCH":
      return `The weights commit to ${data.derived}, the release says ${data.registered}.`;
    case "VERIFICATION_FAILED":
      return `Not verified: ${data.failed.join("; ")}.`;
    case "CIRCUIT_MISMATCH":
      return `The file compiles to another circuit: ${data.what} is ${data.derived}, registered is ${data.registered}.`;
    default:
      return describeImportError(data);
  }
}
