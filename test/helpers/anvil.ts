import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Upstream } from "./faultyRpc.ts";

/** A node of Foundry's: another pool of transactions and other words than Hardhat's. */
export type Anvil = { readonly ask: Upstream; readonly close: () => Promise<void> };

/** Where anvil is, among the installed packages or on the path; undefined where it is not. */
export function findAnvil(): string | undefined {
  const folders = [
    resolve(import.meta.dirname, "../../node_modules/.bin"),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return folders.map((it) => join(it, "anvil")).find((it) => existsSync(it));
}

/** Starts a chain that makes blocks when it is told to. */
export async function startAnvil(path: string): Promise<Anvil> {
  const child = spawn(path, ["--port", "0", "--no-mining", "--chain-id", "31337"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = new Promise<void>((done) =>
    child.once("exit", () => {
      done();
    }),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /Listening on (\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      ask: (method, params) => askHttp(`http://${url}`, method, params),
      async close() {
        child.kill();
        await exited;
      },
    };
  }
  throw new Error(`${path} ended before it listened`);
}

/** Asks a node; fails with what it refuses by, or as `fetch` does where it is not there. */
export async function askHttp(
  url: string,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: object };
  if (error !== undefined) throw Object.assign(new Error(), error);
  return result;
}
