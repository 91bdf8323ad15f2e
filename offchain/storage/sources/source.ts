import type { ContentId } from "../contentId.ts";
import type { SourceReason } from "../errors.ts";

/** Somewhere that blocks may be had, and that is not trusted with what they are. */
export type BlockSource = {
  /** As it is shown: without credentials. */
  readonly name: string;
  /**
   * Returns the bytes that the source says are a block, at most `MAX_BLOCK_BYTES`.
   *
   * @throws {SourceRefusal}
   */
  readonly get: (id: ContentId, signal: AbortSignal | undefined) => Promise<Uint8Array>;
};

/** Somewhere that blocks can be sent to. */
export type BlockSink = {
  readonly name: string;
  /** @throws {StorageError} `SINK_FAILED`. */
  readonly put: (id: ContentId, bytes: Uint8Array, signal?: AbortSignal) => Promise<void>;
};

/** What a source did instead of giving a block. It is caught by who asked, and told of as a `SourceFailure`. */
export class SourceRefusal extends Error {
  override readonly name = "SourceRefusal";
  readonly reason: SourceReason;

  constructor(reason: SourceReason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}
