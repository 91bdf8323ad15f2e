import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { MeasuredProofs, ProverKind, System } from "./proofFigures.ts";

const PROGRAM = join(import.meta.dirname, "proofProcess.ts");
const run = promisify(execFile);

/** Times proofs in a process of their own, whose memory is theirs alone; circuit and key are made before, by another one. */
export async function measureProofs(
  name: string,
  system: System,
  prover: ProverKind,
): Promise<MeasuredProofs> {
  await run(process.execPath, [PROGRAM, "prepare", name, system]);
  const { stdout } = await run(process.execPath, [PROGRAM, prover, name, system]);
  return JSON.parse(stdout) as MeasuredProofs; // of a program of ours
}
