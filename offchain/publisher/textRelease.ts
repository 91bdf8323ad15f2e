import type {
  CircuitId,
  Hex,
  Policy,
  Release,
  ReleaseId,
  TextManifest,
  TextSource,
} from "@vouch/protocol";
import { releaseId, textContentId, textManifestHash } from "@vouch/protocol";
import { PublisherError } from "./errors.ts";
import type { FolderOptions } from "./textFolder.ts";
import { describeTextFolder, readTextFiles } from "./textFolder.ts";

/** What a publisher of a language model decides. */
export type TextPlan = {
  readonly model: string;
  readonly version: string;
  readonly publisher: Hex;
  readonly licence: string;
  readonly royaltyBps: number;
  readonly floor: Policy;
  readonly notice?: string;
};

/** A release of a language model with what its manifest hash stands for. */
export type TextRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly manifest: TextManifest;
  /** Where its files are; absent where somebody else serves the model. */
  readonly folder?: string;
};

/** What was derived again from a folder, and is what the release says. */
export type VerifiedText = {
  readonly content: Hex;
  readonly manifest: Hex;
  readonly files: number;
  readonly bytes: number;
};

const NO_CIRCUIT = `0x${"00".repeat(32)}` as CircuitId;

/**
 * Describes a model folder as a release without a circuit: nothing can prove it, so its floor must not ask for a proof.
 *
 * @throws {PublisherError} what `describeTextFolder` throws; `CIRCUIT_NEEDED`.
 */
export async function prepareTextRelease(
  folder: string,
  plan: TextPlan & FolderOptions,
): Promise<TextRelease> {
  const { dtype, context } = plan;
  const source = await describeTextFolder(folder, {
    ...(dtype === undefined ? {} : { dtype }),
    ...(context === undefined ? {} : { context }),
  });
  return { ...releaseOf(plan, source), folder };
}

/**
 * Describes a model that somebody else serves: its answers prove who was asked, and nothing of what ran there.
 *
 * @throws {PublisherError} `CIRCUIT_NEEDED`.
 */
export function routedTextRelease(
  plan: TextPlan,
  served: { readonly provider: string; readonly model: string },
): TextRelease {
  return releaseOf(plan, { kind: "routed", ...served });
}

/**
 * Demands that a release is one of a language model, and that the manifest is its own.
 *
 * @throws {PublisherError} `MANIFEST_MISMATCH`, `CONTENT_MISMATCH`, `CIRCUIT_MISMATCH`.
 */
export function requireDescribed({
  release,
  manifest,
}: Pick<TextRelease, "release" | "manifest">): void {
  const { content, manifest: registered, circuit, runtime } = release;
  const derived = textManifestHash(manifest);
  if (derived !== registered)
    throw new PublisherError({ code: "MANIFEST_MISMATCH", registered, derived });
  const files = textContentId(manifest.source);
  if (files !== content)
    throw new PublisherError({ code: "CONTENT_MISMATCH", registered: content, derived: files });
  requireSame("circuit", circuit, NO_CIRCUIT);
  requireSame("determinism class", runtime, "sampled");
}

/**
 * Demands that a folder holds the files of a registered release.
 *
 * @throws {PublisherError} `FILES_UNKNOWN`, and what `requireDescribed` and `readTextFiles` throw.
 */
export async function verifyTextRelease(
  folder: string,
  { release, manifest }: Pick<TextRelease, "release" | "manifest">,
): Promise<VerifiedText> {
  requireDescribed({ release, manifest });
  const { source } = manifest;
  if (source.kind !== "files")
    throw new PublisherError({ code: "FILES_UNKNOWN", provider: source.provider });
  const read = [...(await readTextFiles(folder, source)).values()];
  const bytes = read.reduce((sum, it) => sum + it.byteLength, 0);
  return { content: release.content, manifest: release.manifest, files: read.length, bytes };
}

/** `sampled`: two honest runs may differ wherever a float does, and a word is a hash, so no tolerance helps. */
function releaseOf(plan: TextPlan, source: TextSource): TextRelease {
  const { model, version, publisher, licence, royaltyBps, floor, notice } = plan;
  if (floor.allOf.some(({ anyOf }) => anyOf.every(({ kind }) => kind === "zk")))
    throw new PublisherError({ code: "CIRCUIT_NEEDED" });
  const manifest: TextManifest = {
    format: "vouch.textManifest/1",
    model,
    version,
    source,
    ...(notice === undefined ? {} : { notice }),
  };
  const release: Release = {
    publisher,
    model,
    version,
    content: textContentId(source),
    weights: 0n,
    circuit: NO_CIRCUIT,
    inputFractionBits: 0,
    outputFractionBits: 0,
    runtime: "sampled",
    manifest: textManifestHash(manifest),
    licence,
    royaltyBps,
    floor,
  };
  return { id: releaseId(release), release, manifest };
}

function requireSame(what: string, registered: string, derived: string): void {
  if (registered !== derived)
    throw new PublisherError({ code: "CIRCUIT_MISMATCH", what, registered, derived });
}
