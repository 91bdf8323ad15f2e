import type { Hex } from "@vouch/protocol";
import { ChainError } from "./errors.ts";
import type { Intent } from "./intent.ts";
import type { Entry, Journal } from "./journal.ts";

/** A journal that ends with its process: for a chain that does, too. */
export function memoryJournal(): Journal {
  const entries = new Map<string, Entry>();
  const taken = new Map<string, string>(); // `sender:nonce` to the key that has it, or had it
  const nextOf = new Map<Hex, number>();

  function put(entry: Entry): Entry {
    const { sender, nonce, intent } = entry;
    entries.set(intent.key, entry);
    taken.set(`${sender}:${nonce}`, intent.key);
    nextOf.set(sender, Math.max(nextOf.get(sender) ?? 0, nonce + 1));
    return entry;
  }

  function required(key: string): Entry {
    const entry = entries.get(key);
    if (entry === undefined) throw new ChainError({ code: "ENTRY_UNKNOWN", key });
    return entry;
  }

  function change(key: string, fields: Partial<Entry>): Promise<void> {
    return Promise.resolve().then(() => {
      entries.set(key, { ...required(key), ...fields });
    });
  }

  function fresh(sender: Hex, intent: Intent, nonce: number): Entry {
    return put({ sender, nonce, intent, attempts: [], mined: undefined, isFinal: false });
  }

  function next(sender: Hex, chainNonce: number): number {
    return Math.max(nextOf.get(sender) ?? 0, chainNonce);
  }

  function at(sender: Hex, nonce: number): Entry | undefined {
    const entry = entries.get(taken.get(`${sender}:${nonce}`) ?? "");
    return entry?.nonce === nonce ? entry : undefined;
  }

  return {
    reserve: (sender, intent, chainNonce) =>
      Promise.resolve(entries.get(intent.key) ?? fresh(sender, intent, next(sender, chainNonce))),
    fill: (sender, intent, nonce) =>
      Promise.resolve().then(() => {
        const key = taken.get(`${sender}:${nonce}`);
        if (key === undefined) return fresh(sender, intent, nonce);
        const entry = at(sender, nonce);
        if (entry === undefined) throw new ChainError({ code: "NONCE_RESERVED", nonce, key });
        return entry;
      }),
    attempt: (key, attempt) =>
      Promise.resolve().then(() => {
        const entry = required(key);
        entries.set(key, { ...entry, attempts: [...entry.attempts, attempt] });
      }),
    mined: (key, mined) => change(key, { mined }),
    reopened: (key) => change(key, { mined: undefined, isFinal: false }),
    final: (key) => change(key, { isFinal: true }),
    moved: (key, used, chainNonce) =>
      Promise.resolve().then(() => {
        const entry = required(key);
        if (entry.nonce !== used) return entry;
        const nonce = next(entry.sender, chainNonce);
        return put({ ...entry, nonce, attempts: [], mined: undefined, isFinal: false });
      }),
    open: (sender) =>
      Promise.resolve(
        [...entries.values()]
          .filter((it) => it.sender === sender && !it.isFinal)
          .sort((a, b) => a.nonce - b.nonce),
      ),
    at: (sender, nonce) => Promise.resolve(at(sender, nonce)),
  };
}
