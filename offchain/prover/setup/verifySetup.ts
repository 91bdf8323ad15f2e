import { readFile } from "node:fs/promises";
import { contentId } from "@vouch/protocol";
import type { VerifyingKey } from "@vouch/protocol";
import { zKey } from "snarkjs";
import type { File } from "snarkjs";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { readVerifyingKey, readZkeyHeader, readZkeySection, ZKEY_SECTION } from "../zkeyFile.ts";
import { coefficientSection } from "./coefficientSection.ts";
import { domainPower } from "./constraintTerms.ts";
import { loadCurveCode } from "./curveCode.ts";
import type { Ptau } from "./obtainPtau.ts";
import { ceremonyTranscript, checkKey, developmentTranscript } from "./setup.ts";
import type { Setup } from "./setup.ts";
import { collectErrors } from "./snarkjsLogger.ts";

/** What `verifySetup` found out. */
export type SetupVerification = {
  /**
   * Phase-2 contributions with a secret, each checked against the powers of tau; 0 for a development set-up, of which
   * nobody can check that its maker forgot the secrets.
   */
  readonly contributions: number;
};

/**
 * Checks that a set-up is one of this circuit: r1cs hash, counts, matrices, verifying key and transcript; for a set-up
 * from a ceremony also every point and contribution, from the r1cs and the powers of tau on (`snarkjs zkey verify`).
 *
 * @param ptau the powers of tau from `obtainPtau`; needed for class `unverified`
 * @throws {ProverError} `SETUP_MISMATCH` naming the first part that differs, `KEY_FORGEABLE`, `KEY_INVALID`,
 * `CONTRIBUTION_MISSING`, `ZKEY_INVALID`, `SETUP_FAILED` where snarkjs refuses it, `ABORTED`.
 */
export async function verifySetup(
  artefacts: CircuitArtefacts,
  setup: Setup,
  ptau?: Ptau,
  { onProgress, signal }: StepOptions = {},
): Promise<SetupVerification> {
  checkAborted(signal);
  onProgress?.("verify set-up: compare with the circuit");
  const r1cs = await readFile(artefacts.r1cs);
  if (contentId(r1cs) !== artefacts.hash) throw mismatch("the r1cs file");
  const circuit = readR1csHeader(r1cs);
  const header = await readZkeyHeader(setup.zkey);
  if (
    header.wires !== circuit.wires ||
    header.publicSignals !== circuit.publicSignals ||
    header.domainSize !== 2 ** domainPower(circuit)
  ) {
    throw mismatch("the number of wires, public signals or rows");
  }
  const key = await readVerifyingKey(setup.zkey);
  checkKey(key, circuit.publicSignals);
  if (!isSameKey(key, setup.key)) throw mismatch("the verifying key");
  const coefficients = await readZkeySection(setup.zkey, ZKEY_SECTION.coefficients);
  const expected = coefficientSection(await loadCurveCode(), r1cs, circuit);
  if (Buffer.compare(coefficients, expected) !== 0) throw mismatch("the constraints");

  if (setup.class === "development") {
    const transcript = developmentTranscript(artefacts.hash, key);
    if (transcript !== setup.transcript) throw mismatch("the transcript");
    return { contributions: 0 };
  }
  if (ptau === undefined) throw mismatch("the powers of tau");
  checkAborted(signal);
  onProgress?.("verify set-up: points and contributions");
  return verifyCeremony(artefacts, setup, ptau);
}

async function verifyCeremony(
  artefacts: CircuitArtefacts,
  setup: Setup,
  ptau: Ptau,
): Promise<SetupVerification> {
  const log: string[] = [];
  const { logger, errors } = collectErrors((message) => log.push(message));
  // In memory, since snarkjs does not close the files that it verifies.
  const inMemory = async (path: string): Promise<File> => ({
    type: "mem",
    data: await readFile(path),
  });
  const [r1cs, tau, zkey] = await Promise.all([
    inMemory(artefacts.r1cs),
    inMemory(ptau.path),
    inMemory(setup.zkey),
  ]);
  const valid = await withSharedCurve(() => zKey.verifyFromR1cs(r1cs, tau, zkey, logger)).catch(
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProverError({ code: "SETUP_FAILED", reason }, { cause });
    },
  );
  if (!valid) throw new ProverError({ code: "SETUP_FAILED", reason: errors.join("; ") });

  // snarkjs reports hashes in its log only: the circuit's, then the contributions', the last one first.
  const circuitHash = log.findLast((it) => it.startsWith("Circuit Hash:"));
  const contributions = log.filter((it) => it.startsWith("contribution #"));
  const beacons = log.filter((it) => it.startsWith("Beacon generator:"));
  if (circuitHash === undefined) throw mismatch("the circuit hash");
  const secret = contributions.length - beacons.length;
  if (secret < 1) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  const hashes = contributions.reverse().map(hashOfLog);
  if (ceremonyTranscript(artefacts.hash, hashOfLog(circuitHash), hashes) !== setup.transcript) {
    throw mismatch("the transcript");
  }
  return { contributions: secret };
}

/** The last four lines of a message are a hash; a name before them may hold anything. */
function hashOfLog(message: string): Uint8Array {
  const lines = message.split("\n").slice(-4);
  return Buffer.from(lines.join("").replace(/\s/g, ""), "hex");
}

function isSameKey(a: VerifyingKey, b: VerifyingKey): boolean {
  const flat = (key: VerifyingKey): string =>
    [key.alpha, key.beta, key.gamma, key.delta, ...key.ic].flat().join();
  return flat(a) === flat(b);
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
