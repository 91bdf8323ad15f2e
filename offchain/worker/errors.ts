import type { Hex, ReleaseId, RequestId } from "@vouch/protocol";

/** What can go wrong in a worker; each code carries what an operator needs to act on it. */
export type WorkerErrorData =
  /** The operator already signed another statement for this request; a second signature would be slashable. */
  | {
      readonly code: "EQUIVOCATION_REFUSED";
      readonly request: RequestId;
      readonly signed: Hex;
      readonly refused: Hex;
    }
  | { readonly code: "SIGN_LOG_CORRUPT"; readonly path: string; readonly line: number }
  /** Another process may sign for this operator. */
  | {
      readonly code: "SIGN_LOG_LOCKED";
      readonly lock: string;
      readonly pid: number | undefined;
      readonly host: string | undefined;
    }
  /** The disk did not take what has to be on it before a signature exists. */
  | { readonly code: "SIGN_LOG_UNWRITABLE"; readonly path: string }
  /** What was signed is in a database since: a log that begins anew could contradict it. */
  | { readonly code: "SIGN_LOG_MOVED"; readonly path: string; readonly moved: string }
  /** What a batch signer is asked to sign says that another answers for it. */
  | { readonly code: "STATEMENT_NOT_OWN"; readonly operator: Hex; readonly named: Hex }
  /** More statements wait for their signature than may. */
  | { readonly code: "SIGNER_BUSY"; readonly waiting: number }
  | { readonly code: "SIGNER_CLOSED" }
  /** Statements are on record and the key did not sign them; they may be signed later. */
  | { readonly code: "SIGNING_FAILED"; readonly statements: number }
  | { readonly code: "RELEASE_NOT_SERVED"; readonly release: ReleaseId }
  /** A release cannot be run now; the others can. The cause is why. */
  | { readonly code: "RELEASE_UNREADY"; readonly release: ReleaseId; readonly reason: string }
  /** The worker cannot produce what a clause of the policy demands. */
  | {
      readonly code: "POLICY_NOT_SERVABLE";
      readonly clause: number | "minStake";
      readonly reason: string;
    }
  /** A back end's answers do not support what the release promises. */
  | {
      readonly code: "BACKEND_UNFIT";
      readonly release: ReleaseId;
      readonly backend: string;
      readonly reason: string;
    }
  /** As many requests wait for a proof as may: nothing was run, and the same may be asked again. */
  | { readonly code: "PROVER_BUSY"; readonly request: RequestId; readonly waiting: number }
  /** Whoever asked does so no more: nothing was signed. */
  | { readonly code: "ANSWER_ABORTED"; readonly request: RequestId }
  | { readonly code: "INPUT_OPENING_MISSING"; readonly commitment: Hex; readonly folder: string }
  | { readonly code: "INPUT_OPENING_INVALID"; readonly commitment: Hex; readonly reason: string }
  | { readonly code: "SEALING_KEY_INVALID"; readonly path: string }
  /** The chain's gas price is above what the request reimburses; it may fall again before the lock's deadline. */
  | { readonly code: "GAS_PRICE_TOO_HIGH"; readonly gasPrice: bigint; readonly limit: bigint }
  /** The fee is below what this operator takes, and rises until the lock's deadline. */
  | { readonly code: "FEE_TOO_LOW"; readonly fee: bigint; readonly limit: bigint }
  /** The contract refuses the fulfilment; sending it again would change nothing. */
  | { readonly code: "FULFILMENT_REFUSED"; readonly request: RequestId; readonly refusal: string }
  /** A second run gave another output than the one that was signed. */
  | {
      readonly code: "ANSWER_DIFFERS";
      readonly request: RequestId;
      readonly signed: Hex;
      readonly now: Hex;
    }
  /** A segment's prover derives other joins than it was told: another secret, or another model. */
  | {
      readonly code: "SEGMENT_JOINS_DIFFER";
      readonly request: RequestId;
      readonly segment: number;
    }
  /** A step failed for good or too often: its lock was given up, and somebody should look. */
  | {
      readonly code: "GIVEN_UP";
      readonly request: RequestId;
      readonly step: string;
      readonly reason: string;
    }
  /** The worker stops: its queue keeps the request for the next start. */
  | { readonly code: "STOPPING"; readonly request: RequestId }
  | { readonly code: "EXPOSURE_TOO_HIGH"; readonly exposed: bigint; readonly limit: bigint }
  | { readonly code: "TRANSACTION_LOST"; readonly txHash: string }
  /** The time until which a transaction makes sense was over before it was sent. */
  | { readonly code: "INTENT_EXPIRED"; readonly key: string; readonly deadline: number }
  /** A contract refuses what an operator's duty sends; sending it again would change nothing. */
  | { readonly code: "DUTY_REFUSED"; readonly key: string; readonly refusal: string }
  /** Some of what a contract owes was not paid out; the cause says why of each. */
  | { readonly code: "CLAIMS_FAILED"; readonly failed: number }
  /** The chain's log, as the node gives it, does not say what was asked or answered. */
  | { readonly code: "ANSWER_UNKNOWN"; readonly request: RequestId; readonly missing: string }
  /** The release gives another output than the one that was answered: no proof of that exists. */
  | { readonly code: "ANSWER_INDEFENSIBLE"; readonly request: RequestId; readonly answered: Hex }
  /** Two ways of running one release disagree: neither is to be trusted until that is understood. */
  | { readonly code: "RUNS_DISAGREE"; readonly release: ReleaseId; readonly request: RequestId }
  /** What a member of a panel revealed first cannot be made again: its output's file is lost. */
  | { readonly code: "COMMITMENT_LOST"; readonly round: Hex }
  /** The header of a block, as the node gives it, does not hash to the block's hash. */
  | { readonly code: "HEADER_INVALID"; readonly number: number }
  /** Of panels, or of transcripts. */
  | { readonly code: "SECRET_INVALID"; readonly path: string }
  /** The disk did not take what must be on it before a transaction leaves. */
  | { readonly code: "STORE_UNWRITABLE"; readonly path: string }
  | { readonly code: "NODE_WITHOUT_BLOCKS" }
  /** No contract verifies what this enclave says of itself. */
  | { readonly code: "ENCLAVE_UNSUPPORTED"; readonly source: string; readonly tee: string }
  /** The plan has an enclave's evidence, and the worker has no enclave. */
  | { readonly code: "ENCLAVE_ABSENT"; readonly request: RequestId }
  | { readonly code: "IMAGE_UNREADABLE"; readonly path: string; readonly reason: string }
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  | { readonly code: "DEPLOYMENT_MISSING"; readonly file: string; readonly chainId: bigint }
  /** Contracts and endpoints come from settings of their own; `chainId` is the endpoints'. */
  | {
      readonly code: "DEPLOYMENT_OF_OTHER_CHAIN";
      readonly file: string;
      readonly deployed: bigint;
      readonly chainId: bigint;
    }
  /** Of the operator's key, or of its password. */
  | { readonly code: "KEY_UNREADABLE"; readonly file: string; readonly reason: string }
  /** A flag, a variable or a member of the configuration file. */
  | { readonly code: "CONFIG_INVALID"; readonly setting: string; readonly reason: string }
  | {
      readonly code: "OPERATOR_NOT_STAKED";
      readonly operator: Hex;
      readonly needed: bigint;
      readonly free: bigint;
    };

