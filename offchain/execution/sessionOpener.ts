import type { Attempt } from "./attempt.ts";
import type { Executable } from "./executable.ts";
import type { IntegerSession, SessionOptions } from "./integerSession.ts";
import { openIntegerSession } from "./integerSession.ts";
import { readVerified } from "./readVerified.ts";
import type { SessionThread } from "./sessionThread.ts";
import { openSessionThread } from "./sessionThread.ts";

export type SessionOpenerOptions = SessionOptions & {
  /** Estimate of a session in bytes from which on it is loaded and run on a thread of its own. */
  readonly threadBytes: number;
};

/** Opens sessions of executables, large ones where they hold up nobody else. */
export type SessionOpener = {
  /**
   * Loads a session and runs `rows` rows of zeros, the most that are ever run at once: whoever is given it knows that the system
   * has the memory for it.
   *
   * @throws {ExecutionError} `MODEL_TAMPERED`, `MODEL_LOAD_FAILED`, `MODEL_RUN_FAILED`, `RELEASE_ENDED_PROCESS`.
   */
  readonly open: (executable: Executable, rows: number) => Promise<IntegerSession>;
  /** Call it when every session is released. */
  readonly close: () => Promise<void>;
};

/** The thread is started by the first session that takes it, and stays. */
export function createSessionOpener(
  { threadBytes, ...options }: SessionOpenerOptions,
  attempt: Attempt,
): SessionOpener {
  let thread: SessionThread | undefined;

  async function load(executable: Executable): Promise<IntegerSession> {
    if (executable.residentBytes >= threadBytes) {
      thread ??= openSessionThread();
      return thread.open(executable, options);
    }
    const onnx = await readVerified(executable);
    return openIntegerSession(executable.release, onnx, executable.input.shape, options);
  }

  return {
    open: (executable, rows) =>
      attempt(executable.release, async () => {
        const session = await load(executable);
        try {
          const { elements } = executable.input.encoding;
          await session.run(new BigInt64Array(rows * elements), rows);
        } catch (error) {
          await session.release();
          throw error;
        }
        return session;
      }),
    async close() {
      await thread?.close();
    },
  };
}
