import type { Writer } from "../writer.ts";

/** The text of a main file with public signals `[z, b, third]`. */
export function mainFile(
  body: readonly (readonly string[])[],
  files: readonly string[],
  third: "e" | "W" = "e",
): string {
  return `pragma circom 2.2.0;

${files.map((file) => `include "${file}.circom";`).join("\n")}

template Model() {
${body
  .filter((lines) => lines.length > 0)
  .map((lines) => lines.map((line) => `    ${line}\n`).join(""))
  .join("\n")}}

component main {public [z, b, ${third}]} = Model();
`;
}

/** A writer that remembers the files of what it calls. */
export type RecordingWriter = Writer & { readonly files: () => readonly string[] };

export function recordFiles(writer: Writer): RecordingWriter {
  const files = new Set<string>();
  return {
    ...writer,
    call: (it, ...inputs) => {
      files.add(it.file);
      return writer.call(it, ...inputs);
    },
    statements: (step) => {
      if (step.kind === "template") files.add(step.template.file);
      return writer.statements(step);
    },
    files: () => [...files].sort(),
  };
}
