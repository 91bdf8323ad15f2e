import type { ReactNode } from "react";
import { formatEther } from "./format.ts";

/** An amount of a token with 18 decimals; every digit of it is in the title. */
export function Amount({
  wei,
  symbol = "ETH",
}: {
  readonly wei: bigint;
  readonly symbol?: string;
}): ReactNode {
  return (
    <span className="amount" title={`${wei} wei`}>
      {formatEther(wei)} {symbol}
    </span>
  );
}
