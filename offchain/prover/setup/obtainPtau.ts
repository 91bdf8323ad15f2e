import { createHash, randomBytes } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { PTAU_PINS } from "../ptauPins.ts";
import type { PtauPin } from "../ptauPins.ts";

export type PtauOptions = StepOptions & {
  /** Root of the cache; downloads come to its folder `ptau`. */
  readonly cache: string;
  /** A path, or a URL in place of the pinned one. Its content must have a pinned hash either way. */
  readonly ptau?: string;
  /** Which file: 2^power rows at most. By default the smallest pinned one that serves the circuit. */
  readonly power?: number;
  /** Folders to look in for the file by its public name, before a download. */
  readonly folders?: readonly string[];
  /** Files that are trusted; by default the public ones, `PTAU_PINS`. */
  readonly pins?: readonly PtauPin[];
};

/** A powers-of-tau file on this machine whose content was found to have its pinned hash. */
export type Ptau = { readonly path: string; readonly pin: PtauPin };

/**
 * Finds or downloads the powers of tau for a circuit that needs 2^`needed` rows, and checks its hash.
 *
 * @throws {ProverError} `PTAU_UNPINNED`, `PTAU_TOO_SMALL`; `PTAU_HASH_MISMATCH`; `PTAU_MISSING` with what to fetch and
 * where to put it, where there is no network; `ABORTED`.
 */
export async function obtainPtau(needed: number, options: PtauOptions): Promise<Ptau> {
  const pin = choosePin(needed, options);
  const { ptau, signal } = options;
  const isUrl = ptau !== undefined && /^https?:\/\//.test(ptau);
  const home = join(options.cache, "ptau");
  const candidates =
    ptau !== undefined && !isUrl
      ? [ptau]
      : [...(options.folders ?? []), home].map((folder) => join(folder, pin.file));

  const found = candidates.find((it) => existsSync(it));
  if (found !== undefined) {
    options.onProgress?.(`check ${basename(found)}`);
    const hash = await hashFile(found, "blake2b512", signal).catch((error: unknown) => {
      checkAborted(signal);
      throw error;
    });
    if (hash !== pin.hash) throw mismatch(found, hash, pin);
    return { path: found, pin };
  }
  const url = isUrl ? ptau : pin.url;
  if (ptau !== undefined && !isUrl) throw missing(pin, ptau, undefined);
  return { path: await download(url, home, pin, options), pin };
}

function choosePin(needed: number, { power, pins = PTAU_PINS }: PtauOptions): PtauPin {
  const fitting = pins.filter((it) => it.power >= needed).sort((a, b) => a.power - b.power);
  const pin = power === undefined ? fitting[0] : pins.find((it) => it.power === power);
  if (pin === undefined) throw new ProverError({ code: "PTAU_UNPINNED", power: power ?? needed });
  if (pin.power < needed) {
    throw new ProverError({ code: "PTAU_TOO_SMALL", power: pin.power, needed });
  }
  return pin;
}

async function download(
  url: string,
  folder: string,
  pin: PtauPin,
  { onProgress, signal }: StepOptions,
): Promise<string> {
  const step = `download ${pin.file}`;
  onProgress?.(step, 0);
  const path = join(folder, pin.file);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await mkdir(folder, { recursive: true });
  try {
    const response = await fetch(url, signal === undefined ? {} : { signal });
    if (!response.ok || response.body === null) {
      throw new Error(`the server answered ${response.status}`);
    }
    const length = Number(response.headers.get("content-length") ?? 0);
    const hash = createHash("blake2b512");
    let received = 0;
    const meter = new Transform({
      transform: (chunk: Uint8Array, _encoding, done) => {
        hash.update(chunk);
        received += chunk.length;
        if (length > 0) onProgress?.(step, received / length);
        done(null, chunk);
      },
    });
    const body = Readable.fromWeb(response.body);
    await pipeline(body, meter, createWriteStream(draft), signal === undefined ? {} : { signal });
    const digest = hash.digest("hex");
    if (digest !== pin.hash) throw mismatch(url, digest, pin);
    await rename(draft, path);
    return path;
  } catch (cause) {
    checkAborted(signal);
    if (cause instanceof ProverError) throw cause;
    throw missing(pin, folder, cause);
  } finally {
    await rm(draft, { force: true });
  }
}

function missing(pin: PtauPin, folder: string, cause: unknown): ProverError {
  const { file, url, hash } = pin;
  return new ProverError({ code: "PTAU_MISSING", file, url, hash, folder }, { cause });
}

function mismatch(file: string, hash: string, pin: PtauPin): ProverError {
  return new ProverError({ code: "PTAU_HASH_MISMATCH", file, hash, expected: pin.hash });
}
