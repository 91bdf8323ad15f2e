import { lockFile, QueueError } from "@vouch/queue";
import { WorkerError } from "./errors.ts";

/**
 * Takes the sign log at `path` for this process alone, and returns how to give it back.
 *
 * @throws {WorkerError} `SIGN_LOG_LOCKED`, `SIGN_LOG_UNWRITABLE`.
 */
export function lockSignLog(path: string): () => void {
  try {
    return lockFile(path);
  } catch (cause) {
    if (!(cause instanceof QueueError)) throw cause;
    const { data } = cause;
    if (data.code === "LOCK_HELD") {
      const { lock, pid, host } = data;
      throw new WorkerError({ code: "SIGN_LOG_LOCKED", lock, pid, host }, { cause });
    }
    if (data.code === "LOCK_UNWRITABLE")
      throw new WorkerError({ code: "SIGN_LOG_UNWRITABLE", path: data.lock }, { cause });
    throw cause;
  }
}
