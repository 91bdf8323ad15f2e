import { hashFile, PTAU_PINS, verifyCeremony, verifyCommittedCeremony } from "@vouch/prover";
import type {
  CommittedCeremonyMaterial,
  CommittedKeyMaterial,
  StepOptions,
  VerifiedCeremony,
  VerifiedCommittedCeremony,
} from "@vouch/prover";
import { ceremonyId, ceremonyPaths, readCeremonyFacts } from "./ceremonyFacts.ts";
import type { CeremonyFacts, CommittedFacts } from "./ceremonyFacts.ts";
import { requireKeys } from "./ceremonyFolder.ts";
import { readCeremonyState } from "./ceremonyState.ts";
import type { CeremonyState } from "./ceremonyState.ts";
import { CeremonyError } from "./errors.ts";
import { partsOf } from "./parts.ts";
import { NO_RECEIPT, receiptHash } from "./receipt.ts";

/** What verified: of each circuit of plain Groth16, or of each of commit-and-prove with its weights' key and link. */
export type VerifiedFolder =
  | { readonly system: "groth16"; readonly circuits: readonly VerifiedCeremony[] }
  | { readonly system: "committedGroth16"; readonly circuits: readonly VerifiedCommitted[] };

/** A verified circuit of commit-and-prove, with the places of its files in a round. */
export type VerifiedCommitted = VerifiedCommittedCeremony & { readonly files: CommittedFiles };

/** Places among the files of a round. */
export type CommittedFiles = {
  readonly inference: number;
  readonly weights?: { readonly key: number; readonly link: number };
};

type Powers = CommittedCeremonyMaterial["powers"];

/**
 * Verifies the last keys of a ceremony against its r1cs files and the powers of tau, and that each is the one that the last
 * receipt names, with the contributions of all receipts.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`; {ProverError} as `verifyCeremony` and `verifyCommittedCeremony`.
 */
export async function verifyCeremonyFolder(
  folder: string,
  powersPath: string,
  options: StepOptions = {},
): Promise<VerifiedFolder> {
  const facts = await readCeremonyFacts(folder);
  const state = await readCeremonyState(ceremonyPaths(folder).state);
  await requireKeys(folder, facts, state);
  requireReceipts(folder, facts, state);
  const { origin, blake2b } = facts.powers;
  if ((await hashFile(powersPath, "blake2b512", options.signal)) !== blake2b) {
    throw invalid(folder, `${powersPath} is not the powers of tau that the ceremony began from`);
  }
  if (origin === "public" && !PTAU_PINS.some(({ hash }) => hash === blake2b)) {
    throw invalid(folder, "its powers of tau are said to be public, and are not pinned here");
  }
  const powers = { path: powersPath, blake2b, origin };
  return facts.version === 1
    ? { system: "groth16", circuits: await verifyPlain(folder, facts, state, powers, options) }
    : {
        system: "committedGroth16",
        circuits: await verifyCommitted(folder, facts, state, powers, options),
      };
}

/** Circuits of a ceremony of commit-and-prove whose proofs are of inferences, with all files that their set-up is of. */
export function committedFiles({ circuits, links }: CommittedFacts): readonly CommittedFiles[] {
  const ofWeights = new Set(links.map(({ weights }) => weights));
  return [...circuits.keys()]
    .filter((at) => !ofWeights.has(at))
    .map((inference) => {
      const place = links.findIndex((it) => it.inference === inference);
      const link = links[place];
      return link === undefined
        ? { inference }
        : { inference, weights: { key: link.weights, link: circuits.length + place } };
    });
}

