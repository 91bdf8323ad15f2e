import { createWriteStream, openAsBlob } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { checkContributionName, contribute } from "@vouch/prover";
import type { StepOptions } from "@vouch/prover";
import { z } from "zod";
import type { Hex } from "@vouch/protocol";
import { ceremonyFactsSchema, ceremonyId } from "./ceremonyFacts.ts";
import type { CeremonyFacts } from "./ceremonyFacts.ts";
import { hashKey } from "./ceremonyFolder.ts";
import { CeremonyError } from "./errors.ts";
import { joinMessage } from "./joinMessage.ts";
import { receiptHash, receiptSchema } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";

export type TakePartOptions = StepOptions & {
  /** Of the coordinator. */
  readonly url: string;
  readonly name: string;
  /** Mixed with the system's randomness, which suffices alone. */
  readonly entropy?: string;
  /** Signs a message (EIP-191), where the ceremony has a list of who may join. */
  readonly sign?: (message: string) => Promise<string>;
  /** How often the coordinator is asked, in milliseconds; it must be well below its patience. */
  readonly pollMs?: number;
};

/** What a participant keeps. */
export type TakenPart = {
  readonly receipt: Receipt;
  readonly hash: Hex;
  /** blake2b-512 of the contribution to each circuit, made here: the transcript must list them. */
  readonly contributions: readonly string[];
};

const TRIES = 5;

const ceremonySchema = z.object({
  id: z.string(),
  facts: ceremonyFactsSchema,
  signed: z.boolean(),
});
const standingSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("waiting"), ahead: z.number() }),
  z.object({ status: z.literal("turn"), round: z.number().int().nonnegative() }),
  z.object({ status: z.literal("verifying") }),
  z.object({ status: z.literal("accepted"), receipt: receiptSchema, hash: z.string() }),
  z.object({ status: z.literal("lost"), reason: z.string() }),
]);
const transcriptSchema = z.object({
  rounds: z.array(z.object({ hash: z.string(), receipt: receiptSchema })),
});
const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Takes part in a ceremony: waits for the turn, fetches the current keys, contributes to each, sends them back, and checks
 * that the receipt and the public transcript list what was contributed. The secrets stay in this process's memory.
 *
 * @throws {CeremonyError} `SERVER_UNREADABLE`, `SERVER_REFUSED`, `TURN_LOST`, `SERVER_INCONSISTENT`; {ProverError} as
 * `contribute`.
 */
