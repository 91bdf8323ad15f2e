// Serves or builds the documentation: its reference is made from the sources first. Its links are checked after a build.
//
//   npm run docs:dev | docs:build | docs:preview
import { join } from "node:path";
import hre from "hardhat";
import { build, createServer, serve } from "vitepress";
import { writeReference } from "./docs/reference/writeReference.ts";
import { checkLinks } from "./docs/site/checkLinks.ts";

const root = join(import.meta.dirname, "..");
const docs = join(root, "docs");
const site = join(root, "dist/docs");
const [command = "build"] = process.argv.slice(2);

if (command === "preview") {
  await serve({ root: docs });
} else {
  await writeReference(root, hre.tasks.rootTasks.values());
  if (command === "dev") {
    const server = await createServer(docs);
    await server.listen();
    server.printUrls();
  } else {
    await build(docs);
    const findings = await checkLinks(site, process.env["DOCS_BASE"] ?? "/");
    for (const { at, what } of findings) console.error(`${at}: ${what}`);
    if (findings.length > 0) process.exitCode = 1;
    else console.log(`${site}: every link leads somewhere`);
  }
}
