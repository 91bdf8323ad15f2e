import type { Hex, Manifest, TextManifest } from "@vouch/protocol";
import { manifestHash, parseManifest, parseTextManifest, textManifestHash } from "@vouch/protocol";

/** A manifest that hashes to what its release commits to, or why there is none to show. */
export type ReadManifest =
  | { readonly status: "tensor"; readonly manifest: Manifest }
  | { readonly status: "text"; readonly manifest: TextManifest }
  /** This server has none; the publisher may. */
  | { readonly status: "absent" }
  /** What the server has is another, or none at all. */
  | { readonly status: "forged" };

/** Returns the manifest with a hash, which is checked here: the server is believed nothing. */
export async function readManifest(hash: Hex, signal?: AbortSignal): Promise<ReadManifest> {
  const response = await fetch(`/manifest/${hash}`, signal === undefined ? {} : { signal });
  if (response.status === 404) return { status: "absent" };
  if (!response.ok) throw new Error(`/manifest answers ${response.status}`);
  return checkManifest(await response.text(), hash);
}

/** Reads a manifest's text, of either sort, and holds it to its hash. */
export function checkManifest(text: string, hash: Hex): ReadManifest {
  try {
    const json: unknown = JSON.parse(text);
    if (isText(json)) {
      const manifest = parseTextManifest(json);
      return textManifestHash(manifest) === hash
        ? { status: "text", manifest }
        : { status: "forged" };
    }
    const manifest = parseManifest(json);
    return manifestHash(manifest) === hash ? { status: "tensor", manifest } : { status: "forged" };
  } catch {
    return { status: "forged" }; // whatever is wrong with it, it is not what the release commits to
  }
}

function isText(json: unknown): boolean {
  return (
    typeof json === "object" &&
    json !== null &&
    "format" in json &&
    json.format === "vouch.textManifest/1"
  );
}
