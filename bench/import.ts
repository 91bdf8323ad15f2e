// How long it takes to import a model from disk: copied, hashed, walked and read by the compiler, beside copying and hashing the same file
// alone. Prints JSON.
//
//   npm run bench:import -- [--megabytes 100]
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { importModel } from "@vouch/publisher";
import { floats, node, onnxModel } from "../test/helpers/onnxModel.ts";
import { machineOf } from "./proofs/machineOf.ts";

const ROUNDS = 3;
const WIDTH = 1000;
const BYTES = 4 * WIDTH ** 2;
const { values } = parseArgs({ options: { megabytes: { type: "string", default: "100" } } });
const layers = Math.max(1, Math.round((Number(values.megabytes) * 1e6) / BYTES));
const folder = await mkdtemp(join(tmpdir(), "vouch-bench-import-"));
try {
  const file = join(folder, "wide.onnx");
  const model = wideModel();
  await writeFile(file, model);
  const imported: number[] = [];
  const copied: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    copied.push(await timed(() => copyAndHash(file, join(folder, `copy-${round}`))));
    const options = { into: join(folder, `models-${round}`), licence: "MIT" };
    imported.push(await timed(() => importModel(file, options)));
  }
  const command = `npm run bench:import -- --megabytes ${values.megabytes}`;
  const bytes = model.byteLength;
  const seconds = { import: imported, copyAndHash: copied };
  console.log(
    JSON.stringify({ command, machine: machineOf(), bytes, layers, seconds }, undefined, 2),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Layers of the same width one after another, as large as was asked for. */
function wideModel(): Uint8Array {
  const weights = Array.from({ length: WIDTH ** 2 }, (_, at) => Math.sin(at) / WIDTH);
  const names = Array.from({ length: layers }, (_, layer) => `w${layer}`);
  return onnxModel({
    input: [1, WIDTH],
    initializers: names.map((name) => floats(name, [WIDTH, WIDTH], weights)),
    nodes: names.map((name, at) =>
      node("MatMul", [at === 0 ? "x" : `h${at}`, name], at === layers - 1 ? "y" : `h${at + 1}`),
    ),
  });
}

async function copyAndHash(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(to) as AsyncIterable<Buffer>) hash.update(chunk);
  hash.digest();
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return Math.round(performance.now() - started) / 1000;
}
