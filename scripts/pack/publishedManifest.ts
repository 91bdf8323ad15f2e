import type { Manifest } from "./workspaces.ts";

const LEFT_OUT: readonly string[] = ["scripts", "files"];

/** How an export of a package is found once it is JavaScript. */
type Target = string | { readonly types: string; readonly default: string };

/**
 * Returns the manifest that a package is published with: its exports are JavaScript with declarations, and scripts of the
 * repository are left out, like the list of files, for a package's folder holds nothing else.
 */
export function publishedManifest(manifest: Manifest): Readonly<Record<string, unknown>> {
  const kept = Object.entries(manifest).filter(([name]) => !LEFT_OUT.includes(name));
  const { exports } = manifest;
  return {
    ...Object.fromEntries(kept),
    engines: { node: ">=20" },
    ...(exports === undefined ? {} : { exports: publishedExports(exports) }),
  };
}

function publishedExports(
  exports: Readonly<Record<string, string>>,
): Readonly<Record<string, Target>> {
  const targets = Object.entries(exports).map(([name, path]) => [name, publishedTarget(path)]);
  return {
    ...(Object.fromEntries(targets) as Record<string, Target>),
    "./package.json": "./package.json",
  };
}

function publishedTarget(path: string): Target {
  if (!path.endsWith(".ts")) return path;
  const stem = path.slice(0, -".ts".length);
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}
