import { existsSync, readFileSync } from "node:fs";
import type { Hex, Manifest, ReleaseId } from "@vouch/protocol";
import { parseBytes32, parseManifest, parseReleaseId } from "@vouch/protocol";
import { PublisherError, readBundle, verifyRelease } from "@vouch/publisher";
import { fetchRelease, fetchReleases } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Chain } from "../openChain.ts";
import { openChain } from "../openChain.ts";
import { progressLine } from "../progressLine.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly release: string;
  readonly file: string;
  readonly salt: string;
  readonly manifest: string;
  readonly json: boolean;
};

type Material = { readonly file: Uint8Array; readonly salt: Hex; readonly manifest: Manifest };

/** Derives a registered release again from its file and salt. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const id = args.release === "" ? await newest(chain) : parseReleaseId(args.release);
  const registered = await fetchRelease(chain.contracts, id, chain.deployment.fromBlock);
  if (registered.circuit === null) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      `Release ${id} has no circuit: there is nothing to derive.`,
    );
  }
  const material = readMaterial(args, chain, id);
  const progress = progressLine(args.json);
  const verified = await verifyRelease(
    { release: registered.release, circuit: registered.circuit },
    material,
    { cache: chain.home.cache, onProgress: progress.onProgress },
  ).finally(progress.done);
  const { content, manifest, weights, r1cs, circuit } = verified;
  if (args.json) {
    console.log(
      JSON.stringify({ release: id, content, manifest, weights, r1cs, circuit, verified: true }),
    );
    return;
  }
  console.log(`Release ${id} is what its file and salt give:`);
  for (const [name, value] of Object.entries({ content, manifest, weights, r1cs, circuit })) {
    console.log(`  ${name.padEnd(9)} ${value}`);
  }
}

/** File, salt and manifest as they were given, and from the stored bundle what was not. */
function readMaterial({ file, salt, manifest }: Args, { home }: Chain, id: ReleaseId): Material {
  const given = file !== "" && salt !== "" && manifest !== "";
  const stored: Material | undefined = given ? undefined : readBundle(home.releases, id);
  return {
    file: stored !== undefined && file === "" ? stored.file : readFile(file),
    salt: stored !== undefined && salt === "" ? stored.salt : parseBytes32(salt),
    manifest:
      stored !== undefined && manifest === ""
        ? stored.manifest
        : parseManifest(parseJson(manifest)),
  };
}

function parseJson(path: string): unknown {
  const text = readFile(path).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `--manifest ${path} is not JSON.`, { cause });
  }
}

function readFile(path: string): Buffer {
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  return readFileSync(path);
}

async function newest({ contracts, deployment }: Chain): Promise<ReleaseId> {
  const releases = await fetchReleases(contracts, deployment.fromBlock);
  const last = releases.at(-1);
  if (last === undefined) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      "No release on this chain. Publish one with `npx hardhat model:publish`.",
    );
  }
  return last.id;
}
