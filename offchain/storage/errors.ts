/** What a source did instead of giving a block. */
export type SourceFailure = { readonly source: string; readonly reason: SourceReason };
export type SourceReason = "absent" | "failed" | "lied" | "overfull" | "stalled" | "truncated";

/** What can go wrong with content that is asked for by its hash; addresses are without their credentials. */
export type StorageErrorData =
  | { readonly code: "CONTENT_ID_INVALID"; readonly text: string; readonly reason: string }
  /** Bytes that are not those of the id. */
  | { readonly code: "BLOCK_CORRUPT"; readonly block: string; readonly found: string }
  | { readonly code: "BLOCK_MISSING"; readonly block: string }
  | { readonly code: "BLOCK_TOO_LARGE"; readonly block: string; readonly limit: number }
  /** A block that is no file or folder of UnixFS as it is read here. */
  | { readonly code: "NODE_INVALID"; readonly block: string; readonly reason: string }
  /** More than whoever asked allowed: of bytes, of blocks, or of levels. */
  | {
      readonly code: "CONTENT_TOO_LARGE";
      readonly root: string;
      readonly what: "bytes" | "blocks" | "levels";
      readonly limit: number;
    }
  | { readonly code: "NAME_INVALID"; readonly name: string; readonly reason: string }
  /** Something on disk that is neither a file nor a folder. */
  | { readonly code: "PATH_UNFIT"; readonly path: string; readonly reason: string }
  | { readonly code: "TARGET_EXISTS"; readonly path: string }
  | {
      readonly code: "CONTENT_UNAVAILABLE";
      readonly root: string;
      readonly block: string;
      readonly failures: readonly SourceFailure[];
    }
  | { readonly code: "SOURCE_INVALID"; readonly reason: string }
  | { readonly code: "SINK_FAILED"; readonly sink: string; readonly reason: string }
  | { readonly code: "CAR_MALFORMED"; readonly reason: string }
  | { readonly code: "PIN_MALFORMED"; readonly path: string };

/** Thrown by everything in this package. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly data: StorageErrorData;

  constructor(data: StorageErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): StorageErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: StorageErrorData): string {
  switch (data.code) {
    case "CONTENT_ID_INVALID":
      return `"${data.text.slice(0, 100)}" is no content id: ${data.reason}. It is a CIDv1 of SHA-256 in base32, as in bafy….`;
    case "BLOCK_CORRUPT":
      return `The bytes of block ${data.block} hash to ${data.found}. Fetch it again.`;
    case "BLOCK_MISSING":
      return `Block ${data.block} is not in this store. Fetch the content first.`;
    case "BLOCK_TOO_LARGE":
      return `Block ${data.block} has more than ${data.limit} bytes.`;
    case "NODE_INVALID":
      return `Block ${data.block} is no part of a file or folder: ${data.reason}.`;
    case "CONTENT_TOO_LARGE":
      return `${data.root} has more than ${data.limit} ${data.what}. Allow more if its publisher is to be trusted with it.`;
    case "NAME_INVALID":
      return `A folder has an entry ${JSON.stringify(data.name.slice(0, 100))}: ${data.reason}.`;
    case "PATH_UNFIT":
      return `${data.path} cannot be stored: ${data.reason}.`;
    case "TARGET_EXISTS":
      return `${data.path} is there already. Remove it, or give another path.`;
    case "CONTENT_UNAVAILABLE":
      return `No source has block ${data.block} of ${data.root}: ${data.failures.map(({ source, reason }) => `${source} ${reason}`).join(", ")}. Give another source.`;
    case "SOURCE_INVALID":
      return `A source cannot be used: ${data.reason}.`;
    case "SINK_FAILED":
      return `${data.sink} did not take a block: ${data.reason}.`;
    case "CAR_MALFORMED":
      return `This is no CAR file as it is read here: ${data.reason}.`;
    case "PIN_MALFORMED":
      return `${data.path} is no pin. Remove it, and pin the release again.`;
  }
}
