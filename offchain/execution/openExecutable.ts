import type { ReleaseId } from "@vouch/protocol";
import type { Home, PrepareOptions } from "@vouch/publisher";
import { readBundle, verifyRelease } from "@vouch/publisher";
import type { Executable } from "./executable.ts";
import { readExecutable, writeExecutable } from "./executable.ts";

/**
 * Returns the integer form of a release: from the cache where this version of the compiler verified it before, which reads
 * one small file; else its bundle is verified from file and salt, which compiles it and builds its circuits.
 *
 * @throws {PublisherError} where the bundle is missing or is not the release's.
 */
export async function openExecutable(
  home: Pick<Home, "releases" | "cache">,
  release: ReleaseId,
  options: Omit<PrepareOptions, "cache"> = {},
): Promise<Executable> {
  const known = await readExecutable(home.cache, release);
  if (known !== undefined) return known;
  const bundle = readBundle(home.releases, release);
  const { compiled } = await verifyRelease(bundle, bundle, { ...options, cache: home.cache });
  const { content } = bundle.release;
  return writeExecutable(home.cache, { release, content, compiled });
}
