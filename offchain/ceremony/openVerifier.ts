import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { CeremonyError } from "./errors.ts";

/** Paths of the files that a contribution is verified by, and the name that it must be under. */
export type VerifierTask = {
  readonly initial: string;
  readonly current: string;
  readonly next: string;
  readonly name: string;
} & (
  | { readonly kind: "plain" }
  | { readonly kind: "committed" }
  /** Paths of the initial keys that the link is between. */
  | { readonly kind: "link"; readonly inference: string; readonly weights: string }
);

/** What a verifier says: the contribution's hash, or why it is none. */
export type Verdict =
  | { readonly contribution: string; readonly refused?: never }
  | { readonly refused: string; readonly contribution?: never };

export type Verifier = {
  /** @throws {CeremonyError} `VERIFIER_FAILED` where it ends or takes too long; it is another one at the next call. */
  readonly verify: (task: VerifierTask) => Promise<Verdict>;
  readonly close: () => void;
};

/**
 * Verifies contributions one after the other in a process of its own: the coordinator answers meanwhile, and a file that
 * exhausts the verifier's memory or time ends the verifier alone.
 */
export function openVerifier(timeoutMs: number): Verifier {
  let child: ChildProcess | undefined;
  const stop = (): void => {
    child?.kill("SIGKILL");
    child = undefined;
  };
  const start = (): ChildProcess => {
    const started = fork(new URL("./verifierProcess.ts", import.meta.url), [], {
      execArgv: [],
      serialization: "json",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    started.once("exit", () => {
      if (child === started) child = undefined; // the next call starts another
    });
    started.unref();
    started.channel?.unref();
    return started;
  };
  return {
    verify: (task) =>
      new Promise((resolve, reject) => {
        const running = (child ??= start());
        const fail = (reason: string): void => {
          settle();
          stop();
          reject(new CeremonyError({ code: "VERIFIER_FAILED", reason }));
        };
        const onExit = (): void => {
          fail("its process ended");
        };
        const onMessage = (verdict: Verdict): void => {
          settle();
          resolve(verdict);
        };
        const timer = setTimeout(() => {
          fail(`it took longer than ${timeoutMs} ms`);
        }, timeoutMs);
        const settle = (): void => {
          clearTimeout(timer);
          running.off("exit", onExit).off("error", onExit).off("message", onMessage);
        };
        running.on("exit", onExit).on("error", onExit).on("message", onMessage);
        running.send(task);
      }),
    close: stop,
  };
}
