// Serves dist/packages as npm's registry does, until Ctrl-C: `npm run pack && npm run registry`.
import { join } from "node:path";
import { serveRegistry } from "./pack/registry.ts";
import { ROOT } from "./pack/workspaces.ts";

const upstream = process.env["npm_config_registry"] ?? "https://registry.npmjs.org/";
const { url } = await serveRegistry(join(ROOT, "dist/packages"), upstream);
console.log(`Packages of this checkout: npm install --registry ${url} @vouch/sdk`);
