import type { Receipt } from "@vouch/protocol";
import { describeAssurance, verifyReceipt } from "@vouch/protocol";
import { markWeak } from "../../offchain/hardhat/tasks/markWeak.ts";
import type { Step } from "./steps.ts";
import { formatStep } from "./steps.ts";

const TRUST = [
  ["signature", "the operator, up to its stake at risk"],
  ["zk", "the set-up of the circuit and mathematics; here the set-up is this machine's alone"],
] as const;

/** Prints what each step took and what each guarantee rests on. */
export function printSummary(
  steps: readonly Step[],
  receipt: Receipt,
  path: string,
  seconds: number,
): void {
  console.log(`\n${"─".repeat(84)}`);
  for (const step of steps) console.log(formatStep(step));
  console.log("─".repeat(84));
  console.log(markWeak(`Assurance: ${describeAssurance(verifyReceipt(receipt).assurance)}`));
  for (const [kind, basis] of TRUST) console.log(`  ${kind.padEnd(10)} rests on ${basis}`);
  console.log(`Receipt:   ${path}`);
  console.log(`Done in ${seconds.toFixed(1)} s.`);
}
