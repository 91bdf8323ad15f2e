import { CarBlockIterator } from "@ipld/car/iterator";
import { CarWriter } from "@ipld/car/writer";
import type { Blocks } from "./blocks.ts";
import { MAX_BLOCK_BYTES } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { cidOf, idOf } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import { childrenOf } from "./measure.ts";
import { readNode } from "./nodes.ts";

/** Of a block in a CAR file beside its bytes: its length and its id. */
const MAX_OVERHEAD = 64;

/**
 * Gives what is below a root as one CARv1 file: each block once, nodes before what is below them.
 *
 * @throws {StorageError} `BLOCK_MISSING`, `BLOCK_CORRUPT`.
 */
export async function* writeCar(
  root: ContentId,
  { blocks }: { readonly blocks: Blocks },
): AsyncGenerator<Uint8Array> {
  const { writer, out } = CarWriter.create([cidOf(root)]);
  const failures: Error[] = [];
  const writing = (async () => {
    const seen = new Set<ContentId>();
    const left = [root];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const bytes = await blocks.get(id);
      await writer.put({ cid: cidOf(id), bytes });
      left.push(
        ...childrenOf(readNode(id, bytes))
          .map((child) => child.id)
          .reverse(),
      );
    }
  })()
    .catch((error: unknown) => {
      failures.push(error instanceof Error ? error : new Error("it failed", { cause: error }));
    })
    .finally(() => writer.close());
  yield* out;
  await writing;
  const [error] = failures;
  if (error !== undefined) throw error;
}

/**
 * Puts the blocks of a CARv1 file into a store, each verified before, and returns its roots. That all is there that is below them is for
 * `measure` to say.
 *
 * @throws {StorageError} `CAR_MALFORMED` where it ends early or is no CAR, `BLOCK_CORRUPT`, `BLOCK_TOO_LARGE`, `CONTENT_ID_INVALID`.
 */
export async function readCar(
  stream: AsyncIterable<Uint8Array>,
  { blocks, signal }: { readonly blocks: Blocks; readonly signal?: AbortSignal },
): Promise<readonly ContentId[]> {
  const open = async (): Promise<CarBlockIterator> =>
    CarBlockIterator.fromIterable(bounded(stream));
  const car = await orMalformed(open);
  const roots = (await orMalformed(() => car.getRoots())).map(idOf);
  const iterator = car[Symbol.asyncIterator]();
  for (;;) {
    signal?.throwIfAborted();
    const next = await orMalformed(() => iterator.next());
    if (next.done === true) return roots;
    const { cid, bytes } = next.value;
    await blocks.put(idOf(cid), bytes);
  }
}

/** The library gathers a block before anybody sees it: a length that no block has must not fill the memory. */
async function* bounded(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lengths = lengthsOf();
  for await (const part of stream) {
    lengths(part);
    yield part;
  }
}

/** Follows the lengths in front of a header and of each block, and refuses one that is too large. */
function lengthsOf(): (part: Uint8Array) => void {
  let skip = 0;
  let value = 0;
  let scale = 1;
  return (part) => {
    for (let i = 0; i < part.length;) {
      if (skip > 0) {
        const passed = Math.min(skip, part.length - i);
        skip -= passed;
        i += passed;
        continue;
      }
      const byte = part[i++] ?? 0;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (value > MAX_BLOCK_BYTES + MAX_OVERHEAD)
        throw new StorageError({ code: "CAR_MALFORMED", reason: "a block in it is too large" });
      if (byte >= 0x80 && scale < 2 ** 42) continue;
      [skip, value, scale] = [value, 0, 1];
    }
  };
}

async function orMalformed<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError(
      { code: "CAR_MALFORMED", reason: "it ends early, or is no CAR" },
      { cause },
    );
  }
}
