import type { ReactNode } from "react";
import "./stat.css";

/** A grid of figures. */
export function Stats({ children }: { readonly children: ReactNode }): ReactNode {
  return <dl className="stats">{children}</dl>;
}

/** One figure and what it is of. */
export function Stat({
  label,
  value,
  hint,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly hint?: ReactNode;
}): ReactNode {
  return (
    <div className="stat">
      <dt>{label}</dt>
      <dd className="stat-value">{value}</dd>
      {hint === undefined ? null : <dd className="stat-hint">{hint}</dd>}
    </div>
  );
}
