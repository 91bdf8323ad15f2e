import { EVIDENCE_KINDS, REQUEST_STATUSES } from "@vouch/protocol";
import type { RequestFilter } from "../../data/listRequests.ts";

const EVIDENCE = [...EVIDENCE_KINDS, "weak"] as const;

/** Reads a filter from an address, which may say anything: what is no choice leaves its field open. */
export function readRequestFilter(params: Pick<URLSearchParams, "get">): RequestFilter {
  return {
    status: REQUEST_STATUSES.find((it) => it === params.get("status")) ?? "",
    evidence: EVIDENCE.find((it) => it === params.get("evidence")) ?? "",
    release: idOf(params.get("release"), 64),
    operator: idOf(params.get("operator"), 40),
    requester: idOf(params.get("requester"), 40),
  };
}

function idOf(value: string | null, digits: number): string {
  return value !== null && new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(value)
    ? value.toLowerCase()
    : "";
}
