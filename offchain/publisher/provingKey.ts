import { existsSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CircuitId, SingleCircuit } from "@vouch/protocol";
import { singleCircuitId } from "@vouch/protocol";
import { readCommittedVerifyingKey, readVerifyingKey, sealKey } from "@vouch/prover";
import { PublisherError } from "./errors.ts";
import type { PreparedCircuit, WeightsFiles } from "./setUpCircuits.ts";

/**
 * Keeps the proving keys of a release's circuits; see `storeProvingKey`. Beside them what only `zk:verify` needs: the key of
 * the weights' own circuit and the link to it.
 */
export async function storeProvingKeys(
  keys: string,
  circuits: readonly Pick<PreparedCircuit, "circuit" | "setup" | "weightsFiles">[],
): Promise<void> {
  for (const { circuit, setup, weightsFiles } of circuits) {
    const id = singleCircuitId(circuit);
    await storeProvingKey(keys, id, setup.zkey);
    if (weightsFiles === undefined) continue;
    const { zkey, link } = weightsPaths(keys, id);
    await store(weightsFiles.zkey, zkey);
    await store(weightsFiles.link, link);
  }
}

/** Where the key of the weights' own circuit and the link are, `undefined` where these were not kept. */
export function storedWeightsFiles(keys: string, circuit: CircuitId): WeightsFiles | undefined {
  const paths = weightsPaths(keys, circuit);
  return existsSync(paths.zkey) && existsSync(paths.link) ? paths : undefined;
}

/** Keeps a proving key under its circuit's id, outside the cache: it cannot be made again. */
export async function storeProvingKey(
  keys: string,
  circuit: CircuitId,
  zkey: string,
): Promise<void> {
  await store(zkey, pathOf(keys, circuit));
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

async function store(from: string, path: string): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await copyFile(from, part);
  await sealKey(part);
  await rename(part, path);
}

function weightsPaths(keys: string, circuit: CircuitId): WeightsFiles {
  return {
    zkey: join(keys, `${circuit}.weights.zkey`),
    link: join(keys, `${circuit}.link.key`),
  };
}

function pathOf(keys: string, circuit: CircuitId): string {
  return join(keys, `${circuit}.zkey`);
}
