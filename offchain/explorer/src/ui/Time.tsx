import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { formatAgo, formatUtc } from "./format.ts";

/** How often what is relative is told anew, in milliseconds. */
const TICK_MS = 10_000;

/** A second of the chain's clock, told relative to the visitor's; the date is in the title. */
export function Time({ at }: { readonly at: number }): ReactNode {
  const [now, setNow] = useState(() => Date.now() / 1_000);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now() / 1_000);
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <time dateTime={new Date(at * 1_000).toISOString()} title={formatUtc(at)}>
      {formatAgo(at, now)}
    </time>
  );
}
