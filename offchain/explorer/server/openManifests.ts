import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { manifestHash, parseManifest, parseTextManifest, textManifestHash } from "@vouch/protocol";

/**
 * Returns a look-up of manifests by their hash in folders of bundles, as publishing leaves them: `<release>/manifest.json`. What was read is kept;
 * folders are looked through again where a hash is not known, once a second at most.
 */
export function openManifests(
  folders: readonly string[],
): (hash: Hex) => Promise<string | undefined> {
  const known = new Map<Hex, string>();
  const seen = new Set<string>();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    for (const folder of folders) {
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name, "manifest.json");
        if (seen.has(path) || !/^0x[0-9a-f]{64}$/.test(name)) continue;
        const text = await readFile(path, "utf8").catch(() => undefined);
        if (text === undefined) continue; // it is being written, or it is none
        seen.add(path);
        const hash = hashOf(text);
        if (hash !== undefined) known.set(hash, text);
      }
    }
  }

  return async (hash) => {
    if (!known.has(hash)) {
      looking ??= look().finally(() => {
        setTimeout(() => (looking = undefined), 1_000).unref();
      });
      await looking;
    }
    return known.get(hash);
  };
}

/** Of a manifest of either sort; undefined of what is none. */
function hashOf(text: string): Hex | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const isText = (json as { format?: unknown } | null)?.format === "vouch.textManifest/1";
    return isText ? textManifestHash(parseTextManifest(json)) : manifestHash(parseManifest(json));
  } catch {
    return undefined;
  }
}
