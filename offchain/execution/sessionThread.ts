import { Worker } from "node:worker_threads";
import { ExecutionError } from "./errors.ts";
import type { Executable } from "./executable.ts";
import type { IntegerSession, SessionOptions } from "./integerSession.ts";

/** A thread that loads and runs sessions, one call after the other, while its process does other things. */
export type SessionThread = {
  /** @throws {ExecutionError} `MODEL_TAMPERED`, `MODEL_LOAD_FAILED`; from `run` `MODEL_RUN_FAILED`. */
  readonly open: (executable: Executable, options: SessionOptions) => Promise<IntegerSession>;
  readonly close: () => Promise<void>;
};

/** What the thread is asked; sessions are named by numbers. */
export type SessionCall =
  | {
      readonly call: "open";
      readonly session: number;
      readonly executable: Executable;
      readonly options: SessionOptions;
    }
  | {
      readonly call: "run";
      readonly session: number;
      readonly inputs: BigInt64Array;
      readonly batch: number;
    }
  | { readonly call: "release"; readonly session: number };

/** What it answers, in the order of the calls. */
export type SessionReply =
  | { readonly output: BigInt64Array | undefined }
  | { readonly failure: ExecutionError["data"] | undefined; readonly reason: unknown };

type Caller = {
  readonly release: string;
  readonly code: "MODEL_LOAD_FAILED" | "MODEL_RUN_FAILED";
  readonly resolve: (output: BigInt64Array | undefined) => void;
  readonly reject: (error: ExecutionError) => void;
};

const PROGRAM = new URL("./sessionProgram.ts", import.meta.url);

/**
 * Opens a thread for sessions. It is started when it is first asked, keeps its process alive only while somebody waits, and is started
 * anew where it ended: what was loaded in it then fails with `MODEL_RUN_FAILED`, and has to be opened again.
 */
export function openSessionThread(): SessionThread {
  let current: { readonly worker: Worker; readonly callers: Caller[] } | undefined;
  let sessions = 0;

  function start(): NonNullable<typeof current> {
    const started = { worker: new Worker(PROGRAM), callers: [] as Caller[] };
    const { worker, callers } = started;
    worker.unref();
    worker.on("message", (reply: SessionReply) => {
      const caller = callers.shift(); // it answers in order
      if (callers.length === 0) worker.unref();
      if (caller === undefined) return;
      if ("output" in reply) caller.resolve(reply.output);
      else caller.reject(failed(caller, reply.reason, reply.failure));
    });
    const end = (cause: unknown): void => {
      if (current === started) current = undefined;
      for (const it of callers.splice(0)) it.reject(failed(it, cause));
    };
    worker.on("error", end);
    worker.on("exit", (code) => {
      end(new RangeError(`the thread of its session ended with ${code}`));
    });
    return started;
  }

  function ask(
    on: NonNullable<typeof current>,
    call: SessionCall,
    { release, code }: Pick<Caller, "release" | "code">,
  ): Promise<BigInt64Array | undefined> {
    return new Promise((resolve, reject) => {
      on.callers.push({ release, code, resolve, reject });
      on.worker.ref();
      on.worker.postMessage(call);
    });
  }

  return {
    async open(executable, options) {
      current ??= start();
      const on = current;
      const session = sessions++;
      const { release } = executable;
      const loading = { release, code: "MODEL_LOAD_FAILED" } as const;
      const running = { release, code: "MODEL_RUN_FAILED" } as const;
      await ask(on, { call: "open", session, executable, options }, loading);
      return {
        async run(inputs, batch) {
          if (on !== current)
            throw failed(running, new RangeError("the thread of its session ended"));
          const output = await ask(on, { call: "run", session, inputs, batch }, running);
          if (output === undefined) throw new TypeError("a run has an output");
          return output;
        },
        async release() {
          if (on !== current) return;
          try {
            await ask(on, { call: "release", session }, running);
          } catch (error) {
            if (on === current) throw error; // a thread that ended took the session with it
          }
        },
      };
    },
    async close() {
      await current?.worker.terminate();
    },
  };
}

function failed(
  { release, code }: Pick<Caller, "release" | "code">,
  cause: unknown,
  data: ExecutionError["data"] = { code, release },
): ExecutionError {
  return new ExecutionError(data, { cause });
}
