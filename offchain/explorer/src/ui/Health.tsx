import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
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
  const { chain, indexed, head, apart } = data;
  const behind = head - indexed;
  return (
    <p role="status">
      {chain} ·{" "}
      <span className="badge" data-tone={behind <= NEAR ? "good" : "warning"}>
        {behind <= NEAR
          ? "index is up to date"
          : `index is ${formatCount(behind)} ${behind === 1 ? "block" : "blocks"} behind, ${formatSeconds(apart)}`}
      </span>{" "}
      at block {formatCount(indexed)} of {formatCount(head)}
    </p>
  );
}
