import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProverError } from "@vouch/prover";
import type { ProverProblem } from "@vouch/prover";

/** 9 constraints, 2 public signals: `y = x0 · x1 + c`, with x0 below 2^8. */
export const TINY = `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";

template Tiny() {
    signal input c;
    signal input x[2];
    signal output y;
    _ <== Num2Bits(8)(x[0]);
    y <== x[0] * x[1] + c;
}

component main {public [c]} = Tiny();
`;
export const TINY_INPUTS = { c: 7n, x: [200n, -3n] };
export const TINY_SIGNALS = [-593n, 7n];

const folders: string[] = [];
process.once("exit", () => {
  for (const it of folders) rmSync(it, { recursive: true, force: true });
});

/** A new folder for caches; deleted when the process exits. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vouch-prover-"));
  folders.push(folder);
  return folder;
}

/** The problem with which the work failed; throws where it did not fail so. */
export async function problemOf(work: Promise<unknown>): Promise<ProverProblem> {
  const error = await work.then(
    () => undefined,
    (it: unknown) => it,
  );
  if (error instanceof ProverError) return error.problem;
  throw new Error("the work did not fail with a ProverError", { cause: error });
}
