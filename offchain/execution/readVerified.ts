import { readFile } from "node:fs/promises";
import { collect, unsealPayload } from "@vouch/sealing/files";
import { ExecutionError } from "./errors.ts";
import type { Executable } from "./executable.ts";
import { sha256Of } from "./sha256Of.ts";

/**
 * Reads an executable's file and demands that it is what was verified: the bytes that are returned are those that were hashed.
 *
 * @throws {ExecutionError} `MODEL_TAMPERED`; `MODEL_LOAD_FAILED` where it cannot be read.
 */
export async function readVerified({
  release,
  path,
  sha256: verified,
  key,
}: Executable): Promise<Uint8Array> {
  const read = async (): Promise<Uint8Array> => {
    const file = await readFile(path);
    return key === undefined ? file : collect(unsealPayload([file], key));
  };
  const bytes = await read().catch((cause: unknown) => {
    throw new ExecutionError({ code: "MODEL_LOAD_FAILED", release }, { cause });
  });
  const found = sha256Of(bytes);
  if (found !== verified)
    throw new ExecutionError({ code: "MODEL_TAMPERED", release, path, verified, found });
  return bytes;
}
