import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import { Note } from "./Note.tsx";

/** What went wrong, and a way to try again. */
export function Failure({
  error,
  retry,
}: {
  readonly error: unknown;
  readonly retry?: () => void;
}): ReactNode {
  return (
    <div role="alert">
      <Note tone="danger" title="This cannot be shown">
        <p>{error instanceof Error ? error.message : String(error)}</p>
        {retry === undefined ? null : <Button onPress={retry}>Try again</Button>}
      </Note>
    </div>
  );
}
