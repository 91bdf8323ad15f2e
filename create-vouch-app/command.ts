import { basename } from "node:path";
import { parseArgs } from "node:util";
import { CreateError } from "./errors.ts";

/** What can run the install. */
export const PACKAGE_MANAGERS = ["npm", "pnpm", "yarn"] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

/** What the packages can start with, by its folder here. */
export const TEMPLATES = { hardhat: "template" } as const;
export type Template = keyof typeof TEMPLATES;

/** What is to be made. */
export type CreateCommand = {
  /** Below the current folder, as it was given. */
  readonly folder: string;
  /** Of the package. */
  readonly name: string;
  readonly template: Template;
  readonly packageManager: PackageManager;
  readonly install: boolean;
};

export const USAGE = `Usage: npx create-vouch-app [folder] [options]

Makes a Hardhat project with a contract that acts on verified inferences. The folder is vouch-app if left out.

  --name <name>             of the package; that of the folder if left out
  --template <template>     ${Object.keys(TEMPLATES).join(", ")}
  --package-manager <it>    ${PACKAGE_MANAGERS.join(", ")}; the one that runs this if left out
  --no-install              writes the files only
  --help                    prints this`;

/** What npm takes: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const MAX_NAME = 214;
/** Names of folders and files that npm needs or that browsers ask for: it refuses them. */
const REFUSED_NAMES: readonly string[] = ["node_modules", "favicon.ico"];

/**
 * Reads the arguments. `userAgent` is what package managers set as `npm_config_user_agent`: `npm/11.0.0 node/v22 ...`.
 *
 * @throws {CreateError} `ARGUMENT_UNKNOWN`, `CHOICE_UNKNOWN`, `NAME_INVALID`.
 */
export function parseCommand(
  args: readonly string[],
  userAgent: string | undefined,
): CreateCommand | "help" {
  const { values, positionals } = parsed(args);
  if (values.help === true) return "help";
  const [folder = "vouch-app", extra] = positionals;
  if (extra !== undefined)
    throw new CreateError({ code: "ARGUMENT_UNKNOWN", reason: `"${extra}" is one too many.` });
  const name = values.name ?? basename(folder);
  if (name.length > MAX_NAME || !PACKAGE_NAME.test(name) || REFUSED_NAMES.includes(name))
    throw new CreateError({ code: "NAME_INVALID", name });
  const running = PACKAGE_MANAGERS.find((it) => userAgent?.startsWith(`${it}/`)) ?? "npm";
  return {
    folder,
    name,
    template: choice("template", values.template ?? "hardhat", templates),
    packageManager: choice(
      "package-manager",
      values["package-manager"] ?? running,
      PACKAGE_MANAGERS,
    ),
    install: values["no-install"] !== true,
  };
}

const templates = Object.keys(TEMPLATES) as readonly Template[];

const OPTIONS = {
  name: { type: "string" },
  template: { type: "string" },
  "package-manager": { type: "string" },
  "no-install": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parsed(args: readonly string[]): ReturnType<typeof parseStrictly> {
  try {
    return parseStrictly(args);
  } catch (error) {
    const reason =
      error instanceof Error ? `${error.message}.` : "The arguments are not understood.";
    throw new CreateError({ code: "ARGUMENT_UNKNOWN", reason }, { cause: error });
  }
}

// Its return type is what parseArgs makes of OPTIONS.
const parseStrictly = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

function choice<T extends string>(option: string, given: string, known: readonly T[]): T {
  const found = known.find((it) => it === given);
  if (found === undefined) throw new CreateError({ code: "CHOICE_UNKNOWN", option, given, known });
  return found;
}
