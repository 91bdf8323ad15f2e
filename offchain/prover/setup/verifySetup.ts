import { readFile } from "node:fs/promises";
import { contentId } from "@vouch/protocol";
import type { VerifyingKey } from "@vouch/protocol";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { publicTranscripts } from "../ceremony/publicTranscripts.ts";
import { verifyCeremony } from "../ceremony/verifyCeremony.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { readVerifyingKey, readZkeyHeader, readZkeySection, ZKEY_SECTION } from "../zkeyFile.ts";
import { coefficientSection } from "./coefficientSection.ts";
import { domainPower } from "./constraintTerms.ts";
import { loadCurveCode } from "./curveCode.ts";
import type { Ptau } from "./obtainPtau.ts";
import { checkKey, developmentTranscript } from "./setup.ts";
import type { Setup } from "./setup.ts";

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
 * from a ceremony also every point and contribution, from the r1cs and the powers of tau on (`verifyCeremony`).
 *
 * @param ptau the powers of tau from `obtainPtau`; needed for class `unverified`
 * @throws {ProverError} `SETUP_MISMATCH` naming the first part that differs, `KEY_FORGEABLE`, `KEY_INVALID`,
 * those of `verifyCeremony`, `ABORTED`.
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
  return verifyFromPowers(artefacts, setup, ptau, {
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function verifyFromPowers(
  artefacts: CircuitArtefacts,
  setup: Setup,
  { path, pin }: Ptau,
  options: StepOptions,
): Promise<SetupVerification> {
  const powers = { path, blake2b: pin.hash, origin: "public" } as const;
  const material = { r1cs: artefacts.r1cs, powers, zkey: setup.zkey };
  const { document, secrets, transcripts } = await verifyCeremony(material, options);
  const known = [transcripts.v1, ...publicTranscripts(document)];
  if (!known.includes(setup.transcript)) throw mismatch("the transcript");
  return { contributions: secrets };
}

function isSameKey(a: VerifyingKey, b: VerifyingKey): boolean {
  const flat = (key: VerifyingKey): string =>
    [key.alpha, key.beta, key.gamma, key.delta, ...key.ic].flat().join();
  return flat(a) === flat(b);
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
