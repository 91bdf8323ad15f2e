import { openAsBlob } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { checkContributionName } from "@vouch/prover";
import type { StepOptions } from "@vouch/prover";
import { z } from "zod";
import type { Hex } from "@vouch/protocol";
import { ceremonyFactsSchema, ceremonyId } from "./ceremonyFacts.ts";
import { contributeToPart } from "./contributeToPart.ts";
import { CeremonyError } from "./errors.ts";
import { joinMessage } from "./joinMessage.ts";
import { partName, partsOf } from "./parts.ts";
import type { CeremonyPart } from "./parts.ts";
import { receiptHash, receiptSchema } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";
import { download, inconsistent, openServer, saidSchema } from "./server.ts";
import type { Server } from "./server.ts";

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
  /** Hash of the contribution to each circuit and link, made here: the transcript must list them. */
  readonly contributions: readonly string[];
};

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
  z.object({ status: z.literal("lost"), reason: saidSchema }),
]);
const transcriptSchema = z.object({
  rounds: z.array(z.object({ hash: z.string(), receipt: receiptSchema })),
});

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
  const ceremony = await server.ask(ceremonySchema, "GET", "/ceremony");
  if (ceremonyId(ceremony.facts) !== ceremony.id)
    throw inconsistent("its id is not that of its facts");
  const ticket = await requestTicket(server, ceremony.id, ceremony.signed, options);
  const ask = async (): Promise<z.infer<typeof standingSchema>> =>
    server.ask(standingSchema, "GET", "/turn", { ticket });

  const parts = partsOf(ceremony.facts);
  const folder = await mkdtemp(join(tmpdir(), "vouch-contribute-"));
  const fetched = (index: number): string => join(folder, `${index}.zkey`);
  try {
    const round = await untilTurn(ask, options);
    // Who contributes asks all the while, else the turn is lost.
    const asking = new AbortController();
    const alive = keepAsking(ask, options.pollMs ?? 2000, asking.signal);
    const made: Receipt["circuits"] = [];
    try {
      for (const part of parts) {
        const { index } = part;
        const [from, to] = [fetched(index), join(folder, "to.zkey")];
        const step = `fetch ${partName(part, parts.length)}`;
        onProgress?.(step, 0);
        const onFraction = (fraction: number): void => onProgress?.(step, fraction);
        const sha256 = await currentKey(server, part, round);
        await download(server.url(`/keys/${round}/${index}`), from, sha256, onFraction, options);
        const { entropy } = options;
        const files = { from, to, key: fetched };
        const { hash, sha256: key } = await contributeToPart(part, files, {
          name,
          ...(entropy === undefined ? {} : { entropy }),
          ...(onProgress === undefined ? {} : { onProgress }),
          ...(signal === undefined ? {} : { signal }),
        });
        onProgress?.(`send ${partName(part, parts.length)}`);
        await server.ask(z.unknown(), "PUT", `/contributions/${index}`, {
          ticket,
          body: await openAsBlob(to),
        });
        made.push({ contribution: hash, key });
        if (part.kind === "plain") await rm(from); // keys of links are needed again
      }
    } finally {
      asking.abort();
      await alive;
    }
    const { receipt, hash } = await untilAccepted(ask, options);
    requireOwn(receipt, hash, ceremony.id, name, made);
    const { rounds } = await server.ask(transcriptSchema, "GET", "/transcript");
    const listed = rounds[receipt.round - 1];
    if (listed === undefined || receiptHash(listed.receipt) !== hash) {
      throw inconsistent("the transcript does not list the receipt");
    }
    return { receipt, hash: hash, contributions: made.map((it) => it.contribution) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  const schema = z.object({ ticket: z.string() });
  return (await server.ask(schema, "POST", "/queue", { body: JSON.stringify({ name, ...signed }) }))
    .ticket;
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

/** What the key of a round is to be, by the transcript. */
async function currentKey(
  server: Server,
  { index, initial }: CeremonyPart,
  round: number,
): Promise<string> {
  const { rounds } = await server.ask(transcriptSchema, "GET", "/transcript");
  return rounds[round - 1]?.receipt.circuits[index]?.key ?? initial;
}

function requireOwn(
  receipt: Receipt,
  hash: string,
  ceremony: string,
  name: string,
  made: Receipt["circuits"],
): void {
  // The key as well: one that is not the very file that was sent was made by who has the secret, or from another key.
  const textOf = (circuits: Receipt["circuits"]): string =>
    circuits.map(({ contribution, key }) => `${contribution} ${key}`).join();
  const isOwn =
    receipt.ceremony === ceremony &&
    receipt.name === name &&
    textOf(receipt.circuits) === textOf(made);
  if (!isOwn || receiptHash(receipt) !== hash)
    throw inconsistent("the receipt is not one of this contribution");
}

function lost(reason: string): CeremonyError {
  return new CeremonyError({ code: "TURN_LOST", reason });
}
