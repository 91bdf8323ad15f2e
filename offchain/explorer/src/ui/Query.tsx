import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./Failure.tsx";
import { Loading } from "./Loading.tsx";

/** Shows what was asked for once it is there, and until then that it is being waited for, or why it does not come. */
export function Query<T>({
  result,
  what,
  children,
}: {
  readonly result: UseQueryResult<T>;
  /** Completes "Loading …". */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}): ReactNode {
  if (result.data !== undefined) return children(result.data);
  if (result.isError)
    return (
      <Failure
        error={result.error}
        retry={() => {
          void result.refetch();
        }}
      />
    );
  return <Loading what={what} />;
}
