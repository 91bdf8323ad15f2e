import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import * as z from "zod";

const countsSchema = z.record(z.string(), z.number());
const readySchema = z.object({ port: z.number(), head: z.number(), events: countsSchema });
const askedSchema = z.object({ asked: countsSchema });

/** The synthetic chain in a process of its own. */
export type ChainProcess = {
  readonly rpc: string;
  readonly head: number;
  /** Of each kind, how many there are. */
  readonly events: Readonly<Record<string, number>>;
  /** Calls so far, by method. */
  readonly asked: () => Promise<Readonly<Record<string, number>>>;
  readonly end: () => void;
};

/** Starts a chain with at least as many events. */
export async function startChain(events: number): Promise<ChainProcess> {
  const child = fork(join(import.meta.dirname, "chainServer.ts"), [String(events)]);
  const [said] = (await once(child, "message")) as [unknown];
  const ready = readySchema.parse(said);
  return {
    rpc: `http://127.0.0.1:${ready.port}`,
    head: ready.head,
    events: ready.events,
    async asked() {
      const answer = once(child, "message") as Promise<[unknown]>;
      child.send("asked");
      return askedSchema.parse((await answer)[0]).asked;
    },
    end: () => {
      child.disconnect();
    },
  };
}
