/** What a ceremony's coordinator refuses, by code; each carries the offender, and the message the remedy. */
export type CeremonyProblem =
  /** The folder is no ceremony, or what lies in it was changed. */
  | { readonly code: "FOLDER_INVALID"; readonly folder: string; readonly reason: string }
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  | { readonly code: "CEREMONY_OVER" }
  | { readonly code: "CONTRIBUTION_REFUSED"; readonly reason: string }
  | { readonly code: "LENGTH_REQUIRED" }
  | { readonly code: "METHOD_UNKNOWN"; readonly method: string }
  | { readonly code: "NAME_TAKEN"; readonly name: string }
  | { readonly code: "NOT_ALLOWED"; readonly reason: string }
  | { readonly code: "NOT_YOUR_TURN" }
  | { readonly code: "QUEUE_FULL"; readonly limit: number }
  | { readonly code: "RANGE_UNSATISFIABLE"; readonly bytes: number }
  | { readonly code: "RATE_LIMITED"; readonly seconds: number }
  | { readonly code: "REQUEST_INVALID"; readonly reason: string }
  | { readonly code: "ROUTE_UNKNOWN" }
  | { readonly code: "TOKEN_UNKNOWN" }
  | { readonly code: "TRANSFERS_FULL"; readonly limit: number }
  | { readonly code: "UPLOAD_LENGTH"; readonly bytes: number; readonly expected: number }
  | { readonly code: "UPLOAD_RUNNING" }
  | { readonly code: "UPLOAD_TRUNCATED"; readonly bytes: number; readonly expected: number }
  /** The verifier could not be run, which says nothing of the contribution. */
  | { readonly code: "VERIFIER_FAILED"; readonly reason: string }
  /** The coordinator answered a participant with an error of its own. */
  | { readonly code: "SERVER_REFUSED"; readonly problem: string; readonly reason: string }
  | { readonly code: "SERVER_UNREADABLE"; readonly url: string; readonly reason: string }
  | { readonly code: "TURN_LOST"; readonly reason: string }
  /** What was downloaded is not what the coordinator said, or its receipt not one of this contribution. */
  | { readonly code: "SERVER_INCONSISTENT"; readonly reason: string };

/** The only error that this package throws. */
export class CeremonyError extends Error {
  readonly problem: CeremonyProblem;
  readonly code: CeremonyProblem["code"];

  constructor(problem: CeremonyProblem, options?: ErrorOptions) {
    super(describe(problem), options);
    this.name = "CeremonyError";
    this.problem = problem;
    this.code = problem.code;
  }
}

function describe(problem: CeremonyProblem): string {
  switch (problem.code) {
    case "FOLDER_INVALID":
      return `${problem.folder} is no usable ceremony: ${problem.reason}. Begin one with zk:setup --begin.`;
    case "OPTIONS_INVALID":
      return `The coordinator's options are refused: ${problem.reason}.`;
    case "CEREMONY_OVER":
      return "The ceremony is over: it takes no more contributions.";
    case "CONTRIBUTION_REFUSED":
      return `The contribution was refused: ${problem.reason}. Join again to make another.`;
    case "LENGTH_REQUIRED":
      return "An upload needs a Content-Length.";
    case "METHOD_UNKNOWN":
      return `Nothing here takes ${problem.method}.`;
    case "NAME_TAKEN":
      return `Somebody of the name ${JSON.stringify(problem.name)} waits already; join under another.`;
    case "NOT_ALLOWED":
      return `You cannot join: ${problem.reason}.`;
    case "NOT_YOUR_TURN":
      return "It is not your turn, or no more; ask /turn.";
    case "QUEUE_FULL":
      return `${problem.limit} wait already; try again later.`;
    case "RANGE_UNSATISFIABLE":
      return `The file has ${problem.bytes} bytes.`;
    case "RATE_LIMITED":
      return `Too many requests; try again in ${problem.seconds} s.`;
    case "REQUEST_INVALID":
      return `The request is refused: ${problem.reason}.`;
    case "ROUTE_UNKNOWN":
      return "There is nothing under this path.";
    case "TOKEN_UNKNOWN":
      return "The ticket is unknown, or was used; join again.";
    case "TRANSFERS_FULL":
      return `${problem.limit} files are being fetched from this address already; try again when one is done.`;
    case "UPLOAD_LENGTH":
      return `The key has ${problem.bytes} bytes; one that follows by one contribution has ${problem.expected}.`;
    case "UPLOAD_RUNNING":
      return "This key is being uploaded already.";
    case "UPLOAD_TRUNCATED":
      return `${problem.bytes} of ${problem.expected} bytes arrived; upload it again.`;
    case "VERIFIER_FAILED":
      return `The contribution could not be verified: ${problem.reason}.`;
    case "SERVER_REFUSED":
      return `The coordinator refused with ${problem.problem}: ${problem.reason}`;
    case "SERVER_UNREADABLE":
      return `${problem.url} does not answer as a coordinator: ${problem.reason}.`;
    case "TURN_LOST":
      return `The turn is lost: ${problem.reason}. Join again.`;
    case "SERVER_INCONSISTENT":
      return `The coordinator contradicts itself: ${problem.reason}. Do not rely on this ceremony before it is explained.`;
  }
}
