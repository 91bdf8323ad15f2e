import { createInterface } from "node:readline";
import { Writable } from "node:stream";

/** Asks for a line on the terminal, which is not shown; from a pipe, reads the first line. */
export async function readTyped(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const terminal = process.stdin.isTTY;
  const lines = createInterface({ input: process.stdin, output: silent, terminal });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
