import type { UseQueryOptions } from "@tanstack/react-query";
import type { Hex } from "@vouch/protocol";
import type { ReadManifest } from "../../data/readManifest.ts";
import { readManifest } from "../../data/readManifest.ts";

/** A manifest never changes, for its hash names it; one that is not here may come. */
export function manifestQuery(hash: Hex): UseQueryOptions<ReadManifest> {
  return {
    queryKey: ["manifest", hash],
    queryFn: ({ signal }) => readManifest(hash, signal),
    staleTime: 60_000,
    refetchInterval: false,
  };
}
