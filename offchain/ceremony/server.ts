import { createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { StepOptions } from "@vouch/prover";
import { z } from "zod";
import { hashKey } from "./ceremonyFolder.ts";
import { CeremonyError } from "./errors.ts";
import { printable } from "./printable.ts";

const TRIES = 5;
/** What a coordinator says to be read. */
export const saidSchema = z.string().transform(printable);
const refusalSchema = z.object({ error: z.object({ code: saidSchema, message: saidSchema }) });

/** A coordinator as a participant or an onlooker asks it. */
export type Server = {
  readonly url: (path: string) => string;
  /** @throws {CeremonyError} `SERVER_UNREADABLE` also where the answer is not of the schema; `SERVER_REFUSED`. */
  readonly ask: <T>(
    schema: z.ZodType<T>,
    method: string,
    path: string,
    more?: { readonly ticket?: string; readonly body?: string | Blob },
  ) => Promise<T>;
};

/** Opens a coordinator by its URL; its refusals are `SERVER_REFUSED`. */
export function openServer(base: string, signal: AbortSignal | undefined): Server {
  const url = (path: string): string => `${base.replace(/\/+$/, "")}${path}`;
  return {
    url,
    ask: async (schema, method, path, { ticket, body } = {}) => {
      const response = await fetch(url(path), {
        method,
        headers: {
          ...(ticket === undefined ? {} : { authorization: `Bearer ${ticket}` }),
          ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      }).catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw unreadable(url(path), "no connection, or it was cut", cause);
      });
      const answer: unknown = await response.json().catch((cause: unknown) => {
        throw unreadable(url(path), `its answer ${response.status} is no JSON`, cause);
      });
      if (response.ok) {
        const parsed = schema.safeParse(answer);
        if (parsed.success) return parsed.data;
        throw unreadable(url(path), "its answer is not what a coordinator says", parsed.error);
      }
      const refusal = refusalSchema.safeParse(answer);
      if (!refusal.success)
        throw unreadable(url(path), `it answers ${response.status}`, refusal.error);
      const { code, message } = refusal.data.error;
      throw new CeremonyError({ code: "SERVER_REFUSED", problem: code, reason: message });
    },
  };
}

/**
 * Fetches a file, each further try from where the last one ended.
 *
 * @param sha256 of the file where it is known, hex
 * @throws {CeremonyError} `SERVER_UNREADABLE`, `SERVER_INCONSISTENT`.
 */
export async function download(
  url: string,
  path: string,
  sha256: string | undefined,
  onFraction: (fraction: number) => void,
  { signal }: Pick<StepOptions, "signal">,
): Promise<void> {
  await rm(path, { force: true });
  for (let attempt = 1; ; attempt++) {
    const start = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    try {
      const response = await fetch(url, {
        headers: start === 0 ? {} : { range: `bytes=${start}-` },
        ...(signal === undefined ? {} : { signal }),
      });
      if (!response.ok || response.body === null)
        throw unreadable(url, `it answers ${response.status}`);
      const resumed = response.status === 206;
      let received = resumed ? start : 0;
      const total = received + Number(response.headers.get("content-length") ?? 0);
      const meter = async function* (
        source: AsyncIterable<Uint8Array>,
      ): AsyncGenerator<Uint8Array> {
        for await (const chunk of source) {
          received += chunk.length;
          if (total > 0) onFraction(received / total);
          yield chunk;
        }
      };
      const file = createWriteStream(path, { flags: resumed ? "a" : "w" });
      await pipeline(Readable.fromWeb(response.body), meter, file);
      break;
    } catch (cause) {
      signal?.throwIfAborted();
      if (attempt === TRIES) throw unreadable(url, "the file could not be fetched", cause);
      await delay(attempt * 200, undefined, signal === undefined ? {} : { signal });
    }
  }
  if (sha256 !== undefined && (await hashKey(path)) !== sha256) {
    throw inconsistent(`${url} is not the file that it names`);
  }
}

export function inconsistent(reason: string): CeremonyError {
  return new CeremonyError({ code: "SERVER_INCONSISTENT", reason });
}

export function unreadable(url: string, reason: string, cause?: unknown): CeremonyError {
  return new CeremonyError({ code: "SERVER_UNREADABLE", url, reason }, { cause });
}
