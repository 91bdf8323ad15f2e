import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A server in a process of its own. */
export type ServerProcess = {
  readonly url: string;
  /** Microseconds of the processor that all threads of the process have had, and bytes that it holds. */
  readonly usage: () => Promise<Usage>;
  readonly close: () => Promise<void>;
};

export type Usage = { readonly cpuMicroseconds: number; readonly residentBytes: number };

/** Starts a program of this folder that calls `reportTo`; `flags` are Node's. */
export async function startServer(
  program: string,
  flags: readonly string[],
): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, program), { execArgv: [...flags] });
  const gone = once(child, "exit");
  const next = async <T>(): Promise<T> => {
    const message = await Promise.race([once(child, "message"), gone.then(() => undefined)]);
    if (message === undefined) throw new RangeError(`${program} ended`);
    return message[0] as T;
  };
  const { url } = await next<{ readonly url: string }>();
  return {
    url,
    async usage() {
      const answer = next<Usage>();
      child.send("usage");
      return answer;
    },
    async close() {
      child.disconnect();
      await gone;
    },
  };
}

/** Says in a server's process where it listens, and answers what it is asked; ends with its parent. */
export function reportTo(parent: NodeJS.Process, url: string): void {
  parent.on("message", () => {
    const { user, system } = parent.cpuUsage();
    const usage: Usage = {
      cpuMicroseconds: user + system,
      residentBytes: parent.memoryUsage.rss(),
    };
    parent.send?.(usage);
  });
  parent.once("disconnect", () => {
    parent.exit(0); // connections that clients keep alive would hold it
  });
  parent.send?.({ url });
}
