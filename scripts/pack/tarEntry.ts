/** Bytes of a header and of every block (POSIX.1-1988, ustar). */
const BLOCK = 512;

/**
 * Returns the bytes of a file in a tar archive, by its full name.
 *
 * @throws {Error} where the archive has no such file.
 */
export function readEntry(archive: Buffer, name: string): Buffer {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const size = Number.parseInt(textAt(archive, at + 124, 12), 8) || 0;
    const start = at + BLOCK;
    if (textAt(archive, at, 100) === name) return archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new Error(`the archive has no ${name}`);
}

/** Text up to its first zero byte. */
function textAt(archive: Buffer, from: number, length: number): string {
  return archive.toString("latin1", from, from + length).split("\0", 1)[0] ?? "";
}
