import type { UseQueryOptions } from "@tanstack/react-query";
import type { ChainAnswer } from "../../chain/readAnswer.ts";
import type { RequestDetails } from "../../data/readRequest.ts";

/** What the chain says of a request, read once for each state that it is in; the code that reads it is fetched with it. */
export function answerQuery({
  id,
  askedBlock,
  status,
}: Pick<RequestDetails, "id" | "askedBlock" | "status">): UseQueryOptions<ChainAnswer | null> {
  return {
    queryKey: ["answer", id, status],
    queryFn: async () => (await import("../../chain/readAnswer.ts")).readAnswer(id, askedBlock),
    staleTime: Infinity,
    refetchInterval: false,
  };
}
