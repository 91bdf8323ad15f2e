import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { openCoordinator } from "@vouch/ceremony";
import { stopSignals } from "@vouch/worker";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly folder: string;
  readonly host: string;
  readonly port: string;
  readonly turnMinutes: string;
  readonly allow: string;
  readonly trustProxy: boolean;
  readonly json: boolean;
};

/** Serves a ceremony until it is told to stop; what it does is told line by line. */
export async function run(args: Args): Promise<void> {
  const log = (event: string, fields: Readonly<Record<string, unknown>>): void => {
    const time = new Date().toISOString();
    const pairs = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    console.log(
      args.json ? JSON.stringify({ time, event, ...fields }) : [time, event, ...pairs].join(" "),
    );
  };
  const coordinator = await openCoordinator(
    {
      folder: resolve(args.folder),
      host: args.host,
      port: parseNumber("port", args.port, 65_535),
      turnMs: parseNumber("turn-minutes", args.turnMinutes, 10_000) * 60_000,
      trustProxy: args.trustProxy,
      ...(args.allow === "" ? {} : { allowed: readAddresses(args.allow) }),
    },
    { log },
  );
  const { stop } = stopSignals();
  await coordinator.start();
  await new Promise((ended) => {
    if (stop.aborted) ended(undefined);
    else stop.addEventListener("abort", ended, { once: true });
  });
  await coordinator.close();
}

function parseNumber(name: string, value: string, limit: number): number {
  const number = Number(value);
  if (/^\d{1,6}$/.test(value) && number <= limit) return number;
  const message = `--${name} is "${value}"; it takes a whole number up to ${limit}.`;
  throw new TaskError("ARGUMENT_INVALID", message);
}

function readAddresses(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(resolve(file), "utf8");
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `--allow names ${file}, which cannot be read.`, {
      cause,
    });
  }
  return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}
