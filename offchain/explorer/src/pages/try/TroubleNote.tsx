import type { ReactNode } from "react";
import { Note } from "../../ui/Note.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import type { Trouble } from "./explainTrouble.ts";

/** What went wrong, what to do, and its code for who reports it. */
export function TroubleNote({ trouble }: { readonly trouble: Trouble }): ReactNode {
  return (
    <div role="alert">
      <Note tone="danger" title={trouble.title}>
        <p>
          <StrangersText text={trouble.text} limit={800} />
        </p>
        <p>
          <code>{trouble.code}</code>
        </p>
      </Note>
    </div>
  );
}
