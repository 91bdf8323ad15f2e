import type { ReactNode } from "react";

/** Says what is being waited for; to screen readers too. */
export function Loading({ what }: { readonly what: string }): ReactNode {
  return (
    <p role="status" className="loading">
      Loading {what} …
    </p>
  );
}
