import { NativeError } from "@vouch/native";
import { ProverError } from "../errors.ts";
import type { ProverName } from "./prover.ts";

/** What a prover did that another had to take its place. */
export type ProverFault = {
  readonly prover: ProverName;
  /** `wrong`: its proof did not verify, the reference's of the same witness did. `failed`: it ended without a proof. */
  readonly fault: "wrong" | "failed";
  readonly zkey: string;
  readonly at: Date;
  /** What it failed with. */
  readonly error?: unknown;
};

const faults: ProverFault[] = [];

/** Remembers a fault: the prover is not chosen again in this process, unless it only wanted memory. */
export function distrust(fault: ProverFault): void {
  faults.push(fault);
}

export function isDistrusted(name: ProverName): boolean {
  return faults.some((it) => it.prover === name && !isForMemory(it));
}

/** A key that there was no memory for says nothing of the next one, nor of this one later. */
function isForMemory({ error }: ProverFault): boolean {
  const cause = error instanceof ProverError ? error.cause : undefined;
  return cause instanceof NativeError && cause.code === "MEMORY_SHORT";
}

/** Faults of provers in this process, oldest first; empty where all is well. */
export function proverFaults(): readonly ProverFault[] {
  return [...faults];
}
