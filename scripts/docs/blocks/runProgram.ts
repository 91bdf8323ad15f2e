import { execFile } from "node:child_process";

/** A program takes this long at most. */
const LIMIT_MS = 600_000;
/** What of its output a failure shows. */
const TAIL_LINES = 20;

export type Program = {
  readonly program: string;
  readonly args: readonly string[];
  /** Folder that it works in. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
};

/** How a program ended: its status, which is undefined where a signal ended it, and what to show where another was expected. */
export type Ended = {
  readonly out: string;
  readonly status: number | undefined;
  readonly failure: string;
};

/** Runs a program to its end. */
export function runProgram({ program, args, folder, env = {} }: Program): Promise<Ended> {
  const options = {
    cwd: folder,
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", NO_COLOR: "1", ...env },
    timeout: LIMIT_MS,
    maxBuffer: 64 << 20,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, out, err) => {
      const tail = `${out}\n${err}`.trim().split("\n").slice(-TAIL_LINES).join("\n");
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      const end = status === undefined ? String(error?.signal ?? error?.code) : `status ${status}`;
      resolve({ out, status, failure: `ended by ${end}\n${tail}` });
    });
  });
}
