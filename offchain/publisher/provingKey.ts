import { existsSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { CircuitId } from "@vouch/protocol";
import { PublisherError } from "./errors.ts";

/** Keeps a proving key under its circuit's id, outside the cache: it cannot be made again. */
export async function storeProvingKey(
  keys: string,
  circuit: CircuitId,
  zkey: string,
): Promise<void> {
  const path = pathOf(keys, circuit);
  if (existsSync(path)) return;
  await mkdir(keys, { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await copyFile(zkey, part);
  await rename(part, path);
}

/**
 * Returns where the proving key of a circuit is.
 *
 * @throws {PublisherError} `PROVING_KEY_MISSING`.
 */
export function provingKeyPath(keys: string, circuit: CircuitId): string {
  const path = pathOf(keys, circuit);
  if (!existsSync(path)) throw new PublisherError({ code: "PROVING_KEY_MISSING", circuit, path });
  return path;
}

function pathOf(keys: string, circuit: CircuitId): string {
  return join(keys, `${circuit}.zkey`);
}
