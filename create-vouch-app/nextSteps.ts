import type { CreateCommand } from "./command.ts";

/** Returns what to type next. */
export function nextSteps({ folder, install, packageManager }: CreateCommand): string {
  const steps = [
    [`cd ${/\s/.test(folder) ? `"${folder}"` : folder}`, ""],
    ...(install ? [] : [[`${packageManager} install`, ""]]),
    [`${packageManager} test`, "a contract acts on a proven inference"],
    [`${packageManager} run ask`, "asks for one and keeps its receipt"],
    [`${packageManager} run page`, "the same from a browser"],
  ];
  return ["", "Next:", ...steps.map(([it = "", why = ""]) => `  ${it.padEnd(18)} ${why}`.trimEnd())]
    .join("\n")
    .concat("\n");
}
