import type { Blocks, ContentId } from "@vouch/storage";
import { StorageError, requireBlock } from "@vouch/storage";

/** Test only: blocks in memory, with what is put when. */
export function memoryBlocks(): Blocks & { readonly all: Map<ContentId, Uint8Array> } {
  const all = new Map<ContentId, Uint8Array>();
  return {
    all,
    has: (id) => Promise.resolve(all.has(id)),
    get(id) {
      const bytes = all.get(id);
      if (bytes === undefined)
        return Promise.reject(new StorageError({ code: "BLOCK_MISSING", block: id }));
      requireBlock(id, bytes);
      return Promise.resolve(bytes);
    },
    put(id, bytes) {
      requireBlock(id, bytes);
      all.set(id, Uint8Array.from(bytes));
      return Promise.resolve();
    },
    remove(id) {
      all.delete(id);
      return Promise.resolve();
    },
    async *list() {
      for (const id of all.keys()) yield await Promise.resolve({ id, putAt: 0 });
    },
  };
}
