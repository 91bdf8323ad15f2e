// How long a model takes to be stored by content, and to come back: import from disk, export with every block verified, and fetching over HTTP of
// this machine with 1, 2, 4 and 8 blocks asked for at once; megabytes a second. Prints JSON.
//
//   npm run bench:storage -- [--megabytes 100]
import { randomFillSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ContentId } from "@vouch/storage";
import { diskBlocks, exportTo, fetchDag, importPath, mirrorSource } from "@vouch/storage";
import { serveBlocks } from "../test/helpers/storageServer.ts";
import { machineOf } from "./proofs/machineOf.ts";

const PARALLEL = [1, 2, 4, 8];
const { values } = parseArgs({ options: { megabytes: { type: "string", default: "100" } } });
const megabytes = Number(values.megabytes);
const folder = await mkdtemp(join(tmpdir(), "vouch-bench-storage-"));
try {
  const model = join(folder, "model.onnx");
  await writeFile(model, randomFillSync(Buffer.alloc(megabytes * 1e6)));
  const blocks = diskBlocks(join(folder, "blocks"));
  let root = "" as ContentId;
  const imported = await timed(async () => ({ root } = await importPath(model, { blocks })));
  const exported = await timed(() => exportTo(root, join(folder, "again.onnx"), { blocks }));

  const served = new Map<ContentId, Uint8Array>();
  for await (const { id } of blocks.list()) served.set(id, await blocks.get(id));
  const server = await serveBlocks(served, (bytes, response) => response.end(bytes));
  const fetched: Record<string, Figures> = {};
  for (const parallel of PARALLEL) {
    const into = diskBlocks(join(folder, `fetched-${parallel}`));
    const sources = [mirrorSource(server.url)];
    fetched[`${parallel} at once`] = await timed(() =>
      fetchDag(root, { blocks: into, sources, parallel }),
    );
  }
  await server.close();
  const command = `npm run bench:storage -- --megabytes ${values.megabytes}`;
  const result = { command, machine: machineOf(), imported, exported, fetched };
  console.log(JSON.stringify(result, undefined, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

type Figures = { readonly seconds: number; readonly megabytesPerSecond: number };

async function timed(run: () => Promise<unknown>): Promise<Figures> {
  const started = performance.now();
  await run();
  const seconds = (performance.now() - started) / 1000;
  return {
    seconds: Math.round(seconds * 100) / 100,
    megabytesPerSecond: Math.round(megabytes / seconds),
  };
}
