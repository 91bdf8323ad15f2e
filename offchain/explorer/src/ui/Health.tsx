import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Health as HealthFacts } from "../data/readHealth.ts";
import { readHealth } from "../data/readHealth.ts";
import { formatCount, formatSeconds } from "./format.ts";
import "./badge.css";

/** Blocks that an indexer may be behind without anybody having to know. */
const NEAR = 3;

/** Which chain this is about, and how far the indexer is behind it. */
export function Health(): ReactNode {
  const { data, error } = useQuery({ queryKey: ["health"], queryFn: readHealth });
  if (error !== null)
    return (
      <p role="status">
        <span className="badge" data-tone="bad">
          no index
        </span>{" "}
        {error.message}
      </p>
    );
  if (data === undefined) return <p role="status">Asking the indexer how far it is …</p>;
  const { chain, indexed, head } = data;
  return (
    <p role="status">
      {chain} ·{" "}
      <span
        className="badge"
        data-tone={head !== undefined && head.behind.blocks <= NEAR ? "good" : "warning"}
      >
        {wordsOf(head)}
      </span>{" "}
      {head === undefined
        ? `index is at block ${formatCount(indexed)}`
        : `at block ${formatCount(indexed)} of ${formatCount(head.number)}`}
    </p>
  );
}

function wordsOf(head: HealthFacts["head"]): string {
  if (head === undefined) return "the chain does not answer";
  const { blocks, seconds } = head.behind;
  if (blocks <= NEAR) return "index is up to date";
  const behind = `${formatCount(blocks)} ${blocks === 1 ? "block" : "blocks"}`;
  return `index is ${behind} behind, ${formatSeconds(seconds)}`;
}
