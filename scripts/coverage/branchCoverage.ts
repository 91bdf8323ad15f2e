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
          const { LIBRARY, LIBRARY_NAME, instrumentBranches } =
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
              if (context.globalOptions.coverage)
                solcInput.sources[LIBRARY_NAME] = { content: LIBRARY };
              return await next(context, solcInput);
            },
          };
        },
      }),
  },
};
