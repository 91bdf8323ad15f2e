import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { QueueError } from "./errors.ts";

/** Who holds a lock; `started` tells a process from a later one of the same number, where the system says it. */
const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  started: z.string().optional(),
});

type Holder = z.infer<typeof holderSchema>;

/** The locks of this process: they go when it ends. */
const held = new Set<string>();
process.once("exit", () => {
  for (const lock of held) rmSync(lock, { force: true });
});

/**
 * Takes the file or folder at `path` for this process alone, by a file beside it that names the process, and returns how to give it
 * back. The lock of a process of this machine that is gone is taken over; that of another machine never is, for nobody here
 * can see whether it still runs.
 *
 * @throws {QueueError} `LOCK_HELD`, `LOCK_UNWRITABLE`.
 */
export function lockFile(path: string): () => void {
  const lock = `${resolve(path)}.lock`;
  if (!isCreated(lock)) {
    if (isStale(lock)) removeStale(lock);
    if (!isCreated(lock)) throw lockedBy(lock);
  }
  held.add(lock);
  let isMine = true;
  return () => {
    if (!isMine) return; // by now another may have it
    isMine = false;
    held.delete(lock);
    rmSync(lock, { force: true });
  };
}

/** Two processes that find one stale lock must not each remove it: the slower would remove the faster one's new lock. */
function removeStale(lock: string): void {
  const guard = `${lock}.takeover`;
  if (!isCreated(guard)) throw lockedBy(guard);
  try {
    if (isStale(lock)) rmSync(lock);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Returns false where somebody has it. */
function isCreated(lock: string): boolean {
  let fd: number;
  try {
    fd = openSync(lock, "wx", 0o600);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
    throw new QueueError({ code: "LOCK_UNWRITABLE", lock }, { cause });
  }
  try {
    const { pid } = process;
    writeFileSync(fd, JSON.stringify({ pid, host: hostname(), started: startOf(pid) }));
    return true;
  } catch (cause) {
    rmSync(lock, { force: true });
    throw new QueueError({ code: "LOCK_UNWRITABLE", lock }, { cause });
  } finally {
    closeSync(fd);
  }
}

/** Whether whom the lock names is certainly gone; one that names nobody may be half written. */
function isStale(lock: string): boolean {
  const holder = holderOf(lock);
  if (holder === undefined || holder.host !== hostname()) return false;
  if (holder.pid === process.pid && held.has(lock)) return false;
  if (holder.pid === process.pid || !isRunning(holder.pid)) return true;
  return holder.started !== undefined && startOf(holder.pid) !== holder.started;
}

function holderOf(lock: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(lock, "utf8")));
  } catch {
    return undefined; // gone meanwhile, or half written: whoever asks treats it as held
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Ticks from boot to the start of a process, the 22nd field of its status; none where the system has no such file. */
function startOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined; // no /proc here, or the process has just ended
  }
}

function lockedBy(lock: string): QueueError {
  const { pid, host } = holderOf(lock) ?? {};
  return new QueueError({ code: "LOCK_HELD", lock, pid, host });
}
