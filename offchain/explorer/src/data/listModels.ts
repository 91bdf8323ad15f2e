import * as z from "zod";
import { escapeLike } from "./escapeLike.ts";
import type { RowsOf } from "./fields.ts";
import { amountField, hexField, itemsOf, pageOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

/** Columns that models are sorted by, the most or the latest first. */
export const MODEL_ORDERS = ["requests", "publishedAt", "lastUsedAt", "fees"] as const;

/** Which models are listed, and in which order. */
export type ModelFilter = {
  /** In name, publisher or licence, in any case. */
  readonly search: string;
  readonly deprecated: "hidden" | "shown" | "only";
  /** Whether the latest release must have a circuit, so that answers can be proven. */
  readonly proven: boolean;
  readonly orderBy: (typeof MODEL_ORDERS)[number];
};

const modelSchema = z.object({
  id: z.string(),
  publisher: hexField,
  name: z.string(),
  latest: hexField,
  releases: z.number(),
  requests: z.number(),
  answers: z.number(),
  fees: amountField,
  deprecated: z.boolean(),
  publishedAt: z.number(),
  lastUsedAt: z.number(),
});
const latestSchema = z.object({
  id: hexField,
  version: z.string(),
  licence: z.string(),
  circuit: hexField,
});

/** A model, with what its latest release says. */
export type ModelRow = z.output<typeof modelSchema> & {
  readonly release: z.output<typeof latestSchema> | undefined;
};

/** Rows of one answer. */
const LIMIT = 50;
export const NO_CIRCUIT = `0x${"0".repeat(64)}`;

export const MODELS_QUERY = `query Models($where: modelFilter, $orderBy: String!, $after: String) {
  models(where: $where, orderBy: $orderBy, orderDirection: "desc", limit: ${LIMIT}, after: $after) {
    items { id publisher name latest releases requests answers fees deprecated publishedAt lastUsedAt }
    pageInfo { endCursor hasNextPage }
  }
}`;
export const LATEST_QUERY = `query Latest($ids: [String]) {
  releases(where: { id_in: $ids }, limit: ${LIMIT}) { items { id version licence circuit } }
}`;

/** Returns the filter as the indexer takes it. */
export function modelWhere({ search, deprecated, proven }: ModelFilter): Record<string, unknown> {
  const wanted = search.trim().toLowerCase();
  return {
    ...(wanted === "" ? {} : { search_contains: escapeLike(wanted) }),
    ...(deprecated === "shown" ? {} : { deprecated: deprecated === "only" }),
    ...(proven ? { circuit_not: NO_CIRCUIT } : {}),
  };
}

/** Returns some models from a cursor on. */
export async function listModels(
  filter: ModelFilter,
  after: string | null,
  signal?: AbortSignal,
): Promise<RowsOf<ModelRow>> {
  const { models } = await queryIndexer(
    z.object({ models: pageOf(modelSchema) }),
    MODELS_QUERY,
    { where: modelWhere(filter), orderBy: filter.orderBy, after },
    signal,
  );
  const { releases } = await queryIndexer(
    z.object({ releases: itemsOf(latestSchema) }),
    LATEST_QUERY,
    { ids: models.rows.map(({ latest }) => latest) },
    signal,
  );
  const byId = new Map(releases.map((it) => [it.id, it]));
  return {
    rows: models.rows.map((it) => ({ ...it, release: byId.get(it.latest) })),
    next: models.next,
  };
}
