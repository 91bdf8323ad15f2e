import type { ReleaseId } from "@vouch/protocol";
import type { TextErrorData } from "./text/errors.ts";
import { describeTextError } from "./text/errors.ts";

/** What can go wrong where releases are run; each code carries what an operator needs to act on it. */
export type ExecutionErrorData = TensorErrorData | TextErrorData;

type TensorErrorData =
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  | { readonly code: "RELEASE_NOT_REGISTERED"; readonly release: ReleaseId }
  | { readonly code: "INPUT_INVALID"; readonly release: ReleaseId; readonly reason: string }
  /** The file on disk is not the one that was verified. */
  | {
      readonly code: "MODEL_TAMPERED";
      readonly release: ReleaseId;
      readonly path: string;
      readonly verified: string;
      readonly found: string;
    }
  | { readonly code: "MODEL_LOAD_FAILED"; readonly release: string }
  | { readonly code: "MODEL_RUN_FAILED"; readonly release: string }
  | {
      readonly code: "MODEL_TOO_LARGE";
      readonly release: ReleaseId;
      readonly bytes: number;
      readonly budgetBytes: number;
    }
  /** It failed lately and is not tried again for a while; the cause is its last failure. */
  | {
      readonly code: "RELEASE_BACKED_OFF";
      readonly release: ReleaseId;
      readonly failures: number;
      readonly waitMs: number;
    }
  /** Loading or running it ended so many processes in a row, the last one at `last`; both times in milliseconds since 1970. */
  | {
      readonly code: "RELEASE_ENDED_PROCESS";
      readonly release: ReleaseId;
      readonly times: number;
      readonly last: number;
      readonly until: number;
      readonly record: string;
    }
  | { readonly code: "BACKEND_CLOSED"; readonly backend: string }
  | {
      readonly code: "BACKEND_UNREACHABLE";
      readonly backend: string;
      readonly attempts: number;
    }
  | { readonly code: "BACKEND_TIMEOUT"; readonly backend: string; readonly deadlineMs: number }
  /** The server answered that it does not do this; `status` is of HTTP, or the name of gRPC's. */
  | {
      readonly code: "BACKEND_REFUSED";
      readonly backend: string;
      readonly status: number | string;
      readonly reason: string;
    }
  | { readonly code: "BACKEND_ANSWER_INVALID"; readonly backend: string; readonly reason: string }
  | {
      readonly code: "BACKEND_NOT_READY";
      readonly backend: string;
      readonly model: string | undefined;
    }
  /** The server's model takes or gives another tensor than the release. */
  | {
      readonly code: "MODEL_MISMATCH";
      readonly backend: string;
      readonly model: string;
      readonly what: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly code: "ABORTED" };

/** Thrown by everything in this package. */
export class ExecutionError extends Error {
  override readonly name = "ExecutionError";
  readonly data: ExecutionErrorData;

  constructor(data: ExecutionErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): ExecutionErrorData["code"] {
    return this.data.code;
  }
}

/** @throws {ExecutionError} `ABORTED`, with the signal's reason as its cause. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedBy(signal);
}

/** The error of a call whose signal aborted. */
export function abortedBy(signal: AbortSignal): ExecutionError {
  return new ExecutionError({ code: "ABORTED" }, { cause: signal.reason });
}

function describe(data: ExecutionErrorData): string {
  switch (data.code) {
    case "OPTIONS_INVALID":
      return `The options of a back end are invalid: ${data.reason}.`;
    case "RELEASE_NOT_REGISTERED":
      return `Release ${data.release} is not registered with this back end. Register it first.`;
    case "INPUT_INVALID":
      return `The input is none of release ${data.release}: ${data.reason}.`;
    case "MODEL_TAMPERED":
      return `${data.path} is not what was verified for release ${data.release}: it hashes to ${data.found}, not ${data.verified}. It was not run. Find out who writes there, remove it and register the release again.`;
    case "MODEL_LOAD_FAILED":
      return `onnxruntime could not load the integer form of ${data.release}.`;
    case "MODEL_RUN_FAILED":
      return `onnxruntime could not run the integer form of ${data.release}.`;
    case "MODEL_TOO_LARGE":
      return `Release ${data.release} takes about ${data.bytes} bytes in memory, and the budget is ${data.budgetBytes}. Raise the budget or serve it elsewhere.`;
    case "RELEASE_BACKED_OFF":
      return `Release ${data.release} failed ${data.failures} times in a row and is tried again in ${Math.ceil(data.waitMs)} ms.`;
    case "RELEASE_ENDED_PROCESS":
      return `Release ${data.release} was being loaded or first run when ${data.times} processes ended in a row, the last at ${new Date(data.last).toISOString()}: it may take more memory than there is. It is left alone until ${new Date(data.until).toISOString()}; give the process more memory, or lower its budget, and remove ${data.record} to have it tried at once.`;
    case "BACKEND_CLOSED":
      return `${data.backend} is closed.`;
    case "BACKEND_UNREACHABLE":
      return `${data.backend} could not be reached in ${data.attempts} attempts. Check its address and that it runs.`;
    case "BACKEND_TIMEOUT":
      return `${data.backend} did not answer within ${data.deadlineMs} ms.`;
    case "BACKEND_REFUSED":
      return `${data.backend} refused with ${data.status}: ${data.reason}.`;
    case "BACKEND_ANSWER_INVALID":
      return `${data.backend} gave an answer that is none: ${data.reason}.`;
    case "BACKEND_NOT_READY":
      return `${data.backend} is not ready${data.model === undefined ? "" : ` to run ${data.model}`}.`;
    case "MODEL_MISMATCH":
      return `${data.model} of ${data.backend} is not the release's model: ${data.what} is ${data.found}, and has to be ${data.expected}.`;
    case "ABORTED":
      return "The call was aborted.";
    default:
      return describeTextError(data);
  }
}
