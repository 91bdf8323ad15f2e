import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildCircuit, developmentPowers, PTAU_PINS } from "@vouch/prover";
import type { CeremonyMaterial, CircuitArtefacts } from "@vouch/prover";
import { expect } from "chai";
import { zKey } from "snarkjs";
import { TINY } from "../fixture.ts";

/** A circuit of 2^4 rows with the key that its ceremony begins with. */
export type PhaseTwo = {
  readonly circuit: CircuitArtefacts;
  readonly powers: CeremonyMaterial["powers"];
  readonly initial: string;
};

const POWER = 4;

/** Makes powers of tau, the tiny circuit and its initial key in a folder. */
export async function beginPhaseTwo(folder: string, source: string = TINY): Promise<PhaseTwo> {
  const circuit = await buildCircuit(source, { cache: folder });
  const path = join(folder, "powers.ptau");
  await developmentPowers(POWER, path);
  const blake2b = createHash("blake2b512")
    .update(await readFile(path))
    .digest("hex");
  expect(PTAU_PINS.map((it) => it.hash)).to.not.include(blake2b);
  const initial = join(folder, "initial.zkey");
  await zKey.newZKey(circuit.r1cs, path, initial);
  return { circuit, powers: { path, blake2b, origin: "development" }, initial };
}

/** Sections of a file by id, in its order. */
export async function readSections(path: string): Promise<Map<number, Buffer>> {
  const bytes = await readFile(path);
  const sections = new Map<number, Buffer>();
  for (let at = 12; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at + 4));
    sections.set(bytes.readUInt32LE(at), bytes.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return sections;
}

/** Writes a key of these sections. */
export async function writeSections(
  path: string,
  sections: Iterable<readonly [number, Uint8Array]>,
): Promise<void> {
  const parts = [...sections].map(([id, content]) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id);
    head.writeBigUInt64LE(BigInt(content.length), 4);
    return Buffer.concat([head, content]);
  });
  const start = Buffer.from([...Buffer.from("zkey"), 1, 0, 0, 0, parts.length, 0, 0, 0]);
  await writeFile(path, Buffer.concat([start, ...parts]));
}