export async function takePart(options: TakePartOptions): Promise<TakenPart> {
  const { onProgress, signal, name } = options;
  checkContributionName(name);
  const server = openServer(options.url, signal);
  const ceremony = ceremonySchema.parse(await server.json("GET", "/ceremony"));
  if (ceremonyId(ceremony.facts) !== ceremony.id)
    throw inconsistent("its id is not that of its facts");
  const ticket = await requestTicket(server, ceremony.id, ceremony.signed, options);
  const ask = async (): Promise<z.infer<typeof standingSchema>> =>
    standingSchema.parse(await server.json("GET", "/turn", { ticket }));

  const folder = await mkdtemp(join(tmpdir(), "vouch-contribute-"));
  try {
    const round = await untilTurn(ask, options);
    // Who contributes asks all the while, else the turn is lost.
    const asking = new AbortController();
    const alive = keepAsking(ask, options.pollMs ?? 2000, asking.signal);
    const contributions: string[] = [];
    try {
      for (const circuit of ceremony.facts.circuits.keys()) {
        const [from, to] = [join(folder, "from.zkey"), join(folder, "to.zkey")];
        await download(server, ceremony.facts, { round, circuit }, from, options);
        const { entropy } = options;
        const { hash } = await contribute(from, to, {
          name,
          ...(entropy === undefined ? {} : { entropy }),
          ...(onProgress === undefined ? {} : { onProgress }),
          ...(signal === undefined ? {} : { signal }),
        });
        onProgress?.(`send key ${circuit + 1} of ${ceremony.facts.circuits.length}`);
        await server.json("PUT", `/contributions/${circuit}`, {
          ticket,
          body: await openAsBlob(to),
        });
        contributions.push(hash);
      }
    } finally {
      asking.abort();
      await alive;
    }
    const { receipt, hash } = await untilAccepted(ask, options);
    requireOwn(receipt, hash, ceremony.id, name, contributions);
    const { rounds } = transcriptSchema.parse(await server.json("GET", "/transcript"));
    const listed = rounds[receipt.round - 1];
    if (listed === undefined || receiptHash(listed.receipt) !== hash) {
      throw inconsistent("the transcript does not list the receipt");
    }
    return { receipt, hash: hash, contributions };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Server = {
  readonly url: (path: string) => string;
  readonly json: (
    method: string,
    path: string,
    more?: { readonly ticket?: string; readonly body?: string | Blob },
  ) => Promise<unknown>;
};

function openServer(base: string, signal: AbortSignal | undefined): Server {
  const url = (path: string): string => `${base.replace(/\/+$/, "")}${path}`;
  return {
    url,
    json: async (method, path, { ticket, body } = {}) => {
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
      if (response.ok) return answer;
      const refusal = refusalSchema.safeParse(answer);
      if (!refusal.success)
        throw unreadable(url(path), `it answers ${response.status}`, refusal.error);
      const { code, message } = refusal.data.error;
      throw new CeremonyError({ code: "SERVER_REFUSED", problem: code, reason: message });
    },
  };
}

async function requestTicket(
  server: Server,
  ceremony: Hex,
  mustSign: boolean,
  { name, sign }: TakePartOptions,
): Promise<string> {
  if (mustSign && sign === undefined) {
    const reason = "the ceremony has a list of addresses: give an account to sign with";
    throw new CeremonyError({ code: "NOT_ALLOWED", reason });
  }
  const issuedAt = new Date().toISOString();
  const signed =
    sign === undefined
      ? {}
      : { issuedAt, signature: await sign(joinMessage(ceremony, name, issuedAt)) };
  const answer = await server.json("POST", "/queue", { body: JSON.stringify({ name, ...signed }) });
  return z.object({ ticket: z.string() }).parse(answer).ticket;
}

type Ask = () => Promise<z.infer<typeof standingSchema>>;

async function untilTurn(
  ask: Ask,
  { onProgress, signal, pollMs = 2000 }: TakePartOptions,
): Promise<number> {
  for (;;) {
    const standing = await ask();
    if (standing.status === "turn") return standing.round;
    if (standing.status === "lost") throw lost(standing.reason);
    const ahead = standing.status === "waiting" ? standing.ahead : 0;
    onProgress?.(`wait for the turn, ${ahead} before`);
    await delay(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

async function untilAccepted(
  ask: Ask,
  { onProgress, signal, pollMs = 2000 }: TakePartOptions,
): Promise<{ readonly receipt: Receipt; readonly hash: string }> {
  onProgress?.("wait until it is verified");
  for (;;) {
    const standing = await ask();
    if (standing.status === "accepted") return standing;
    if (standing.status === "lost") throw lost(standing.reason);
    await delay(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Asks until it is told to stop; a question that fails now may succeed next, and what matters fails at the upload. */
async function keepAsking(ask: Ask, pollMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ask().catch(() => undefined);
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Fetches a key, each further try from where the last one ended. */
async function download(
  server: Server,
  { circuits }: CeremonyFacts,
  { round, circuit }: { readonly round: number; readonly circuit: number },
  path: string,
  { onProgress, signal }: StepOptions,
): Promise<void> {
  const url = server.url(`/keys/${round}/${circuit}`);
  const step = `fetch key ${circuit + 1} of ${circuits.length}`;
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
      const total = (resumed ? start : 0) + Number(response.headers.get("content-length") ?? 0);
      let received = resumed ? start : 0;
      const meter = async function* (
        source: AsyncIterable<Uint8Array>,
      ): AsyncGenerator<Uint8Array> {
        for await (const chunk of source) {
          received += chunk.length;
          onProgress?.(step, total > 0 ? received / total : undefined);
          yield chunk;
        }
      };
      const file = createWriteStream(path, { flags: resumed ? "a" : "w" });
      await pipeline(Readable.fromWeb(response.body), meter, file);
      const tag = response.headers.get("etag");
      if (tag !== `"${await hashKey(path)}"`)
        throw inconsistent("a key is not the one that it names");
      return;
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof CeremonyError && cause.code === "SERVER_INCONSISTENT") throw cause;
      if (attempt === TRIES) throw unreadable(url, "the key could not be fetched", cause);
      await delay(attempt * 200, undefined, signal === undefined ? {} : { signal });
    }
  }
}

function requireOwn(
  receipt: Receipt,
  hash: string,
  ceremony: string,
  name: string,
  contributions: readonly string[],
): void {
  const listed = receipt.circuits.map((it) => it.contribution).join();
  const isOwn =
    receipt.ceremony === ceremony && receipt.name === name && listed === contributions.join();
  if (!isOwn || receiptHash(receipt) !== hash)
    throw inconsistent("the receipt is not one of this contribution");
}

function lost(reason: string): CeremonyError {
  return new CeremonyError({ code: "TURN_LOST", reason });
}

function inconsistent(reason: string): CeremonyError {
  return new CeremonyError({ code: "SERVER_INCONSISTENT", reason });
}

function unreadable(url: string, reason: string, cause?: unknown): CeremonyError {
  return new CeremonyError({ code: "SERVER_UNREADABLE", url, reason }, { cause });
}
