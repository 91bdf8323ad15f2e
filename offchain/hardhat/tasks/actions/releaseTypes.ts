import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ReleaseBundle } from "@vouch/publisher";
import { openHome, readBundles } from "@vouch/publisher";
import { generateReleaseTypes } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { chooseRelease } from "../chooseRelease.ts";
import { homeFolder, openChain } from "../openChain.ts";
import { readManifest } from "../releaseMaterial.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly release: string;
  readonly manifest: string;
  readonly name: string;
  readonly out: string;
  readonly json: boolean;
};

/** Writes the types of a release: of a bundle of the store, or, with a manifest at hand, of one that the chain has. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { id, release, manifest } =
    args.manifest === "" ? chooseBundle(hre, args.release) : await fetchWith(hre, args);
  const text = generateReleaseTypes(
    { id, release },
    manifest,
    args.name === "" ? undefined : args.name,
  );
  const path = args.out === "" ? undefined : resolve(args.out);
  if (path !== undefined) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  if (args.json) console.log(JSON.stringify({ release: id, path: path ?? null, text }));
  else if (path === undefined) console.log(text);
  else console.log(`Wrote the types of ${release.model}@${release.version} to ${path}`);
}

type Described = Pick<ReleaseBundle, "id" | "release" | "manifest">;

/** The one bundle of the store, or of what `vouch.local()` published, that is meant. */
function chooseBundle(hre: HardhatRuntimeEnvironment, wanted: string): Described {
  const home = homeFolder(hre);
  const folders = [home, join(home, "local")].map((it) => openHome(it).releases);
  const all = new Map(folders.flatMap((it) => readBundles(it)).map((it) => [it.id as string, it]));
  const meant = [...all.values()].filter(({ id, release: { model, version } }) =>
    ["", id, model, `${model}@${version}`].includes(wanted),
  );
  const [first, ...others] = meant;
  if (first === undefined) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      `No bundle in ${folders.join(" or ")} is ${wanted === "" ? "there" : wanted}. Publish the model first, or give --manifest with the manifest of a release on the chain.`,
    );
  }
  if (others.length > 0) {
    const names = meant.map(({ id, release }) => `${release.model}@${release.version} ${id}`);
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--release has to name one of these by its id: ${names.join(", ")}.`,
    );
  }
  return first;
}

async function fetchWith(
  hre: HardhatRuntimeEnvironment,
  { release, manifest }: Args,
): Promise<Described> {
  const fetched = await chooseRelease(await openChain(hre), release);
  return { id: fetched.id, release: fetched.release, manifest: readManifest(manifest) };
}
