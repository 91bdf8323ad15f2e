import type { ReactNode } from "react";
import { formatSeconds } from "./format.ts";

/** A span of time. */
export function Duration({ seconds }: { readonly seconds: number }): ReactNode {
  return <span title={`${seconds} seconds`}>{formatSeconds(seconds)}</span>;
}
