// Writes docs/ops.md: which ONNX ops are read, in which opsets and forms, and what they cost.
//
//   npm run docs:ops
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { OP_SECTIONS } from "./opsDoc/opEntries.ts";
import { renderOps } from "./opsDoc/renderOps.ts";

const path = join(import.meta.dirname, "../docs/ops.md");
const options = await resolveConfig(path);
await writeFile(path, await format(renderOps(OP_SECTIONS), { ...options, filepath: path }));
console.log(`wrote ${path}`);
