import { readFile } from "node:fs/promises";
import { contentId } from "@vouch/protocol";
import type { CommittedKey, Hex, LinkKey } from "@vouch/protocol";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { publicTranscripts } from "../ceremony/publicTranscripts.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { coefficientSection } from "../setup/coefficientSection.ts";
import { domainPower } from "../setup/constraintTerms.ts";
import { loadCurveCode } from "../setup/curveCode.ts";
import type { Ptau } from "../setup/obtainPtau.ts";
import { checkKey } from "../setup/setup.ts";
import type { SetupVerification } from "../setup/verifySetup.ts";
import { ZKEY_SECTION } from "../zkeyFile.ts";
import type { CommittedKeyMaterial } from "./ceremony/verifyCommittedCeremony.ts";
import { verifyCommittedCeremony } from "./ceremony/verifyCommittedCeremony.ts";
import { readCommittedHeader, readCommittedSection, readCommittedVerifyingKey } from "./keyFile.ts";
import type { CommittedGroups } from "./keyFile.ts";
import { linkKeyOf, readLinkFile } from "./linkFile.ts";
import { committedTranscript, linkTranscript } from "./transcript.ts";

/** A circuit that was built, with the wires that it commits to. */
export type CommittedCircuitFiles = {
  readonly artefacts: CircuitArtefacts;
  readonly groups: CommittedGroups;
};

/** What is registered of a commit-and-prove circuit's set-up. */
export type ClaimedCommittedSetup = {
  readonly class: "development" | "unverified";
  readonly transcript: Hex;
  readonly key: CommittedKey;
  /** Null where the weights are constants. */
  readonly weights: { readonly key: CommittedKey; readonly link: LinkKey } | null;
};

/** Paths of final keys, and of the link. */
export type CommittedSetupFiles = {
  readonly zkey: string;
  /** Of a ceremony whose weights are private. */
  readonly weights?: { readonly zkey: string; readonly link: string };
};

/**
 * Checks that a set-up is one of these circuits: the key's counts, groups, constraints and verifying key, and the transcript
 * of all that is registered; for a ceremony every point and contribution of both keys and the link
 * (`verifyCommittedCeremony`).
 *
 * @param ptau the powers of tau from `obtainPtau`; needed for class `unverified`
 * @throws {ProverError} `SETUP_MISMATCH` naming the first part that differs, `KEY_FORGEABLE`, `KEY_INVALID`, `ZKEY_INVALID`,
 * those of `verifyCommittedCeremony`, `ABORTED`. {ProtocolError} `KEY_INVALID`.
 */
export async function verifyCommittedSetup(
  circuits: { readonly inference: CommittedCircuitFiles; readonly weights?: CommittedCircuitFiles },
  claimed: ClaimedCommittedSetup,
  files: CommittedSetupFiles,
  ptau?: Ptau,
  options: StepOptions = {},
): Promise<SetupVerification> {
  checkAborted(options.signal);
  options.onProgress?.("verify set-up: compare with the circuit");
  await requireCircuit(circuits.inference, files.zkey);
  requireSame("the verifying key", await readCommittedVerifyingKey(files.zkey), claimed.key);
  if ((circuits.weights === undefined) !== (claimed.weights === null))
    throw mismatch("whether weights are private");
  if (claimed.class === "development") {
    if (developmentOf(circuits, claimed) !== claimed.transcript) throw mismatch("the transcript");
    return { contributions: 0 };
  }
  if (ptau === undefined) throw mismatch("the powers of tau");
  if (claimed.weights !== null) await requireWeightsFiles(claimed.weights, files);
  const { document, secrets } = await verifyCommittedCeremony(
    {
      powers: { path: ptau.path, blake2b: ptau.pin.hash, origin: "public" },
      inference: materialOf(circuits.inference, files.zkey),
      ...(circuits.weights &&
        files.weights && {
          weights: {
            ...materialOf(circuits.weights, files.weights.zkey),
            link: files.weights.link,
          },
        }),
    },
    options,
  );
  if (!publicTranscripts(document).includes(claimed.transcript)) throw mismatch("the transcript");
  return { contributions: secrets };
}

async function requireCircuit(
  { artefacts, groups }: CommittedCircuitFiles,
  zkey: string,
): Promise<void> {
  const r1cs = await readFile(artefacts.r1cs);
  if (contentId(r1cs) !== artefacts.hash) throw mismatch("the r1cs file");
  const circuit = readR1csHeader(r1cs);
  const header = await readCommittedHeader(zkey);
  if (
    header.wires !== circuit.wires ||
    header.publicSignals !== circuit.publicSignals ||
    header.domainSize !== 2 ** domainPower(circuit)
  ) {
    throw mismatch("the number of wires, public signals or rows");
  }
  const { weights, advice } = header.groups;
  if (weights !== groups.weights || advice !== groups.advice) throw mismatch("the committed wires");
  checkKey(await readCommittedVerifyingKey(zkey), circuit.publicSignals);
  const coefficients = await readCommittedSection(zkey, ZKEY_SECTION.coefficients);
  const expected = coefficientSection(await loadCurveCode(), r1cs, circuit);
  if (Buffer.compare(coefficients, expected) !== 0) throw mismatch("the constraints");
}

async function requireWeightsFiles(
  { key, link }: NonNullable<ClaimedCommittedSetup["weights"]>,
  { weights }: CommittedSetupFiles,
): Promise<void> {
  if (weights === undefined) throw mismatch("the weights' key and the link, which are missing,");
  requireSame("the weights' key", await readCommittedVerifyingKey(weights.zkey), key);
  const found = linkKeyOf(await readLinkFile(weights.link));
  const isSame = [...found.inference, ...found.weights].join() === [...link.inference, ...link.weights].join(); // prettier-ignore
  if (!isSame) throw mismatch("the link");
}

/** The transcript of a development set-up, which follows from what is registered. */
function developmentOf(
  { inference, weights }: Parameters<typeof verifyCommittedSetup>[0],
  claimed: ClaimedCommittedSetup,
): Hex {
  const own = committedTranscript(inference.artefacts.hash, inference.groups, claimed.key);
  if (weights === undefined || claimed.weights === null) return own;
  const { key, link } = claimed.weights;
  return linkTranscript(
    own,
    committedTranscript(weights.artefacts.hash, weights.groups, key),
    link,
  );
}

function materialOf(
  { artefacts, groups }: CommittedCircuitFiles,
  zkey: string,
): CommittedKeyMaterial {
  return { r1cs: artefacts.r1cs, groups, zkey };
}

function requireSame(part: string, a: CommittedKey, b: CommittedKey): void {
  const flat = (key: CommittedKey): string =>
    [key.alpha, key.beta, key.gamma, key.delta, key.sigma, ...key.ic].flat().join();
  if (flat(a) !== flat(b)) throw mismatch(part);
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
