import type { Hex, RequestId } from "@vouch/protocol";

/** What can go wrong in this package; each code carries what an operator needs to act on it. */
export type QueueErrorData =
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  /** Another process has the folder. */
  | {
      readonly code: "LOCK_HELD";
      readonly lock: string;
      readonly pid: number | undefined;
      readonly host: string | undefined;
    }
  | { readonly code: "LOCK_UNWRITABLE"; readonly lock: string }
  | { readonly code: "FOLDER_UNWRITABLE"; readonly folder: string }
  /** Opening the database takes more room than there is; both in bytes. */
  | {
      readonly code: "DISK_FULL";
      readonly folder: string;
      readonly free: number;
      readonly needed: number;
    }
  /** The database answers before what it was told is on its disk. */
  | { readonly code: "NOT_DURABLE"; readonly reason: string }
  | { readonly code: "DATABASE_TOO_NEW"; readonly found: number; readonly known: number }
  /** The database refused a statement, or cannot be reached; `state` is its SQLSTATE, or the system's code. */
  | { readonly code: "DATABASE_FAILED"; readonly state: string | undefined }
  | { readonly code: "PAYLOAD_INVALID"; readonly queue: string; readonly reason: string }
  /** Another process has taken the item up: this one was too long without a sign of life. */
  | { readonly code: "CLAIM_LOST"; readonly queue: string; readonly key: string }
  | { readonly code: "DEAD_LETTER_UNKNOWN"; readonly id: string }
  /** The operator already signed another statement for this request; a second signature would be slashable. */
  | {
      readonly code: "EQUIVOCATION_REFUSED";
      readonly request: RequestId;
      readonly signed: Hex;
      readonly refused: Hex;
    }
  | { readonly code: "ANSWER_UNKNOWN"; readonly request: RequestId }
  | { readonly code: "PAYMENT_UNKNOWN"; readonly payment: Hex }
  | { readonly code: "ENTRY_UNKNOWN"; readonly key: string }
  /** The nonce was given to an intent that has moved to another since; nobody else may have it. */
  | { readonly code: "NONCE_RESERVED"; readonly nonce: number; readonly key: string }
  | { readonly code: "LEASE_LOST"; readonly key: string; readonly holder: string };

/** Thrown by everything in this package. */
export class QueueError extends Error {
  override readonly name = "QueueError";
  readonly data: QueueErrorData;

  constructor(data: QueueErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): QueueErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: QueueErrorData): string {
  switch (data.code) {
    case "OPTIONS_INVALID":
      return `The store's options are invalid: ${data.reason}.`;
    case "LOCK_HELD":
      return `Already in use: ${data.lock} names process ${data.pid ?? "?"} of ${data.host ?? "an unknown machine"}. Stop it; where none runs any more, remove the file. Several processes share a store on PostgreSQL.`;
    case "LOCK_UNWRITABLE":
      return `The lock ${data.lock} cannot be written. Make room on its disk, or mend it.`;
    case "FOLDER_UNWRITABLE":
      return `The store's folder ${data.folder} cannot be used. Make room on its disk, or give it to this user.`;
    case "DISK_FULL":
      return `The disk of ${data.folder} is full: ${data.free} bytes are free, and the store needs ${data.needed} to open. Make room; nothing that was confirmed is lost.`;
    case "NOT_DURABLE":
      return `The database may forget what it confirmed: ${data.reason}. Nothing is kept in it until that is mended.`;
    case "DATABASE_TOO_NEW":
      return `The database has version ${data.found} of the tables and this program knows ${data.known}. Update the program.`;
    case "DATABASE_FAILED":
      return `The database refused a statement or cannot be reached (${data.state ?? "no code"}); see the cause.`;
    case "PAYLOAD_INVALID":
      return `An item of queue ${data.queue} has another form than this program's: ${data.reason}.`;
    case "CLAIM_LOST":
      return `${data.key} of queue ${data.queue} was taken up by another process; what this one did with it is dropped.`;
    case "DEAD_LETTER_UNKNOWN":
      return `There is no dead letter ${data.id}, or its request is in the queue again. List them first.`;
    case "EQUIVOCATION_REFUSED":
      return `Request ${data.request} was already signed as ${data.signed}; signing ${data.refused} too would be equivocation.`;
    case "ANSWER_UNKNOWN":
      return `No answer to request ${data.request} is on record. Put the answer first.`;
    case "PAYMENT_UNKNOWN":
      return `Payment ${data.payment} is not on record. Bind it to its request first.`;
    case "ENTRY_UNKNOWN":
      return `The journal has no transaction ${data.key}. Reserve its nonce first.`;
    case "NONCE_RESERVED":
      return `Nonce ${data.nonce} was given to ${data.key}, which has another now; it stays used.`;
    case "LEASE_LOST":
      return `${data.holder} no longer sends for ${data.key}: another process does. Stop sending.`;
  }
}
