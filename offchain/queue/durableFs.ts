import { closeSync, fsyncSync, openSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { z } from "zod";

/** An open file of Emscripten's; folders have no descriptor of the system's. */
type FileStream = { readonly nfd?: number; readonly node: unknown };

/** What of PGlite's module is changed; checked, for it is no documented surface. */
const nodeFsSchema = z.custom<{
  readonly stream_ops: Record<string, unknown>;
  readonly realPath: (node: unknown) => string;
}>(
  (it) =>
    typeof it === "object" &&
    it !== null &&
    "stream_ops" in it &&
    typeof it.stream_ops === "object" &&
    "realPath" in it &&
    typeof it.realPath === "function",
);

/** EIO, as Emscripten numbers it. */
const IO_ERROR = 29;

/** A folder whose files reach the disk when PostgreSQL says so, and how often they did. */
export type DurableFs = { readonly fs: NodeFS; readonly flushes: () => number };

/**
 * Returns PGlite's file system over `folder` with `fsync`: PGlite's own has none, so that a commit is in the system's cache only
 * and a power cut takes it back, or a part of it.
 */
export function durableFs(folder: string): DurableFs {
  let flushes = 0;
  const fs = new NodeFS(folder);
  const init = fs.init.bind(fs);
  fs.init = async (pg, options) => {
    const { emscriptenOpts } = await init(pg, options);
    const preRun = [emscriptenOpts.preRun ?? []].flat();
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...preRun,
          (module) => {
            const nodeFs = nodeFsSchema.parse("NODEFS" in module ? module.NODEFS : undefined);
            nodeFs.stream_ops["fsync"] = (stream: FileStream): number => {
              try {
                if (stream.nfd === undefined) flushFolder(nodeFs.realPath(stream.node));
                else fsyncSync(stream.nfd);
                flushes += 1;
                return 0;
              } catch {
                return IO_ERROR; // PostgreSQL panics over it, as it must: the write may be lost
              }
            };
          },
        ],
      },
    };
  };
  return { fs, flushes: () => flushes };
}

function flushFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
