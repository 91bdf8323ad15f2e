import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { checkContributionName } from "@vouch/prover";
import { hashKey, requireKeys } from "./ceremonyFolder.ts";
import { ceremonyId, ceremonyPaths, readCeremonyFacts } from "./ceremonyFacts.ts";
import type { CeremonyFacts } from "./ceremonyFacts.ts";
import { readCeremonyState, settled, syncFolder, writeCeremonyState } from "./ceremonyState.ts";
import type { CeremonyState, Participant } from "./ceremonyState.ts";
import { CeremonyError } from "./errors.ts";
import type { Verifier } from "./openVerifier.ts";
import { partsOf } from "./parts.ts";
import type { CeremonyPart } from "./parts.ts";
import { NO_RECEIPT, receiptHash } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";

export type TurnsOptions = {
  readonly folder: string;
  /** From the start of a turn to its last upload. */
  readonly turnMs: number;
  /** Who does not ask for so long has left. */
  readonly patienceMs: number;
  readonly maxQueue: number;
  /** Whether an address may contribute; absent where nobody has to sign. */
  readonly isAllowed?: (address: string) => boolean;
};

export type TurnsDeps = {
  readonly verifier: Verifier;
  readonly now: () => number;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
};

/** Where a participant stands. */
export type Standing =
  | { readonly status: "waiting"; readonly ahead: number }
  | {
      readonly status: "turn";
      /** The round whose keys are to be contributed to. */
      readonly round: number;
      readonly millisecondsLeft: number;
      readonly uploaded: readonly number[];
    }
  | { readonly status: "verifying" }
  | { readonly status: "accepted"; readonly receipt: Receipt; readonly hash: Hex }
  | { readonly status: "lost"; readonly reason: string };

/** The queue of a ceremony, kept on disk: one participant has the turn, and each valid contribution makes a round. */
export type Turns = {
  readonly facts: CeremonyFacts;
  readonly id: Hex;
  readonly state: () => CeremonyState;
  /** @throws {CeremonyError} `CEREMONY_OVER`, `NAME_TAKEN`, `QUEUE_FULL`, `NOT_ALLOWED`, `REQUEST_INVALID`. */
  readonly join: (name: string, address: string | null) => Promise<{ readonly ticket: string }>;
  /** @throws {CeremonyError} `TOKEN_UNKNOWN`. */
  readonly standingOf: (ticket: string) => Standing;
  /** Where an upload goes to; the signal ends it with the turn. @throws {CeremonyError} `NOT_YOUR_TURN`, `UPLOAD_RUNNING`. */
  readonly beginUpload: (ticket: string, circuit: number) => Upload;
  /** Drops who left or took too long, and lets the next one begin. To be called about once a second; it does not fail. */
  readonly advance: () => Promise<void>;
  /** Ends uploads and verification, and waits for what is being written. Nobody loses a place by it. */
  readonly stop: () => Promise<void>;
};

export type Upload = {
  /** A path that is this upload's alone. */
  readonly draft: string;
  readonly signal: AbortSignal;
  /** Keeps the draft as the turn's key of the circuit; begins to verify once all are there. */
  readonly complete: (sha256: string) => Promise<void>;
  /** To be called once the draft is kept or was removed. */
  readonly end: () => void;
};

type Turn = { readonly id: string; readonly endsAt: number; readonly abort: AbortController };

/**
 * Opens the queue of a ceremony's folder as a crash left it: a round counts once the state names it. The caller holds the
 * folder's lock.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`.
 */
