import type { UseQueryResult } from "@tanstack/react-query";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RowsOf } from "./fields.ts";

/** One page of many rows, and the ways to those beside it; undefined where there is none. */
export type Pages<T> = {
  readonly result: UseQueryResult<RowsOf<T>>;
  /** Counts from 1. */
  readonly number: number;
  readonly toFirst: (() => void) | undefined;
  readonly toPrevious: (() => void) | undefined;
  readonly toNext: (() => void) | undefined;
};

/**
 * Reads rows page by page. The indexer knows a page by its cursor alone, so that the way back is kept here; it begins anew
 * where the question, and with it `key`, is another.
 */
export function usePages<T>(
  key: readonly unknown[],
  read: (after: string | null, signal: AbortSignal) => Promise<RowsOf<T>>,
): Pages<T> {
  const question = JSON.stringify(key);
  const [way, setWay] = useState<{
    readonly question: string;
    readonly cursors: readonly string[];
  }>({ question, cursors: [] });
  const cursors = way.question === question ? way.cursors : [];
  const after = cursors.at(-1) ?? null;
  const result = useQuery({
    queryKey: [...key, after],
    queryFn: ({ signal }) => read(after, signal),
    placeholderData: keepPreviousData,
  });
  const next = result.data?.next ?? null;
  const go = (to: readonly string[]) => () => {
    setWay({ question, cursors: to });
  };
  return {
    result,
    number: cursors.length + 1,
    toFirst: cursors.length > 1 ? go([]) : undefined,
    toPrevious: cursors.length > 0 ? go(cursors.slice(0, -1)) : undefined,
    toNext: next === null || result.isPlaceholderData ? undefined : go([...cursors, next]),
  };
}
