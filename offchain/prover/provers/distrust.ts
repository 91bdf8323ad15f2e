import type { ProverName } from "./prover.ts";

/** What a prover did that lost it the trust of this process. */
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

/** Remembers a fault: the prover is not chosen again in this process. */
export function distrust(fault: ProverFault): void {
  faults.push(fault);
}

export function isDistrusted(name: ProverName): boolean {
  return faults.some((it) => it.prover === name);
}

/** Faults of provers in this process, oldest first; empty where all is well. */
export function proverFaults(): readonly ProverFault[] {
  return [...faults];
}