export async function openTurns(options: TurnsOptions, deps: TurnsDeps): Promise<Turns> {
  const { folder } = options;
  const paths = ceremonyPaths(folder);
  const facts = await readCeremonyFacts(folder);
  const id = ceremonyId(facts);
  const parts = partsOf(facts);
  let state = await recover(folder, facts);
  await requireKeys(folder, facts, state);

  const seen = new Map(state.queue.map((it) => [it.id, deps.now()]));
  const uploading = new Set<string>();
  let turn: Turn | undefined;
  let verifying: Promise<void> | undefined;
  let completing: Promise<void> = Promise.resolve();
  let stopped = false;
  let advancing: Promise<void> = Promise.resolve();
  let last: Promise<unknown> = Promise.resolve();
  /** One change after the other; the state in memory is that on disk. */
  const change = async (next: (state: CeremonyState) => CeremonyState): Promise<void> => {
    const work = last.then(async () => {
      const changed = next(state);
      await writeCeremonyState(paths.state, changed);
      state = changed;
    });
    last = work.catch(() => undefined);
    await work;
  };
  const folderOf = (participant: string): string => join(paths.uploads, participant);
  const find = (ticket: string): Participant | undefined => {
    const hashed = hashTicket(ticket);
    return state.queue.find((it) => it.ticket === hashed);
  };

  const leave = async (participant: Participant, reason: string): Promise<void> => {
    if (turn?.id === participant.id) {
      turn.abort.abort();
      turn = undefined;
    }
    seen.delete(participant.id);
    deps.log("turn lost", { participant: participant.id, reason });
    await change((it) => settled(it, participant, { round: null, reason }));
    await rm(folderOf(participant.id), { recursive: true, force: true });
  };

  const verify = async (participant: Participant): Promise<void> => {
    const round = state.rounds.length + 1;
    const circuits: Receipt["circuits"] = [];
    for (const { circuit, sha256 } of participant.uploads.toSorted(
      (a, b) => a.circuit - b.circuit,
    )) {
      const part = parts[circuit];
      if (part === undefined) continue; // not so: an upload is to one of the parts
      const verdict = await deps.verifier.verify({
        initial: paths.key(0, circuit),
        current: paths.key(round - 1, circuit),
        next: join(folderOf(participant.id), `${circuit}.zkey`),
        name: participant.name,
        ...taskOf(part, (index) => paths.key(0, index)),
      });
      if (verdict.refused !== undefined) {
        await leave(
          participant,
          `the contribution to ${part.kind === "link" ? "link" : "circuit"} ${circuit} is refused: ${verdict.refused}`,
        );
        return;
      }
      circuits.push({ contribution: verdict.contribution, key: sha256 });
    }
    await rename(folderOf(participant.id), paths.round(round));
    await syncFolder(join(paths.round(round), ".."));
    const receipt: Receipt = {
      ceremony: id,
      round,
      name: participant.name,
      address: participant.address,
      at: new Date(deps.now()).toISOString(),
      circuits,
      previous: lastReceipt(state),
    };
    await change((it) =>
      settled({ ...it, rounds: [...it.rounds, receipt] }, participant, { round, reason: "" }),
    );
    turn = undefined;
    seen.delete(participant.id);
    deps.log("round complete", { round, participant: participant.id });
  };
  const beginVerifying = (participant: Participant): void => {
    verifying = verify(participant)
      .catch((error: unknown) => {
        if (stopped) return undefined; // what was uploaded is verified when the folder is opened again
        const reason = error instanceof Error ? error.message : String(error);
        deps.log("verifier failed", { participant: participant.id, reason });
        return leave(participant, "the contribution could not be verified here");
      })
      .finally(() => {
        verifying = undefined;
        void advance();
      });
  };

  /** One after the other, so that no key is replaced once those of a turn are being verified. */
  const keep = async (upload: {
    readonly ticket: string;
    readonly participant: Participant;
    readonly circuit: number;
    readonly sha256: string;
    readonly draft: string;
    readonly signal: AbortSignal;
  }): Promise<void> => {
    const { ticket, participant, circuit, sha256, draft, signal } = upload;
    if (signal.aborted || verifying !== undefined)
      throw new CeremonyError({ code: "NOT_YOUR_TURN" });
    const home = folderOf(participant.id);
    await rename(draft, join(home, `${circuit}.zkey`));
    await syncFolder(home);
    const others = ({ uploads }: Participant): Participant["uploads"] =>
      uploads.filter((it) => it.circuit !== circuit);
    await change((it) => ({
      ...it,
      queue: it.queue.map((other) =>
        other.id === participant.id
          ? { ...other, uploads: [...others(other), { circuit, sha256 }] }
          : other,
      ),
    }));
    const now = find(ticket);
    if (now === undefined || !isComplete(now, facts) || turn?.id !== now.id) return;
    turn.abort.abort(); // other uploads of the turn come too late
    beginVerifying(now);
  };

  const step = async (): Promise<void> => {
    if (verifying !== undefined || stopped) return;
    const now = deps.now();
    for (const it of state.queue) {
      const isUploading = [...uploading].some((place) => place.startsWith(`${it.id}/`));
      const hasLeft = now - (seen.get(it.id) ?? now) > options.patienceMs && !isUploading;
      if (hasLeft) await leave(it, "the participant left");
      else if (turn?.id === it.id && now > turn.endsAt) await leave(it, "the time was over");
    }
    const [head] = state.queue;
    if (head === undefined || turn !== undefined) return;
    await mkdir(folderOf(head.id), { recursive: true });
    turn = { id: head.id, endsAt: now + options.turnMs, abort: new AbortController() };
    deps.log("turn", { participant: head.id, round: state.rounds.length });
    if (isComplete(head, facts)) beginVerifying(head); // as a crash left it
  };
  /** A full disk, say, fails this step: the state in memory is still that on disk, and the next step may do. */
  const advance = (): Promise<void> => {
    advancing = advancing.then(step).catch((error: unknown) => {
      deps.log("the queue did not advance", { reason: String(error) });
    });
    return advancing;
  };

  return {
    facts,
    id,
    state: () => state,
    join: async (given, address) => {
      const name = nameOf(given);
      if (state.ended) throw new CeremonyError({ code: "CEREMONY_OVER" });
      const ticket = randomBytes(32).toString("hex");
      const participant: Participant = {
        ...{ id: randomBytes(16).toString("hex"), name, address },
        ...{ ticket: hashTicket(ticket), uploads: [] },
      };
      await change((it) => {
        if (it.queue.length >= options.maxQueue) {
          throw new CeremonyError({ code: "QUEUE_FULL", limit: options.maxQueue });
        }
        if (it.queue.some((other) => other.name === name)) {
          throw new CeremonyError({ code: "NAME_TAKEN", name });
        }
        requireFresh(it, options, address);
        return { ...it, queue: [...it.queue, participant] };
      });
      seen.set(participant.id, deps.now());
      await advance();
      return { ticket };
    },
    standingOf: (ticket) => {
      const participant = find(ticket);
      if (participant === undefined) return outcomeOf(state, hashTicket(ticket));
      seen.set(participant.id, deps.now());
      if (turn?.id !== participant.id) {
        return { status: "waiting", ahead: state.queue.indexOf(participant) };
      }
      if (verifying !== undefined) return { status: "verifying" };
      return {
        status: "turn",
        round: state.rounds.length,
        millisecondsLeft: Math.max(0, turn.endsAt - deps.now()),
        uploaded: participant.uploads.map((it) => it.circuit),
      };
    },
    beginUpload: (ticket, circuit) => {
      const participant = find(ticket);
      if (participant === undefined) throw new CeremonyError({ code: "TOKEN_UNKNOWN" });
      if (turn?.id !== participant.id || verifying !== undefined) {
        throw new CeremonyError({ code: "NOT_YOUR_TURN" });
      }
      const place = `${participant.id}/${circuit}`;
      if (uploading.has(place)) throw new CeremonyError({ code: "UPLOAD_RUNNING" });
      uploading.add(place);
      const { signal } = turn.abort;
      const draft = join(folderOf(participant.id), `${circuit}.part`);
      return {
        draft,
        signal,
        end: () => {
          uploading.delete(place);
          seen.set(participant.id, deps.now());
        },
        complete: (sha256) => {
          const work = completing.then(() =>
            keep({ ticket, participant, circuit, sha256, draft, signal }),
          );
          completing = work.catch(() => undefined);
          return work;
        },
      };
    },
    advance,
    stop: async () => {
      stopped = true;
      turn?.abort.abort();
      deps.verifier.close();
      await verifying;
      await advancing;
      await last;
    },
  };
}

