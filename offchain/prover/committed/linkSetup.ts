import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex, LinkKey } from "@vouch/protocol";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { DevelopmentOptions } from "../setup/developmentSetup.ts";
import { randomElement } from "../setup/scalarField.ts";
import { G1_BYTES } from "../zkeyFile.ts";
import type { CommittedSetup } from "./committedSetup.ts";
import { COMMITTED_SECTION, readCommittedHeader, readCommittedSection } from "./keyFile.ts";
import { encodeLinkFile, linkKeyOf, readLinkFile } from "./linkFile.ts";
import { linkPoints } from "./linkPoints.ts";
import type { LinkedBases } from "./linkPoints.ts";
import { linkTranscript } from "./transcript.ts";

/** A link key with what a circuit's registration says of it. */
export type LinkSetup = {
  /** Path of the link key. */
  readonly file: string;
  readonly link: LinkKey;
  readonly class: "development" | "unverified";
  readonly transcript: Hex;
};

/** The keys that a link is between. */
export type LinkedSetups = {
  readonly inference: CommittedSetup;
  readonly weights: CommittedSetup;
};

/** The files of such keys, of which only the bases matter: no contribution changes these. */
export type LinkedKeys = Record<keyof LinkedSetups, Pick<CommittedSetup, "zkey">>;

/**
 * Makes the link key between an inference circuit and its weights circuit, by one party. It needs the bases of both keys and
 * none of their secrets.
 *
 * @throws {ProverError} `COMMITTED_INPUTS` where the two have other numbers of weights, `ZKEY_INVALID`, `ABORTED`.
 */
export async function developmentLink(
  setups: LinkedSetups,
  options: DevelopmentOptions,
): Promise<LinkSetup> {
  checkAborted(options.signal);
  const { inference, weights } = setups;
  const name = `${inference.transcript.slice(2)}-${weights.transcript.slice(2, 34)}`;
  return cachedFolder(join(options.cache, "setups", "link", name), {
    load: (folder) => load(folder, setups),
    build: async (folder) => {
      options.onProgress?.("development set-up: link the weights");
      const bases = await linkedBases(setups);
      const file = await withSharedCurve(async (curve) => {
        const draw = (): Uint8Array => curve.Fr.fromRprLE(randomElement(), 0);
        const secrets = [draw(), draw()] as const;
        const { G1, Fr } = curve;
        const times = (points: Uint8Array, scalar: Uint8Array): Promise<Uint8Array> =>
          G1.batchApplyKey(points, scalar, Fr.one, "affine", "affine");
        const points = await linkPoints(curve, {
          inference: await times(bases.inference, secrets[0]),
          weights: await times(bases.weights, secrets[1]),
        });
        const secrets2 = secrets.map((it) =>
          curve.G2.toAffine(curve.G2.timesFr(curve.G2.gAffine, it)),
        );
        for (const it of secrets) it.fill(0);
        return encodeLinkFile({ points, secrets2: Buffer.concat(secrets2) });
      });
      await writeFile(join(folder, "link.key"), file);
      const record: LinkRecord = { link: await hashFile(join(folder, "link.key"), "sha256") };
      await writeFile(join(folder, "setup.json"), JSON.stringify(record, undefined, 2));
    },
  });
}

/**
 * Reads the bases that a link is made of.
 *
 * @throws {ProverError} `COMMITTED_INPUTS`, `ZKEY_INVALID`.
 */
export async function linkedBases({ inference, weights }: LinkedKeys): Promise<LinkedBases> {
  const own = (await readCommittedHeader(inference.zkey)).groups.weights;
  const other = (await readCommittedHeader(weights.zkey)).groups.weights;
  if (own === 0 || own !== other) {
    const reason = `${own} weights cannot be linked to ${other}`;
    throw new ProverError({ code: "COMMITTED_INPUTS", reason });
  }
  const read = async ({ zkey }: Pick<CommittedSetup, "zkey">): Promise<Uint8Array> =>
    (await readCommittedSection(zkey, COMMITTED_SECTION.bases)).subarray(0, own * G1_BYTES);
  return { inference: await read(inference), weights: await read(weights) };
}

type LinkRecord = { readonly link: string };

async function load(
  folder: string,
  { inference, weights }: LinkedSetups,
): Promise<LinkSetup | undefined> {
  const file = join(folder, "link.key");
  try {
    const record = JSON.parse(await readFile(join(folder, "setup.json"), "utf8")) as LinkRecord;
    if ((await hashFile(file, "sha256")) !== record.link) return undefined;
  } catch {
    return undefined; // absent or damaged: it is made again
  }
  const link = linkKeyOf(await readLinkFile(file));
  const transcript = linkTranscript(inference.transcript, weights.transcript, link);
  return { file, link, class: "development", transcript };
}
