import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** Where a build leaves the modules, below the project. */
const FOLDER = "offchain/protocol/abi";

/** Writes the ABIs that `@vouch/protocol` imports with every build, as TypeChain does its types. */
export const abiModules: HardhatPlugin = {
  id: "vouch-abi-modules",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            processArtifactsAfterSuccessfulBuild: async (context, artifactPaths) => {
              const { abiFiles } = await import("./abiFiles.ts");
              const folder = join(context.config.paths.root, FOLDER);
              await mkdir(folder, { recursive: true });
              for (const [name, text] of await abiFiles([...artifactPaths]))
                await writeChanged(join(folder, name), text);
            },
          }),
      }),
  },
};

/** Leaves a file alone that says this already: another process may be reading it. */
async function writeChanged(path: string, text: string): Promise<void> {
  const known = await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (known !== text) await writeFile(path, text);
}
