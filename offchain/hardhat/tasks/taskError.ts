/** What a task refuses before it does anything; the message says what to do. */
export type TaskErrorCode =
  | "ARGUMENT_INVALID"
  | "NOT_DEPLOYED"
  | "MOCK_DEPLOYED"
  | "CHAIN_MISMATCH"
  | "NOTHING_PUBLISHED"
  | "NO_RECEIPT"
  /** What a project other than the one that the tasks come from need not have. */
  | "MODEL_MISSING"
  | "SAMPLES_MISSING"
  | "NO_CHECKOUT"
  | "ACCOUNT_MISSING"
  | "ACCOUNT_UNFUNDED"
  /** Nobody is there to whom a private input could be sealed. */
  | "SEALING_KEY_MISSING";

/** Thrown by tasks. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly code: TaskErrorCode;

  constructor(code: TaskErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
