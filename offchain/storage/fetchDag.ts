import type { Blocks } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { requireBlock } from "./contentId.ts";
import type { SourceFailure, SourceReason } from "./errors.ts";
import { StorageError } from "./errors.ts";
import type { Child, Limits } from "./measure.ts";
import { DEFAULT_LIMITS, MAX_LEVELS, childrenOf, measure, requireLength } from "./measure.ts";
import type { Node } from "./nodes.ts";
import { readNode } from "./nodes.ts";
import type { BlockSource } from "./sources/source.ts";
import { SourceRefusal } from "./sources/source.ts";

export type FetchOptions = {
  readonly blocks: Blocks;
  /** In the order in which they are preferred. */
  readonly sources: readonly BlockSource[];
  /** Blocks that are asked for at once; 8 by default. */
  readonly parallel?: number;
  readonly limits?: Limits;
  /** Called as blocks are there: those that were before, too. `total` is known with the root, of a file. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /** Called once for each source and reason: one that lies is not asked again, one that fails repeatedly neither. */
  readonly onRefused?: (failure: SourceFailure & { readonly block: ContentId }) => void;
  readonly signal?: AbortSignal;
};

export type FetchProgress = {
  readonly blocks: number;
  /** Of files; a part that is in several places counts once. */
  readonly bytes: number;
  readonly total: number | undefined;
};

const PARALLEL = 8;
/** Failures in a row, other than lies, after which a source is left alone. */
const PATIENCE = 3;

type Asked = {
  readonly source: BlockSource;
  failures: number;
  inFlight: number;
  isOut: boolean;
  readonly told: Set<SourceReason>;
};
type Wanted = Child & { readonly level: number };

/**
 * Brings every block of a root into a store: each is verified before it is kept, and what is there already is not asked for again, so that
 * an interrupted call is gone on with by calling again. Sources that lie, send too much or too little, stall or fail are told of and passed over.
 *
 * @throws {StorageError} `CONTENT_UNAVAILABLE`, naming a block and what each source did; `CONTENT_TOO_LARGE`, `NODE_INVALID`, `NAME_INVALID`
 * for content that is not taken, whoever sends it; the signal's reason.
 */
export async function fetchDag(root: ContentId, options: FetchOptions): Promise<void> {
  const { blocks, sources, parallel = PARALLEL, limits = DEFAULT_LIMITS } = options;
  const asked = sources.map((source): Asked => ({
    ...{ source, failures: 0, inFlight: 0, isOut: false, told: new Set() },
  }));
  const wanted: Wanted[] = [{ id: root, level: 0 }];
  const lengths = new Map<ContentId, number | undefined>([[root, undefined]]);
  const found = { blocks: 0, bytes: 0, total: undefined as number | undefined };
  const ending = new AbortController();
  const signals = [ending.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const signal = AbortSignal.any(signals);

  async function bring({ id, bytes, level }: Wanted): Promise<void> {
    if (level > MAX_LEVELS) throw tooLarge("levels", MAX_LEVELS);
    const node = readNode(id, await blockOf(id));
    const length = lengthOf(node);
    if (length !== undefined)
      requireLength({ id, ...(bytes === undefined ? {} : { bytes }) }, length);
    if (length !== undefined && length > limits.bytes) throw tooLarge("bytes", limits.bytes);
    if (id === root) found.total = length;
    found.blocks++;
    if (node.kind === "leaf") found.bytes += node.bytes.length;
    options.onProgress?.({ ...found });
    for (const child of childrenOf(node)) want(child, level + 1);
  }

  function want(child: Child, level: number): void {
    if (lengths.has(child.id)) {
      const known = lengths.get(child.id);
      if (known !== undefined && child.bytes !== undefined) requireLength(child, known);
      return;
    }
    if (lengths.size >= limits.blocks) throw tooLarge("blocks", limits.blocks);
    lengths.set(child.id, child.bytes);
    wanted.push({ ...child, level });
  }

  function tooLarge(what: "bytes" | "blocks" | "levels", limit: number): StorageError {
    return new StorageError({ code: "CONTENT_TOO_LARGE", root, what, limit });
  }

  async function blockOf(id: ContentId): Promise<Uint8Array> {
    try {
      return await blocks.get(id);
    } catch (error) {
      const isGone =
        error instanceof StorageError &&
        (error.code === "BLOCK_MISSING" || error.code === "BLOCK_CORRUPT");
      if (!isGone) throw error;
    }
    const bytes = await askAll(id);
    await blocks.put(id, bytes);
    return bytes;
  }

  async function askAll(id: ContentId): Promise<Uint8Array> {
    const failures: SourceFailure[] = [];
    const left = new Set(asked);
    for (;;) {
      signal.throwIfAborted();
      const next = [...left].filter(({ isOut }) => !isOut).sort(byLoad)[0];
      if (next === undefined) break;
      left.delete(next);
      const reason = await ask(next, id);
      if (typeof reason !== "string") return reason;
      failures.push({ source: next.source.name, reason });
      if (next.told.has(reason)) continue;
      next.told.add(reason);
      options.onRefused?.({ source: next.source.name, reason, block: id });
    }
    for (const { source, isOut, told } of asked)
      if (isOut && !failures.some((it) => it.source === source.name))
        failures.push({ source: source.name, reason: [...told].at(-1) ?? "failed" });
    throw new StorageError({ code: "CONTENT_UNAVAILABLE", root, block: id, failures });
  }

  async function ask(it: Asked, id: ContentId): Promise<Uint8Array | SourceReason> {
    it.inFlight++;
    try {
      const bytes = await it.source.get(id, signal);
      requireBlock(id, bytes);
      it.failures = 0;
      return bytes;
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error);
      if (reason !== "absent") it.failures++;
      it.isOut ||= reason === "lied" || reason === "overfull" || it.failures >= PATIENCE;
      return reason;
    } finally {
      it.inFlight--;
    }
  }

  const workers = new Set<Promise<void>>();
  try {
    while (wanted.length > 0 || workers.size > 0) {
      signal.throwIfAborted();
      // The newest first: what is below a node before its neighbours, so that few are waited for at once.
      const next = workers.size < parallel ? wanted.pop() : undefined;
      if (next === undefined) {
        await Promise.race(workers);
        continue;
      }
      const worker = bring(next).finally(() => workers.delete(worker));
      worker.catch(() => undefined); // whoever races has it
      workers.add(worker);
    }
  } catch (error) {
    ending.abort();
    await Promise.allSettled(workers);
    throw error;
  }
  await measure(root, { blocks, limits });
}

function byLoad(a: Asked, b: Asked): number {
  return a.failures - b.failures || a.inFlight - b.inFlight;
}

function reasonOf(error: unknown): SourceReason {
  if (error instanceof SourceRefusal) return error.reason;
  if (error instanceof StorageError && error.code === "BLOCK_CORRUPT") return "lied";
  throw error;
}

function lengthOf(node: Node): number | undefined {
  return node.kind === "folder" ? undefined : node.kind === "leaf" ? node.bytes.length : node.bytes;
}
