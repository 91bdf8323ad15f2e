import type { CircuitId, ReleaseId } from "@vouch/protocol";
import { policySchema } from "@vouch/protocol";
import * as z from "zod";
import { amountField, hexField, itemsOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

const releaseSchema = z.object({
  id: hexField.transform((id) => id as ReleaseId),
  modelId: z.string(),
  publisher: hexField,
  model: z.string(),
  version: z.string(),
  content: hexField,
  weights: hexField,
  circuit: hexField.transform((id) => id as CircuitId),
  inputFractionBits: z.number(),
  outputFractionBits: z.number(),
  runtime: z.enum(["bitExact", "tolerant", "sampled"]),
  manifest: hexField,
  licence: z.string(),
  royaltyBps: z.number(),
  floor: policySchema,
  uri: z.string(),
  previous: hexField.nullable(),
  successor: hexField.nullable(),
  deprecation: z.string().nullable(),
  deprecatedAt: z.number().nullable(),
  requests: z.number(),
  answers: z.number(),
  fees: amountField,
  royalties: amountField,
  publishedAt: z.number(),
  publishedTx: hexField,
  lastUsedAt: z.number(),
});
const siblingSchema = z.object({
  id: hexField,
  version: z.string(),
  publishedAt: z.number(),
  requests: z.number(),
  deprecatedAt: z.number().nullable(),
});
const circuitSchema = z.object({
  id: hexField,
  registrant: hexField,
  form: z.string(),
  setup: z.string().nullable(),
  r1cs: hexField.nullable(),
  transcript: hexField.nullable(),
  parts: z.unknown(),
  registeredAt: z.number(),
});
const attestationSchema = z.object({
  circuit: hexField,
  verifier: hexField,
  transcript: hexField,
  withdrawn: z.boolean(),
  at: z.number(),
});
const daySchema = z.object({
  at: z.number(),
  /** -1 counts what was asked. */
  kinds: z.number(),
  weak: z.boolean(),
  count: z.number(),
  value: amountField,
  fees: amountField,
});
const paidSchema = z.object({ fee: amountField.nullable(), askedAt: z.number() });

/** A release as the registry's event says it, and how often it was used. */
export type ReleaseRow = z.output<typeof releaseSchema>;
export type ReleaseSibling = z.output<typeof siblingSchema>;
export type CircuitRow = z.output<typeof circuitSchema>;
export type AttestationRow = z.output<typeof attestationSchema>;
export type ReleaseDayRow = z.output<typeof daySchema>;

/** What the page about a release shows beside it. */
export type ReleaseSurroundings = {
  readonly siblings: readonly ReleaseSibling[];
  readonly circuit: CircuitRow | null;
  readonly attestations: readonly AttestationRow[];
  readonly days: readonly ReleaseDayRow[];
  /** Fees of the latest answers that were paid in the native token. */
  readonly fees: readonly bigint[];
};

const RELEASE_FIELDS =
  "id modelId publisher model version content weights circuit inputFractionBits outputFractionBits runtime manifest licence royaltyBps floor uri previous successor deprecation deprecatedAt requests answers fees royalties publishedAt publishedTx lastUsedAt";
const CIRCUIT_FIELDS = "id registrant form setup r1cs transcript parts registeredAt";
const NATIVE = `0x${"0".repeat(40)}`;

export const RELEASE_QUERY = `query Release($id: String!) { release(id: $id) { ${RELEASE_FIELDS} } }`;
export const SURROUNDINGS_QUERY = `query Surroundings($id: String!, $model: String!, $circuit: String!, $since: Int!) {
  siblings: releases(where: { modelId: $model }, orderBy: "publishedAt", orderDirection: "desc", limit: 100) {
    items { id version publishedAt requests deprecatedAt }
  }
  circuit(id: $circuit) { ${CIRCUIT_FIELDS} }
  attestations: setupAttestations(where: { circuit: $circuit }, orderBy: "at", limit: 100) {
    items { circuit verifier transcript withdrawn at }
  }
  days: releaseDays(where: { release: $id, at_gte: $since }, orderBy: "at", limit: 1000) {
    items { at kinds weak count value fees }
  }
  paid: requests(where: { release: $id, status: "fulfilled", token: "${NATIVE}" }, orderBy: "askedAt", orderDirection: "desc", limit: 100) {
    items { fee askedAt }
  }
}`;
export const PARTS_QUERY = `query Parts($ids: [String]) {
  circuits(where: { id_in: $ids }, limit: 256) { items { ${CIRCUIT_FIELDS} } }
  attestations: setupAttestations(where: { circuit_in: $ids }, orderBy: "at", limit: 1000) {
    items { circuit verifier transcript withdrawn at }
  }
}`;

/** Returns a release; null where the indexer knows none with this id. */
export async function readRelease(id: string, signal?: AbortSignal): Promise<ReleaseRow | null> {
  const schema = z.object({ release: releaseSchema.nullable() });
  const { release } = await queryIndexer(schema, RELEASE_QUERY, { id: id.toLowerCase() }, signal);
  return release;
}

/** Returns what is around a release; days from `since` on, in seconds. */
export async function readSurroundings(
  { id, modelId, circuit }: Pick<ReleaseRow, "id" | "modelId" | "circuit">,
  since: number,
  signal?: AbortSignal,
): Promise<ReleaseSurroundings> {
  const schema = z.object({
    siblings: itemsOf(siblingSchema),
    circuit: circuitSchema.nullable(),
    attestations: itemsOf(attestationSchema),
    days: itemsOf(daySchema),
    paid: itemsOf(paidSchema),
  });
  const variables = { id, model: modelId, circuit, since };
  const { paid, ...rest } = await queryIndexer(schema, SURROUNDINGS_QUERY, variables, signal);
  return { ...rest, fees: paid.flatMap(({ fee }) => fee ?? []) };
}

/** Returns circuits that make up another, with who attested their set-ups. */
export function readParts(
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<{
  readonly circuits: readonly CircuitRow[];
  readonly attestations: readonly AttestationRow[];
}> {
  const schema = z.object({
    circuits: itemsOf(circuitSchema),
    attestations: itemsOf(attestationSchema),
  });
  return queryIndexer(schema, PARTS_QUERY, { ids }, signal);
}
