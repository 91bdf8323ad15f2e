import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import { CeremonyError } from "./errors.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

const name = z.string().min(1).max(200);
const powers = z.strictObject({
  origin: z.enum(["public", "development"]),
  blake2b: z.string().regex(/^[0-9a-f]{128}$/),
  /** Base-2 logarithm of the rows that it serves. */
  power: z.number().int().min(1).max(28),
});
const circuit = z.strictObject({
  r1cs: hash,
  constraints: z.number().int().nonnegative(),
  /** sha256 of the initial key. */
  initial: z.string().regex(/^[0-9a-f]{64}$/),
});
const place = z.number().int().min(0).max(63);

/** Of plain Groth16. */
const plainFactsSchema = z.strictObject({
  version: z.literal(1),
  name,
  powers,
  /** In the order of the segments, where the model is cut. */
  circuits: z.array(circuit).min(1).max(64),
});

/** Of commit-and-prove. */
const committedFactsSchema = z.strictObject({
  version: z.literal(2),
  system: z.literal("committedGroth16"),
  name,
  powers,
  circuits: z
    .array(
      circuit.extend({
        groups: z.strictObject({
          weights: z.number().int().nonnegative(),
          advice: z.number().int().positive(),
        }),
      }),
    )
    .min(1)
    .max(64),
  /** Circuits, by their places, whose weights are linked; every circuit with private weights has one. */
  links: z
    .array(z.strictObject({ inference: place, weights: place, initial: circuit.shape.initial }))
    .max(64),
});

/** What a ceremony is about, fixed when it begins. */
export const ceremonyFactsSchema = z
  .discriminatedUnion("version", [plainFactsSchema, committedFactsSchema])
  .refine(isWhole, "links are not those of the circuits");

export type PlainFacts = Readonly<z.infer<typeof plainFactsSchema>>;
export type CommittedFacts = Readonly<z.infer<typeof committedFactsSchema>>;
export type CeremonyFacts = Readonly<z.infer<typeof ceremonyFactsSchema>>;

/** Each link is between two circuits of as many weights, and each circuit with weights is in one. */
function isWhole(facts: z.infer<typeof plainFactsSchema | typeof committedFactsSchema>): boolean {
  if (facts.version === 1) return true;
  const { circuits, links } = facts;
  const weightsAt = (at: number): number => circuits[at]?.groups.weights ?? 0;
  const isLinked = (at: number): boolean =>
    links.some(({ inference, weights }) => at === inference || at === weights);
  const proven = new Set(links.map(({ inference }) => inference));
  return (
    proven.size === links.length &&
    links.every(
      ({ inference, weights }) =>
        !proven.has(weights) &&
        weightsAt(inference) > 0 &&
        weightsAt(inference) === weightsAt(weights),
    ) &&
    circuits.every((_, at) => isLinked(at) === weightsAt(at) > 0)
  );
}

/**
 * Paths inside a ceremony's folder; round 0 is that of the initial keys. Links are numbered behind the circuits, and their
 * files are called as keys are.
 */
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
