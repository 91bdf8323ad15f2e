import { spawn } from "node:child_process";
import type { PackageManager } from "./command.ts";
import { CreateError } from "./errors.ts";

/**
 * Installs an app's packages; what the package manager says goes to the terminal. An aborted `signal` ends the package manager, too.
 *
 * @throws {CreateError} `INSTALL_FAILED`; `STOPPED` where `signal` is aborted.
 */
export async function installPackages(
  folder: string,
  manager: PackageManager,
  signal: AbortSignal,
): Promise<void> {
  const command = `${manager} install`;
  const stopped = (): CreateError => new CreateError({ code: "STOPPED", command, folder });
  if (signal.aborted) throw stopped();
  await new Promise<void>((done, fail) => {
    // On Windows package managers are scripts of its shell; elsewhere a shell would take the signals that are meant for them.
    const isShell = process.platform === "win32";
    const child = isShell
      ? spawn(command, { cwd: folder, stdio: "inherit", shell: true })
      : spawn(manager, ["install"], { cwd: folder, stdio: "inherit" });
    const stop = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    child.on("error", (cause) => {
      fail(new CreateError({ code: "INSTALL_FAILED", command, folder }, { cause }));
    });
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) fail(stopped());
      else if (code === 0) done();
      else fail(new CreateError({ code: "INSTALL_FAILED", command, folder }));
    });
  });
}
