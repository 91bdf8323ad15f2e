import type { EvidenceKind, RequestStatus } from "@vouch/protocol";
import { EVIDENCE_KINDS, evidenceKindIndex, REQUEST_STATUSES } from "@vouch/protocol";
import * as z from "zod";
import type { RowsOf } from "./fields.ts";
import { amountField, hexField, itemsOf, pageOf } from "./fields.ts";
import { queryIndexer } from "./queryIndexer.ts";

/** Which requests are listed, the newest first; an empty text leaves a field open. */
export type RequestFilter = {
  readonly status: RequestStatus | "";
  /** What the answer rests on, among other things; `weak` is a simulated enclave or a development set-up. */
  readonly evidence: EvidenceKind | "weak" | "";
  readonly release: string;
  readonly operator: string;
  readonly requester: string;
};

const rowSchema = z.object({
  id: hexField,
  release: hexField,
  requester: hexField,
  operator: hexField.nullable(),
  status: z.enum(REQUEST_STATUSES),
  token: hexField,
  escrow: amountField,
  fee: amountField.nullable(),
  kinds: z.number().nullable(),
  flags: z.number().nullable(),
  askedAt: z.number(),
});
const nameSchema = z.object({ id: hexField, model: z.string(), version: z.string() });

/** A request in a list, with the name of its release. */
export type RequestRow = z.output<typeof rowSchema> & {
  readonly name: z.output<typeof nameSchema> | undefined;
};

const LIMIT = 50;

export const REQUESTS_QUERY = `query Requests($where: requestFilter, $after: String) {
  requests(where: $where, orderBy: "askedAt", orderDirection: "desc", limit: ${LIMIT}, after: $after) {
    items { id release requester operator status token escrow fee kinds flags askedAt }
    pageInfo { endCursor hasNextPage }
  }
}`;
export const NAMES_QUERY = `query Names($ids: [String]) {
  releases(where: { id_in: $ids }, limit: ${LIMIT}) { items { id model version } }
}`;

const ALL_KINDS = 1 << EVIDENCE_KINDS.length;
const ALL_FLAGS = 64;
/** Development set-up and simulated enclave, as in `Assurance.flags`. */
const WEAK = 1 | 4;

/** Returns the filter as the indexer takes it, which knows no bits: each set of kinds that has the one is listed. */
export function requestWhere(filter: RequestFilter): Record<string, unknown> {
  const { status, evidence, ...ids } = filter;
  const named = Object.entries(ids).flatMap(([field, value]) =>
    value === "" ? [] : [[field, value.toLowerCase()] as const],
  );
  return {
    ...Object.fromEntries(named),
    ...(status === "" ? {} : { status }),
    ...(evidence === ""
      ? {}
      : evidence === "weak"
        ? { flags_in: numbersWith(ALL_FLAGS, WEAK) }
        : { kinds_in: numbersWith(ALL_KINDS, 1 << evidenceKindIndex(evidence)) }),
  };
}

function numbersWith(below: number, bits: number): readonly number[] {
  return Array.from({ length: below }, (_, it) => it).filter((it) => (it & bits) !== 0);
}

/** Returns some requests from a cursor on. */
export async function listRequests(
  filter: RequestFilter,
  after: string | null,
  signal?: AbortSignal,
): Promise<RowsOf<RequestRow>> {
  const variables = { where: requestWhere(filter), after };
  const schema = z.object({ requests: pageOf(rowSchema) });
  const { requests } = await queryIndexer(schema, REQUESTS_QUERY, variables, signal);
  const { releases } = await queryIndexer(
    z.object({ releases: itemsOf(nameSchema) }),
    NAMES_QUERY,
    { ids: [...new Set(requests.rows.map(({ release }) => release))] },
    signal,
  );
  const byId = new Map(releases.map((it) => [it.id, it]));
  return {
    rows: requests.rows.map((it) => ({ ...it, name: byId.get(it.release) })),
    next: requests.next,
  };
}
