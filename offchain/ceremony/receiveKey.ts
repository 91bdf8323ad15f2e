import { createHash } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { CeremonyError } from "./errors.ts";
import type { Upload } from "./openTurns.ts";

/**
 * Streams an uploaded key to disk. Its length is known before the first byte: that of the current key and one record.
 *
 * @param record fewest and most bytes of a record
 * @throws {CeremonyError} `LENGTH_REQUIRED`, `UPLOAD_LENGTH`, `UPLOAD_TRUNCATED`; `NOT_YOUR_TURN` also where the turn ends
 * meanwhile; those of `beginUpload`.
 */
export async function receiveKey(
  request: IncomingMessage,
  begin: () => Upload,
  current: string,
  record: { readonly least: number; readonly most: number },
): Promise<void> {
  const given = request.headers["content-length"];
  if (given === undefined) throw new CeremonyError({ code: "LENGTH_REQUIRED" });
  const expected = Number(given);
  const upload = begin();
  try {
    const { size } = await stat(current);
    if (expected < size + record.least || expected > size + record.most) {
      const limit = size + record.most;
      throw new CeremonyError({ code: "UPLOAD_LENGTH", bytes: expected, expected: limit });
    }
    const sha256 = await store(request, upload, expected);
    await upload.complete(sha256);
  } catch (error) {
    await rm(upload.draft, { force: true });
    if (upload.signal.aborted) throw new CeremonyError({ code: "NOT_YOUR_TURN" }, { cause: error });
    throw error;
  } finally {
    upload.end();
  }
}

async function store(
  request: IncomingMessage,
  { draft, signal }: Upload,
  expected: number,
): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(draft, "w");
  const stop = (): void => {
    request.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  let received = 0;
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer; // no encoding is set
      received += bytes.length;
      hash.update(bytes);
      await file.writeFile(bytes);
    }
    await file.sync();
  } catch (cause) {
    throw new CeremonyError({ code: "UPLOAD_TRUNCATED", bytes: received, expected }, { cause });
  } finally {
    signal.removeEventListener("abort", stop);
    await file.close();
  }
  if (received !== expected) {
    throw new CeremonyError({ code: "UPLOAD_TRUNCATED", bytes: received, expected });
  }
  return hash.digest("hex");
}
