import { AttestationError } from "@vouch/attestation";
import { explainNitro, fingerprintOf, readNitro } from "@vouch/attestation/nitro";
import { simulatedNitroRoot } from "@vouch/attestation/simulated";
import type { Inspection } from "./inspection.ts";
import { exitCodeOf, FORGEABLE, isForgeable, SIMULATED } from "./inspection.ts";
import { inRed } from "./markWeak.ts";
import { printTables } from "./printTables.ts";

/**
 * Explains an AWS Nitro attestation document: every field, its chain, each check, and the reason for a refusal.
 *
 * @param taken whether one that stems from the published root is wanted.
 */
export function inspectNitro(bytes: Uint8Array, time: number, taken: boolean): Inspection {
  const root = simulatedNitroRoot().certificate;
  const simulated = rootOf(bytes) === fingerprintOf(root);
  const { sections, checks, verdict } = explainNitro(bytes, {
    time,
    ...(simulated ? { root } : {}),
  });
  const refused = checks.some(({ outcome }) => outcome === "failed");
  const status = refused ? "refused" : "verified";
  const tables = [
    ...sections.map(({ title, rows }) => ({
      title,
      rows: rows.map(({ name, value }) => [name, value]),
    })),
    {
      title: "Checks",
      rows: checks.map(({ name, outcome, reason }) => [
        name,
        outcome === "notTried" ? "not tried" : outcome,
        reason ?? "",
      ]),
    },
  ];
  const lines = [
    ...(simulated ? [inRed(SIMULATED), ""] : []),
    printTables(tables),
    "",
    isForgeable(status, simulated, taken) ? inRed(FORGEABLE) : verdictLine(refused, verdict),
  ];
  return {
    text: lines.join("\n"),
    json: { kind: "nitro", simulated, sections, checks, verdict, outcome: { status, simulated } },
    exitCode: exitCodeOf(status, simulated, taken),
  };
}

function verdictLine(refused: boolean, verdict: string): string {
  return refused ? inRed(verdict.replace(/^refused/, "REFUSED")) : `VERIFIED: ${verdict}.`;
}

/** Fingerprint of the root that a document names; none where it cannot be read, which its explanation says. */
function rootOf(bytes: Uint8Array): string | undefined {
  try {
    const [root] = readNitro(bytes).chain;
    return root === undefined ? undefined : fingerprintOf(root);
  } catch (error) {
    if (error instanceof AttestationError) return undefined;
    throw error;
  }
}