async function verifyPlain(
  folder: string,
  facts: CeremonyFacts,
  state: CeremonyState,
  powers: Powers,
  options: StepOptions,
): Promise<readonly VerifiedCeremony[]> {
  const paths = ceremonyPaths(folder);
  const results: VerifiedCeremony[] = [];
  for (const [index, circuit] of facts.circuits.entries()) {
    const zkey = paths.key(state.rounds.length, index);
    const verified = await verifyCeremony({ r1cs: paths.r1cs(index), powers, zkey }, options);
    const { contributions, r1cs } = verified.document;
    if (r1cs !== circuit.r1cs) throw invalid(folder, `circuit ${index} is another`);
    requireListed(folder, state, index, contributions);
    requireEnd(folder, state, contributions.at(-1)?.beacon !== undefined);
    results.push(verified);
  }
  return results;
}

async function verifyCommitted(
  folder: string,
  facts: CommittedFacts,
  state: CeremonyState,
  powers: Powers,
  options: StepOptions,
): Promise<readonly VerifiedCommitted[]> {
  const paths = ceremonyPaths(folder);
  const last = (index: number): string => paths.key(state.rounds.length, index);
  const materialOf = (index: number): CommittedKeyMaterial => {
    const { groups } = facts.circuits[index] ?? {};
    if (groups === undefined) throw invalid(folder, `it has no circuit ${index}`);
    return { r1cs: paths.r1cs(index), groups, zkey: last(index) };
  };
  const results: VerifiedCommitted[] = [];
  for (const files of committedFiles(facts)) {
    const { inference, weights } = files;
    const material = {
      ...{ powers, inference: materialOf(inference) },
      ...(weights && { weights: { ...materialOf(weights.key), link: last(weights.link) } }),
    };
    const verified = await verifyCommittedCeremony(material, options);
    const { document } = verified;
    const { contributions } = document;
    const requireCircuit = (index: number, r1cs: string | undefined): void => {
      if (r1cs !== facts.circuits[index]?.r1cs)
        throw invalid(folder, `circuit ${index} is another`);
    };
    const requireFile = (index: number, part: "inference" | "weights" | "link"): void => {
      const own = contributions.map((it) => ({ name: it.name, hash: it[part] ?? "" }));
      requireListed(folder, state, index, own);
    };
    requireCircuit(inference, document.inference.r1cs);
    requireFile(inference, "inference");
    if (weights !== undefined) {
      requireCircuit(weights.key, document.weights?.r1cs);
      requireFile(weights.key, "weights");
      requireFile(weights.link, "link");
    }
    requireEnd(folder, state, contributions.at(-1)?.beacon !== undefined);
    results.push({ ...verified, files });
  }
  return results;
}

function requireListed(
  folder: string,
  { rounds }: CeremonyState,
  index: number,
  contributions: readonly { readonly name: string; readonly hash: string }[],
): void {
  const listed = contributions.map(({ name, hash }) => `${hash} ${name}`);
  const expected = rounds.map(
    ({ name, circuits }) => `${circuits[index]?.contribution ?? ""} ${name}`,
  );
  if (listed.join("\n") !== expected.join("\n")) {
    throw invalid(folder, `the receipts are not those of the contributions to file ${index}`);
  }
}

function requireEnd(folder: string, { ended }: CeremonyState, hasBeacon: boolean): void {
  if (hasBeacon !== ended) {
    throw invalid(folder, "its state and its keys differ in whether a beacon has ended it");
  }
}

function requireReceipts(folder: string, facts: CeremonyFacts, { rounds }: CeremonyState): void {
  let previous: string = NO_RECEIPT;
  const id = ceremonyId(facts);
  const parts = partsOf(facts).length;
  for (const [index, receipt] of rounds.entries()) {
    const { ceremony, round, circuits } = receipt;
    const follows = receipt.previous === previous && ceremony === id && round === index + 1;
    if (!follows || circuits.length !== parts) {
      throw invalid(folder, `receipt ${index + 1} does not follow the one before`);
    }
    previous = receiptHash(receipt);
  }
}

function invalid(folder: string, reason: string): CeremonyError {
  return new CeremonyError({ code: "FOLDER_INVALID", folder, reason });
}
