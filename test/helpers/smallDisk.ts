import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of a test's own, which can be full. */
export type SmallDisk = {
  readonly folder: string;
  /** Bytes that are free. */
  readonly free: () => number;
  /** Takes what is free but for so many bytes; what is written beyond fails with ENOSPC. */
  readonly fill: (spare?: number) => void;
  /** Gives back what `fill` took. */
  readonly makeRoom: () => void;
  readonly unmount: () => void;
};

const CHUNK = Buffer.alloc(2 ** 16, 1);

/** Mounts a file system of so many MiB in memory; undefined where this user may not, directly or by `sudo -n`. */
export function mountSmallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "vouch-disk-"));
  const owner = process.getuid?.() ?? 0;
  const mount = ["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,uid=${owner},mode=0755`];
  const asRoot = [[], ["sudo", "-n"]].find((prefix) => ran([...prefix, ...mount, "vouch", folder]));
  if (asRoot === undefined) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const filler = join(folder, "filler");
  const free = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    free,
    fill(spare = 0) {
      const file = openSync(filler, "a");
      try {
        while (free() > spare)
          writeSync(file, CHUNK, 0, Math.min(CHUNK.length, Math.max(1, free() - spare)));
      } finally {
        closeSync(file);
      }
    },
    makeRoom() {
      rmSync(filler, { force: true });
    },
    unmount() {
      ran([...asRoot, "umount", "-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ran([command = "", ...args]: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false; // not allowed, or not installed
  }
}
