import { existsSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { CircuitId, SingleCircuit } from "@vouch/protocol";
import { singleCircuitId } from "@vouch/protocol";
import { readCommittedVerifyingKey, readVerifyingKey, sealKey } from "@vouch/prover";
import { PublisherError } from "./errors.ts";
import type { PreparedCircuit } from "./setUpCircuits.ts";

/** Keeps the proving keys of a release's circuits; see `storeProvingKey`. */
export async function storeProvingKeys(
  keys: string,
  circuits: readonly Pick<PreparedCircuit, "circuit" | "setup">[],
): Promise<void> {
  for (const { circuit, setup } of circuits) {
    await storeProvingKey(keys, singleCircuitId(circuit), setup.zkey);
  }
}

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
  await sealKey(part);
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

/**
 * Returns where the proving key of a circuit is, once it is known to be the one that the circuit was registered with.
 *
 * @throws {PublisherError} `PROVING_KEY_MISSING`, `PROVING_KEY_MISMATCH`; {ProverError} `ZKEY_INVALID`.
 */
export async function requireProvingKey(keys: string, circuit: SingleCircuit): Promise<string> {
  const registered = singleCircuitId(circuit);
  const path = provingKeyPath(keys, registered);
  const found =
    circuit.system === "groth16"
      ? { ...circuit, key: await readVerifyingKey(path) }
      : { ...circuit, key: await readCommittedVerifyingKey(path) };
  if (singleCircuitId(found) !== registered)
    throw new PublisherError({ code: "PROVING_KEY_MISMATCH", circuit: registered, path });
  return path;
}

function pathOf(keys: string, circuit: CircuitId): string {
  return join(keys, `${circuit}.zkey`);
}
