import { parseCommand, USAGE } from "../command.ts";
import { createApp } from "../createApp.ts";
import { CreateError } from "../errors.ts";
import { installPackages } from "../installPackages.ts";
import { nextSteps } from "../nextSteps.ts";

/** Runs the command and returns its exit status: 1 where it was refused, and what to do about it is on stderr. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommand(args, process.env["npm_config_user_agent"]);
    if (command === "help") {
      console.log(USAGE);
      return 0;
    }
    const folder = createApp(process.cwd(), command);
    console.log(`Made ${folder}`);
    if (command.install) await installPackages(folder, command.packageManager);
    console.log(nextSteps(command));
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    console.error(error.message);
    return 1;
  }
}