/** Undoes what a crash left half done: files that the state does not name. */
async function recover(folder: string, facts: CeremonyFacts): Promise<CeremonyState> {
  const paths = ceremonyPaths(folder);
  const state = await readCeremonyState(paths.state);
  await mkdir(paths.uploads, { recursive: true });
  const [head] = state.queue;
  const unnamed = paths.round(state.rounds.length + 1);
  if (existsSync(unnamed)) {
    // It was verified; it is again, since who crashed before the state was written may have been changed. Where the
    // uploads are still in their place, it is what a contribution on this machine left.
    const home = join(paths.uploads, head?.id ?? "");
    if (head !== undefined && isComplete(head, facts) && !existsSync(home))
      await rename(unnamed, home);
    else await rm(unnamed, { recursive: true });
  }
  const known = new Set(state.queue.map((it) => it.id));
  for (const name of await readdir(paths.uploads)) {
    if (!known.has(name)) await rm(join(paths.uploads, name), { recursive: true });
  }
  const queue: Participant[] = [];
  for (const it of state.queue) {
    const kept: Participant["uploads"] = [];
    for (const upload of it.uploads) {
      const path = join(paths.uploads, it.id, `${upload.circuit}.zkey`);
      if (existsSync(path) && (await hashKey(path)) === upload.sha256) kept.push(upload);
    }
    queue.push({ ...it, uploads: kept });
  }
  return { ...state, queue };
}

