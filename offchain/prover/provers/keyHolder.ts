import { stat } from "node:fs/promises";
import { totalmem } from "node:os";

/** What is kept open, and what it costs. */
export type Holdable = { readonly bytes: number; readonly close: () => void };

export type KeyHolderOptions<Key extends Holdable> = {
  readonly open: (path: string) => Promise<Key>;
  /** Of all that is kept; by default a quarter of the machine's memory. The key used last is kept even where it is larger. */
  readonly maxBytes?: number;
};

/** Keys by path, open from one proof to the next. */
export type KeyHolder<Key extends Holdable> = {
  /**
   * Works with the key of a file, which is opened unless it is open and still the same file. No key is closed that is
   * worked with. Rejects with what `open` and `work` reject with.
   */
  readonly use: <T>(path: string, work: (key: Key) => Promise<T>) => Promise<T>;
  /** Closes all, once nobody works with them. */
  readonly clear: () => void;
};

type Held<Key> = {
  readonly stamp: string;
  readonly key: Promise<Key>;
  bytes: number;
  users: number;
};

/** Keeps keys open within a budget of bytes; the one that was used longest ago goes first. */
export function createKeyHolder<Key extends Holdable>({
  open,
  maxBytes = totalmem() / 4,
}: KeyHolderOptions<Key>): KeyHolder<Key> {
  // In the order of their last use, as a Map keeps the order of insertion.
  const held = new Map<string, Held<Key>>();

  const closeUnused = (path: string, it: Held<Key>): void => {
    if (it.users > 0 || held.get(path) === it) return;
    it.key.then(
      (key) => {
        key.close();
      },
      () => undefined, // whoever asked for it was told
    );
  };
  const drop = (path: string, it: Held<Key>): void => {
    if (held.get(path) === it) held.delete(path);
    closeUnused(path, it);
  };
  const trim = (): void => {
    let bytes = [...held.values()].reduce((sum, it) => sum + it.bytes, 0);
    for (const [path, it] of held) {
      if (bytes <= maxBytes || held.size === 1) return;
      bytes -= it.bytes;
      drop(path, it);
    }
  };
  const take = (path: string, stamp: string): Held<Key> => {
    const known = held.get(path);
    if (known !== undefined) held.delete(path);
    const isSame = known?.stamp === stamp;
    const it = isSame ? known : { stamp, key: open(path), bytes: 0, users: 0 };
    held.set(path, it);
    if (known !== undefined && !isSame) closeUnused(path, known);
    return it;
  };
  return {
    use: async (path, work) => {
      const it = take(path, await stampOf(path));
      it.users += 1;
      try {
        const key = await it.key.catch((error: unknown) => {
          drop(path, it);
          throw error;
        });
        it.bytes = key.bytes;
        trim();
        return await work(key);
      } finally {
        it.users -= 1;
        closeUnused(path, it);
      }
    },
    clear: () => {
      for (const [path, it] of [...held]) drop(path, it);
    },
  };
}

/** Tells a file from its successor; a file that is absent has a stamp too, and `open` says what is wrong. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? "" : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
