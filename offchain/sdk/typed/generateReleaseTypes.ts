import type { Manifest } from "@vouch/protocol";
import { manifestHash } from "@vouch/protocol";
import { SdkError } from "../errors.ts";
import type { FetchedRelease } from "../fetchRelease.ts";
import type { ReleasePort } from "./releaseDescription.ts";

/**
 * Returns the text of a TypeScript file that defines a release with its inputs and outputs typed by port and shape. The manifest
 * is taken only if it is the one whose hash the release carries; all text in it is the publisher's, and is written as strings.
 *
 * @param exportName of the constant; the model's name in camelCase unless given
 *
 * @example
 * import { generateReleaseTypes } from "@vouch/sdk";
 *
 * const release = await vouch.release("credit-german-mlp");
 * const manifest = parseManifest(JSON.parse(await readFile(`${folder}/manifest.json`, "utf8")));
 * await writeFile("creditGermanMlp.ts", generateReleaseTypes(release, manifest));
 *
 * @throws {SdkError} `MANIFEST_MISMATCH`.
 */
export function generateReleaseTypes(
  { id, release }: Pick<FetchedRelease, "id" | "release">,
  manifest: Manifest,
  exportName: string = nameOf(release.model),
): string {
  const found = manifestHash(manifest);
  if (found !== release.manifest) {
    const data = { release: id, expected: release.manifest, found };
    throw new SdkError({ code: "MANIFEST_MISMATCH", ...data });
  }
  const { input, output, ports } = manifest;
  return `// Generated from release ${id}: do not edit, generate it again.
import { defineRelease } from "@vouch/sdk";
import type { TypedRelease } from "@vouch/sdk";

const DESCRIPTION = {
  id: ${quoted(id)},
  model: ${quoted(release.model)},
  version: ${quoted(release.version)},
  inputs: [
${portLines(ports?.inputs ?? [input])}
  ],
  outputs: [
${portLines(ports?.outputs ?? [output])}
  ],
  input: ${quoted(input.encoding.mode)},
  output: ${quoted(output.encoding.mode)},
} as const;

/** What \`${comment(release.model)}@${comment(release.version)}\` takes and gives. */
export const ${nameOf(exportName)}: TypedRelease<typeof DESCRIPTION> = defineRelease(DESCRIPTION);
`;
}

function portLines(ports: readonly ReleasePort[]): string {
  return ports
    .map(({ name, shape }) => `    { name: ${quoted(name)}, shape: [${shape.join(", ")}] },`)
    .join("\n");
}

/** A string literal of TypeScript: JSON's, without the two line ends that JSON leaves as they are. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u2028\u2029]/g,
    (it) => `\\u${it.charCodeAt(0).toString(16)}`,
  );
}

/** Text that cannot end a comment. */
function comment(text: string): string {
  return text.replace(/[^\w.-]/g, "_").slice(0, MAX_COMMENT);
}

const MAX_COMMENT = 60;

/** camelCase of letters and digits, and no word that is reserved. */
function nameOf(text: string): string {
  const parts = text.split(/[^A-Za-z0-9]+/).filter((it) => it !== "");
  const name = parts
    .map((it, index) => (index === 0 ? it : `${it.charAt(0).toUpperCase()}${it.slice(1)}`))
    .join("");
  const isPlain = /^[A-Za-z]/.test(name) && !RESERVED.has(name);
  return isPlain ? name : `release${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

const RESERVED: ReadonlySet<string> = new Set(
  (
    "abstract any arguments as async await boolean break case catch class const continue debugger declare default defineRelease " +
    "delete do else enum eval export extends false finally for from function get if implements import in instanceof interface " +
    "let module namespace new null number of package private protected public return set static string super switch symbol this " +
    "throw true try type typeof undefined unknown var void while with yield NaN Infinity DESCRIPTION TypedRelease"
  ).split(" "),
);
