import { spawn } from "node:child_process";
import type { PackageManager } from "./command.ts";
import { CreateError } from "./errors.ts";

/**
 * Installs an app's packages; what the package manager says goes to the terminal.
 *
 * @throws {CreateError} `INSTALL_FAILED`.
 */
export async function installPackages(folder: string, manager: PackageManager): Promise<void> {
  const command = `${manager} install`;
  const refused = (cause?: unknown): CreateError =>
    new CreateError({ code: "INSTALL_FAILED", command, folder }, { cause });
  await new Promise<void>((done, fail) => {
    // On Windows package managers are scripts of its shell; the command holds nothing that was typed.
    const child = spawn(command, { cwd: folder, stdio: "inherit", shell: true });
    child.on("error", (error) => {
      fail(refused(error));
    });
    child.on("close", (code) => {
      if (code === 0) done();
      else fail(refused());
    });
  });
}