function outcomeOf(state: CeremonyState, ticket: string): Standing {
  const outcome = state.outcomes.find((it) => it.ticket === ticket);
  if (outcome === undefined) throw new CeremonyError({ code: "TOKEN_UNKNOWN" });
  const receipt = outcome.round === null ? undefined : state.rounds[outcome.round - 1];
  return receipt === undefined
    ? { status: "lost", reason: outcome.reason }
    : { status: "accepted", receipt, hash: receiptHash(receipt) };
}

function requireFresh(
  { queue, rounds }: CeremonyState,
  { isAllowed }: TurnsOptions,
  address: string | null,
): void {
  if (isAllowed === undefined) return;
  const refuse = (reason: string): never => {
    throw new CeremonyError({ code: "NOT_ALLOWED", reason });
  };
  if (address === null || !isAllowed(address)) refuse("the address is not on the list");
  if (queue.some((it) => it.address === address)) refuse("the address waits already");
  if (rounds.some((it) => it.address === address)) refuse("the address has contributed");
}

/** @throws {CeremonyError} `REQUEST_INVALID`. */
function nameOf(given: string): string {
  try {
    return checkContributionName(given);
  } catch (cause) {
    const reason = "the name is not 1 to 64 bytes of printable text";
    throw new CeremonyError({ code: "REQUEST_INVALID", reason }, { cause });
  }
}

export function lastReceipt({ rounds }: CeremonyState): Hex {
  const last = rounds.at(-1);
  return last === undefined ? NO_RECEIPT : receiptHash(last);
}

function isComplete({ uploads }: Participant, facts: CeremonyFacts): boolean {
  return partsOf(facts).every(({ index }) => uploads.some((it) => it.circuit === index));
}

/** What a verifier is told of a part. */
function taskOf(part: CeremonyPart, initial: (index: number) => string): PartTask {
  if (part.kind !== "link") return { kind: part.kind };
  return { kind: "link", inference: initial(part.inference), weights: initial(part.weights) };
}

type PartTask =
  | { readonly kind: "plain" | "committed" }
  | { readonly kind: "link"; readonly inference: string; readonly weights: string };

function hashTicket(ticket: string): string {
  return createHash("sha256").update(ticket).digest("hex");
}
