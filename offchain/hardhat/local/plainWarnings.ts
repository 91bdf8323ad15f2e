import type { DestinationStream } from "pino";

/** What pino puts on every line, and what is apart from the rest here. */
const OWN = new Set(["level", "time", "pid", "hostname", "msg"]);

/** A destination for pino that writes a warning as a line to read: what happened, then what it says of that. */
export function plainWarnings(write: (line: string) => void): DestinationStream {
  return {
    write(text) {
      const line = JSON.parse(text) as Readonly<Record<string, unknown>> & {
        readonly msg?: string;
      };
      const about = Object.entries(line)
        .filter(([name]) => !OWN.has(name))
        .map(([name, value]) => `${name} ${textOf(value)}`);
      write(`vouch: ${[line.msg ?? "warning", ...about].join(", ")}\n`);
    },
  };
}

/** Of an error what it says, and not where it came from. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "message" in value)
    return String(value.message);
  return JSON.stringify(value);
}
