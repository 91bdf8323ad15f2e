import type { ReactNode } from "react";
import { useState } from "react";

/** What a chart's numbers are under. They are written down once somebody opens it: a page's charts have a thousand of them. */
export function Numbers({ children }: { readonly children: () => ReactNode }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="chart-table"
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open);
      }}
    >
      <summary>Numbers</summary>
      {isOpen ? children() : null}
    </details>
  );
}
