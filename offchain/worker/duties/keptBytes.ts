import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { WorkerError } from "../errors.ts";

/** Bytes by name that outlive the process: what `save` returned from is on disk. */
export type KeptBytes = {
  readonly load: (name: Hex) => Hex | undefined;
  /** @throws {WorkerError} `STORE_UNWRITABLE`. */
  readonly save: (name: Hex, bytes: Hex) => void;
};

/** Bytes of a chain that ends with its process. */
export function memoryBytes(): KeptBytes {
  const kept = new Map<Hex, Hex>();
  return { load: (name) => kept.get(name), save: (name, bytes) => void kept.set(name, bytes) };
}

/** Bytes kept as hex in files of one folder, readable by their owner only; what is no hex counts as absent. */
export function fileBytes(folder: string): KeptBytes {
  const pathOf = (name: Hex): string => join(folder, `${name}.hex`);
  return {
    load(name) {
      const path = pathOf(name);
      if (!existsSync(path)) return undefined;
      const text = readFileSync(path, "utf8");
      return /^0x([0-9a-f]{2})+$/.test(text) ? (text as Hex) : undefined;
    },
    save(name, bytes) {
      writeDurably(pathOf(name), bytes);
    },
  };
}

/**
 * Writes a file as a whole, and returns once it is on disk.
 *
 * @throws {WorkerError} `STORE_UNWRITABLE`.
 */
export function writeDurably(path: string, text: string): void {
  orUnwritable(path, () => {
    renameSync(writePart(path, text), path);
    flushFolder(dirname(path));
  });
}

/**
 * Writes a file that is written once, as a whole: of processes that come at the same time one does, and the others leave its text.
 *
 * @throws {WorkerError} `STORE_UNWRITABLE`.
 */
export function writeOnce(path: string, text: string): void {
  orUnwritable(path, () => {
    const part = writePart(path, text);
    try {
      linkSync(part, path);
    } catch (error) {
      if (!existsSync(path)) throw error;
    } finally {
      unlinkSync(part);
    }
    flushFolder(dirname(path));
  });
}

/** Puts a text on disk beside the path, under a name of this process's own. */
function writePart(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}.part`;
  const fd = openSync(part, "w", 0o600);
  try {
    const bytes = Buffer.from(text);
    // A full disk takes a part and says so by the count alone.
    for (let done = 0; done < bytes.length;) {
      const count = writeSync(fd, bytes, done);
      if (count === 0) throw new RangeError(`${done} of ${bytes.length} bytes were written`);
      done += count;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return part;
}

function orUnwritable(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new WorkerError({ code: "STORE_UNWRITABLE", path }, { cause });
  }
}

/** A renamed file is only there after a crash where its folder says so. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
