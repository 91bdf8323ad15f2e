import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { CeremonyError } from "./errors.ts";
import { receiptSchema } from "./receipt.ts";

const uploadSchema = z.strictObject({
  circuit: z.number().int().nonnegative(),
  sha256: z.string(),
});

/** Somebody who waits, or whose turn it is. */
const participantSchema = z.strictObject({
  /** Public; the name of the folder of the uploads. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  name: z.string(),
  address: z.string().nullable(),
  /** sha256 of the ticket, which only the participant has. */
  ticket: z.string(),
  /** Keys of the turn that are complete on disk. */
  uploads: z.array(uploadSchema),
});

/** What became of a participant who waits no more. */
const outcomeSchema = z.strictObject({
  ticket: z.string(),
  /** The round that the participant made; null where there is a reason why not. */
  round: z.number().int().positive().nullable(),
  reason: z.string(),
});

/** All that a coordinator must not lose. */
export const ceremonyStateSchema = z.strictObject({
  version: z.literal(1),
  rounds: z.array(receiptSchema),
  queue: z.array(participantSchema),
  /** The last ones. */
  outcomes: z.array(outcomeSchema),
  /** Whether a beacon made the last round. */
  ended: z.boolean(),
});

export type CeremonyState = Readonly<z.infer<typeof ceremonyStateSchema>>;
export type Participant = CeremonyState["queue"][number];
export type Outcome = CeremonyState["outcomes"][number];

export const FIRST_STATE: CeremonyState = {
  version: 1,
  rounds: [],
  queue: [],
  outcomes: [],
  ended: false,
};

const MAX_OUTCOMES = 1000;

/** The state once a participant waits no more. */
export function settled(
  state: CeremonyState,
  participant: Participant,
  outcome: Pick<Outcome, "round" | "reason">,
): CeremonyState {
  const outcomes = [...state.outcomes, { ticket: participant.ticket, ...outcome }];
  return {
    ...state,
    queue: state.queue.filter((it) => it.id !== participant.id),
    outcomes: outcomes.slice(-MAX_OUTCOMES),
  };
}

/** @throws {CeremonyError} `FOLDER_INVALID`. */
export async function readCeremonyState(path: string): Promise<CeremonyState> {
  try {
    return ceremonyStateSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const reason = "state.json is missing or damaged";
    throw new CeremonyError({ code: "FOLDER_INVALID", folder: dirname(path), reason }, { cause });
  }
}

/** Replaces the state: after a crash at any instant the file is the old or the new one, complete. */
export async function writeCeremonyState(path: string, state: CeremonyState): Promise<void> {
  const draft = `${path}.part`;
  const file = await open(draft, "w");
  try {
    await file.writeFile(JSON.stringify(state));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes names that were created or renamed in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