/** Thrown by everything in this package. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly data: WorkerErrorData;

  constructor(data: WorkerErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): WorkerErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: WorkerErrorData): string {
  switch (data.code) {
    case "EQUIVOCATION_REFUSED":
      return `Request ${data.request} was already signed as ${data.signed}; signing ${data.refused} too would be equivocation. Restore the operator's sign log and do not run two workers with one key.`;
    case "SIGN_LOG_CORRUPT":
      return `The sign log ${data.path} is damaged at line ${data.line}. Restore it from a backup: without it a restart could sign twice.`;
    case "SIGN_LOG_LOCKED":
      return `The sign log is in use: ${data.lock} names process ${data.pid ?? "?"} of ${data.host ?? "an unknown machine"}. Stop that worker; where none runs with this operator's key any more, remove the file.`;
    case "SIGN_LOG_UNWRITABLE":
      return `The sign log cannot be written: ${data.path}. Nothing is signed until it can be; make room on its disk, or mend it.`;
    case "SIGN_LOG_MOVED":
      return `The sign log ${data.path} is in a database since, which ${data.moved} stands for: name that database (--database-url). A log that begins anew could contradict what is signed there.`;
    case "STATEMENT_NOT_OWN":
      return `A statement names operator ${data.named}, and this worker signs for ${data.operator}.`;
    case "SIGNER_BUSY":
      return `${data.waiting} statements wait for a signature, which is the limit. Ask again later, or raise maxWaiting.`;
    case "SIGNER_CLOSED":
      return "The signer is closed: the worker is shutting down and signs nothing more.";
    case "SIGNING_FAILED":
      return `The operator's key did not sign ${data.statements} statements. See what the signer says; the same statements may be signed again.`;
    case "RELEASE_NOT_SERVED":
      return `Release ${data.release} is not in this worker's store. Publish it here or copy its bundle.`;
    case "RELEASE_UNREADY":
      return `Release ${data.release} cannot be run now: ${data.reason} Requests for it are left to others until it can.`;
    case "POLICY_NOT_SERVABLE":
      return `${data.clause === "minStake" ? "The stake" : `Clause ${data.clause}`} of the policy cannot be met by this worker: ${data.reason}.`;
    case "BACKEND_UNFIT":
      return `Nothing is signed for release ${data.release} by what ${data.backend} answers: ${data.reason}.`;
    case "PROVER_BUSY":
      return `Request ${data.request} was not run: ${data.waiting} wait for a proof already, which is the limit. Ask again later, or raise it.`;
    case "ANSWER_ABORTED":
      return `Request ${data.request} was aborted before its answer was signed.`;
    case "INPUT_OPENING_MISSING":
      return `The input is committed as ${data.commitment} and its opening is not in ${data.folder}. Ask the requester for it.`;
    case "INPUT_OPENING_INVALID":
      return `The opening of input ${data.commitment} does not fit it: ${data.reason}.`;
    case "SEALING_KEY_INVALID":
      return `${data.path} is no identity of age. Restore it from its backup: what was sealed to another key cannot be opened by a new one.`;
    case "FEE_TOO_LOW":
      return `The fee of ${data.fee} units of its token is still below ${data.limit}; it rises until the lock deadline.`;
    case "GAS_PRICE_TOO_HIGH":
      return `Gas costs ${data.gasPrice} wei and the request reimburses ${data.limit}; it is put off.`;
    case "FULFILMENT_REFUSED":
      return `The contract refuses to fulfil request ${data.request}: ${data.refusal}.`;
    case "ANSWER_DIFFERS":
      return `Request ${data.request} was signed as ${data.signed} and is ${data.now} when run again: this machine does not run the release bit by bit as it did.`;
    case "SEGMENT_JOINS_DIFFER":
      return `Segment ${data.segment} of request ${data.request} has other joins here than where it was asked for: give all processes of the fleet one home, with its joins.secret.`;
    case "GIVEN_UP":
      return `Request ${data.request} was given up at ${data.step}: ${data.reason}`;
    case "STOPPING":
      return `The worker stops; request ${data.request} stays in its queue for the next start.`;
    case "EXPOSURE_TOO_HIGH":
      return `Requests expose ${data.exposed} wei of stake; with another it would be more than ${data.limit}.`;
    case "TRANSACTION_LOST":
      return `Transaction ${data.txHash} was dropped before it was mined.`;
    case "INTENT_EXPIRED":
      return `${data.key} was not sent: it had to be mined by ${data.deadline}. Look at the node's clock and at what kept the worker.`;
    case "DUTY_REFUSED":
      return `The contract refuses ${data.key}: ${data.refusal}.`;
    case "CLAIMS_FAILED":
      return `${data.failed} withdrawals failed: see the cause of each. A payee that refuses money needs another \`to\`.`;
    case "ANSWER_UNKNOWN":
      return `The node's log has no ${data.missing} of request ${data.request}; ask one that keeps logs from the deployment on.`;
    case "ANSWER_INDEFENSIBLE":
      return `The release does not give output ${data.answered} for request ${data.request}: the challenge is right. Stop this worker and find out what answered.`;
    case "RUNS_DISAGREE":
      return `onnxruntime and the reference interpreter disagree on ${data.release} for request ${data.request}; nobody is challenged. Report it with the release's bundle.`;
    case "COMMITMENT_LOST":
      return `Round ${data.round} was committed to by an output or a salt that this worker does not have. Restore its outputs folder and the panel secret from a backup.`;
    case "HEADER_INVALID":
      return `The header of block ${data.number} does not hash to the block's hash; it may have fields that this version does not know.`;
    case "SECRET_INVALID":
      return `${data.path} holds no 32-byte secret. Restore it from a backup: what was committed to or salted by it cannot be repeated without it.`;
    case "STORE_UNWRITABLE":
      return `${data.path} cannot be written. Nothing is sent that depends on it; make room on its disk, or mend it.`;
    case "NODE_WITHOUT_BLOCKS":
      return "The node has no latest block; it may still be syncing.";
    case "ENCLAVE_UNSUPPORTED":
      return `A worker registers no key by what ${data.source} (${data.tee}) says: use a TD or SGX, or have registrars vouch for it.`;
    case "ENCLAVE_ABSENT":
      return `Request ${data.request} takes an enclave's signature, and this worker runs in none.`;
    case "IMAGE_UNREADABLE":
      return `The worker's image cannot be measured: ${data.path} ${data.reason}.`;
    case "OPTIONS_INVALID":
      return `The worker's options are invalid: ${data.reason}.`;
    case "DEPLOYMENT_MISSING":
      return `There is no record of a deployment to chain ${data.chainId}: ${data.file} is missing. Name another by --deployment, or run \`npx hardhat deploy\`.`;
    case "DEPLOYMENT_OF_OTHER_CHAIN":
      return `${data.file} names the contracts of chain ${data.deployed}, and the endpoints are of chain ${data.chainId}. Look at --deployment and --chain-rpc, and at the variables VOUCH_DEPLOYMENT and VOUCH_CHAIN_RPC.`;
    case "KEY_UNREADABLE":
      return `The operator's key cannot be taken from ${data.file}: ${data.reason}.`;
    case "CONFIG_INVALID":
      return `${data.setting} is invalid: ${data.reason}. The command \`help\` lists all settings.`;
    case "OPERATOR_NOT_STAKED":
      return `Operator ${data.operator} has ${data.free} wei of free stake and needs ${data.needed}. Add stake with \`npx hardhat stake\`.`;
  }
}
