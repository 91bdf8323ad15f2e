import { parseCommand, USAGE } from "../command.ts";
import { createApp } from "../createApp.ts";
import { CreateError } from "../errors.ts";
import { installPackages } from "../installPackages.ts";
import { nextSteps } from "../nextSteps.ts";

/** What shells report of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Runs the command and returns its exit status: 1 where it was refused, 130 where it was stopped, and what to do about it is on
 * stderr. The files are written at once, so that whoever stops it finds all of them or none.
 */
export async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const command = parseCommand(args, process.env["npm_config_user_agent"]);
    if (command === "help") {
      console.log(USAGE);
      return 0;
    }
    const folder = createApp(process.cwd(), command);
    console.log(`Made ${folder}`);
    if (command.install) await installPackages(folder, command.packageManager, stop.signal);
    console.log(nextSteps(command));
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    console.error(error.message);
    return error.code === "STOPPED" ? INTERRUPTED : 1;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}
