import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** Makes `--coverage` notice branches too; scripts/coverage.ts reads what was noticed. */
export const branchCoverage: HardhatPlugin = {
  id: "vouch-branch-coverage",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: async () => {
          const { LIBRARY, LIBRARY_NAME, inScratchSpace, instrumentBranches } =
            await import("./instrumentBranches.ts");
          return {
            preprocessProjectFileBeforeBuilding: async (
              context,
              sourceName,
              fsPath,
              fileContent,
              solcVersion,
              next,
            ) => {
              const made = await next(context, sourceName, fsPath, fileContent, solcVersion);
              const path = relative(context.config.paths.root, fsPath);
              if (!context.globalOptions.coverage || !path.startsWith("contracts/")) return made;
              return instrumentBranches(path, await readFile(fsPath, "utf8"), made);
            },
            preprocessSolcInputBeforeBuilding: async (context, solcInput, next) => {
              const made = await next(context, solcInput);
              if (!context.globalOptions.coverage) return made;
              const own = Object.entries(made.sources).filter(([name]) =>
                name.startsWith("__NomicFoundationCoverage"),
              );
              if (own.length !== 1) throw new Error("Hardhat's coverage library is not there");
              for (const [, source] of own) source.content = inScratchSpace(source.content);
              made.sources[LIBRARY_NAME] = { content: LIBRARY };
              return made;
            },
          };
        },
      }),
  },
};
