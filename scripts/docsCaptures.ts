// Runs the commands that the pages show, and keeps what they print as pictures in docs/pictures/: `npm run docs:captures`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCaptures } from "./docs/captures/runCaptures.ts";

const root = join(import.meta.dirname, "..");
for (const [name, picture] of await runCaptures(root)) {
  const path = join("docs/pictures", name);
  await writeFile(join(root, path), picture);
  console.log(path);
}
