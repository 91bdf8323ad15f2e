import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import { CeremonyError } from "./errors.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

/** What a ceremony is about, fixed when it begins. */
export const ceremonyFactsSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(200),
  powers: z.strictObject({
    origin: z.enum(["public", "development"]),
    blake2b: z.string().regex(/^[0-9a-f]{128}$/),
    /** Base-2 logarithm of the rows that it serves. */
    power: z.number().int().min(1).max(28),
  }),
  /** In the order of the segments, where the model is cut. */
  circuits: z
    .array(
      z.strictObject({
        r1cs: hash,
        constraints: z.number().int().nonnegative(),
        /** sha256 of the initial key. */
        initial: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(64),
});

export type CeremonyFacts = Readonly<z.infer<typeof ceremonyFactsSchema>>;

/** Paths inside a ceremony's folder; round 0 is that of the initial keys. */
export type CeremonyPaths = {
  readonly facts: string;
  readonly state: string;
  readonly powers: string;
  readonly uploads: string;
  readonly r1cs: (circuit: number) => string;
  readonly round: (round: number) => string;
  readonly key: (round: number, circuit: number) => string;
};

export function ceremonyPaths(folder: string): CeremonyPaths {
  const round = (number: number): string => join(folder, "keys", String(number).padStart(4, "0"));
  return {
    facts: join(folder, "ceremony.json"),
    state: join(folder, "state.json"),
    powers: join(folder, "powers.ptau"),
    uploads: join(folder, "uploads"),
    r1cs: (circuit) => join(folder, "circuits", `${circuit}.r1cs`),
    round,
    key: (number, circuit) => join(round(number), `${circuit}.zkey`),
  };
}

/** Identifies a ceremony: the hash of its facts. Signatures and receipts name it. */
export function ceremonyId(facts: CeremonyFacts): Hex {
  return contentId(Buffer.from(JSON.stringify(facts), "utf8"));
}

/** @throws {CeremonyError} `FOLDER_INVALID`. */
export async function readCeremonyFacts(folder: string): Promise<CeremonyFacts> {
  try {
    const text = await readFile(ceremonyPaths(folder).facts, "utf8");
    return ceremonyFactsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = "ceremony.json is missing or not what a ceremony begins with";
    throw new CeremonyError({ code: "FOLDER_INVALID", folder, reason }, { cause });
  }
}
