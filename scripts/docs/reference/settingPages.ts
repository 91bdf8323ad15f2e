import { code, escaped, table } from "./page.ts";
import type { Page } from "./page.ts";

/** A setting as a program's own help lists it. */
export type Setting = readonly [flag: string, variable: string, value: string, meaning: string];

/** Returns a page for each of our programs: the settings of its schema. */
export function settingPages(
  programs: Readonly<Record<string, readonly Setting[]>>,
): readonly Page[] {
  return Object.entries(programs).map(([name, settings]) => ({
    path: `settings/${name}`,
    text: [
      `# ${name}`,
      "As flags, as variables, or as members of the file that `--config` names; a flag beats a variable, a variable the file.",
      table(
        ["flag", "variable", "default", ""],
        settings.map(([flag, variable, value, meaning]) => [
          code(flag),
          code(variable),
          code(value),
          escaped(meaning),
        ]),
      ),
    ].join("\n\n"),
  }));
}
