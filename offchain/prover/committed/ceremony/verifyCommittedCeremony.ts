import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import type { CeremonyMaterial } from "../../ceremony/verifyCeremony.ts";
import { hashFile } from "../../contentCache.ts";
import { ProverError } from "../../errors.ts";
import { checkAborted } from "../../progress.ts";
import type { StepOptions } from "../../progress.ts";
import { readCommittedVerifyingKey } from "../keyFile.ts";
import type { CommittedGroups } from "../keyFile.ts";
import type { CommittedCeremonyDocument, DocumentedKey } from "./committedDocument.ts";
import { COMMITTED_CEREMONY_FORMAT, committedDocumentHash } from "./committedDocument.ts";
import type { ListedContribution } from "./listedContribution.ts";
import { startCommittedCeremony } from "./startCeremony.ts";
import { verifyCommittedUpdate } from "./verifyCommittedUpdate.ts";
import { requireSoundLink, verifyLink } from "./verifyLink.ts";

/** A circuit and its final key, by their paths. */
export type CommittedKeyMaterial = {
  readonly r1cs: string;
  readonly groups: CommittedGroups;
  readonly zkey: string;
};

/** Files that the set-up of a commit-and-prove circuit is verified against. */
export type CommittedCeremonyMaterial = {
  readonly powers: CeremonyMaterial["powers"];
  readonly inference: CommittedKeyMaterial;
  /** The weights' own circuit, and the path of the link; absent where the weights are constants. */
  readonly weights?: CommittedKeyMaterial & { readonly link: string };
};

/** A ceremony of commit-and-prove that was verified from the r1cs and the powers of tau on. */
export type VerifiedCommittedCeremony = {
  readonly document: CommittedCeremonyDocument;
  /** Contributions with secrets; a beacon has none. */
  readonly secrets: number;
  readonly transcripts: { readonly current: Hex };
};

type VerifiedKey = {
  readonly documented: DocumentedKey;
  readonly contributions: readonly ListedContribution[];
  /** The initial key, derived again. */
  readonly initial: string;
};

/**
 * Verifies the set-up of a commit-and-prove circuit completely: makes the initial keys again from r1cs and powers of tau,
 * follows every contribution to them and to the link from there, demands that all files have the same contributors in the
 * same order, and checks what would make any of them forgeable. snarkjs knows no such key; nothing of it is checked by it.
 *
 * @throws {ProverError} those of `startCommittedCeremony`, `verifyCommittedUpdate` and `verifyLink`; `SETUP_MISMATCH` where
 * the files are not of one ceremony. {ProtocolError} `KEY_INVALID` where anyone can forge.
 */
export async function verifyCommittedCeremony(
  { powers, inference, weights }: CommittedCeremonyMaterial,
  options: StepOptions = {},
): Promise<VerifiedCommittedCeremony> {
  const isWhole = (inference.groups.weights === 0) === (weights === undefined);
  if (!isWhole)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "whether weights are private" });
  const folder = await mkdtemp(join(tmpdir(), "vouch-ceremony-"));
  try {
    const verifyKey = async (name: string, key: CommittedKeyMaterial): Promise<VerifiedKey> => {
      checkAborted(options.signal);
      options.onProgress?.("derive the initial key");
      const initial = join(folder, `${name}.zkey`);
      const hash = contentId(await readFile(key.r1cs));
      const { groups, zkey } = key;
      const circuit = await startCommittedCeremony(
        { r1cs: key.r1cs, hash },
        groups,
        powers,
        initial,
      );
      const contributions = await verifyCommittedUpdate(initial, zkey, options);
      const documented = {
        ...{ r1cs: hash, groups, circuit: Buffer.from(circuit).toString("hex") },
        key: await hashFile(zkey, "sha256", options.signal),
      };
      return { documented, contributions, initial };
    };
    const own = await verifyKey("inference", inference);
    const other =
      weights === undefined
        ? undefined
        : await verifyLinked(own, inference, weights, await verifyKey("weights", weights), options);
    const contributions = own.contributions.map(({ hash, ...author }, i) => ({
      name: author.name,
      inference: hash,
      weights: other?.contributions[i]?.hash ?? null,
      link: other?.links[i]?.hash ?? null,
      ...(author.beacon === undefined ? {} : { beacon: author.beacon }),
    }));
    const document: CommittedCeremonyDocument = {
      format: COMMITTED_CEREMONY_FORMAT,
      system: "committedGroth16",
      powers: { origin: powers.origin, blake2b: powers.blake2b },
      inference: own.documented,
      weights: other?.documented ?? null,
      link: other?.link ?? null,
      contributions,
    };
    const secrets = contributions.filter(({ beacon }) => beacon === undefined).length;
    return { document, secrets, transcripts: { current: committedDocumentHash(document) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verifyLinked(
  own: VerifiedKey,
  inference: CommittedKeyMaterial,
  { zkey, link }: NonNullable<CommittedCeremonyMaterial["weights"]>,
  other: VerifiedKey,
  options: StepOptions,
): Promise<VerifiedKey & { readonly link: string; readonly links: readonly ListedContribution[] }> {
  const initials = { inference: { zkey: own.initial }, weights: { zkey: other.initial } };
  const links = await verifyLink(initials, link, options);
  await requireSoundLink(link, {
    inference: await readCommittedVerifyingKey(inference.zkey),
    weights: await readCommittedVerifyingKey(zkey),
  });
  const authors = authorsOf(own.contributions);
  if (authorsOf(other.contributions) !== authors)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "who contributed to the weights' key" });
  if (authorsOf(links) !== authors)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "who contributed to the link" });
  return { ...other, links, link: await hashFile(link, "sha256", options.signal) };
}

function authorsOf(contributions: readonly ListedContribution[]): string {
  return JSON.stringify(
    contributions.map(({ name, beacon }) => [name, beacon?.hash, beacon?.iterationsExponent]),
  );
}
