import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import type { Page } from "./page.ts";

/** One file a package, and tables where a list would be long. */
const MARKDOWN: Partial<PluginOptions> = {
  flattenOutputFiles: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  sanitizeComments: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeDeclarationFormat: "table",
};

/**
 * Returns a page for each package, of what its index.ts exports, by TypeDoc. `names` are folders below offchain/.
 *
 * @throws {Error} where TypeDoc warns: a link of a comment names nothing, a tag is unknown.
 */
export async function typescriptPages(
  root: string,
  names: readonly string[],
): Promise<readonly Page[]> {
  const out = await mkdtemp(join(tmpdir(), "vouch-typedoc-"));
  try {
    const app = await Application.bootstrapWithPlugins({
      plugin: ["typedoc-plugin-markdown"],
      entryPoints: names.map((name) => join(root, "offchain", name, "index.ts")),
      tsconfig: join(root, "tsconfig.json"),
      outputs: [{ name: "markdown", path: out }],
      // Types of the contracts are generated from what the Solidity pages describe.
      exclude: ["**/typechain/**"],
      excludeExternals: true,
      // `npm run typecheck` has errors; this has comments.
      skipErrorChecking: true,
      readme: "none",
      router: "module",
      disableSources: true,
      disableGit: true,
      logLevel: "Warn",
      validation: { notExported: false, invalidLink: true, notDocumented: false },
      ...MARKDOWN,
    });
    const project = await app.convert();
    if (project === undefined) throw new Error("TypeDoc converted nothing");
    app.validate(project);
    await app.generateOutputs(project);
    if (app.logger.hasWarnings() || app.logger.hasErrors()) {
      throw new Error("TypeDoc warns of comments, as printed above: mend them");
    }
    return await Promise.all(
      names.map(async (name) => ({
        path: `typescript/${name.replaceAll("/", ".")}`,
        text: (await readFile(join(out, `${name.replaceAll("/", ".")}.md`), "utf8")).replace(
          /^# .*$/mu,
          `# @vouch/${name}`,
        ),
      })),
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
