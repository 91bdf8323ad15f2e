import type { ReactNode } from "react";
import "./facts.css";

/** A thing's properties, name by name. */
export function Facts({
  items,
}: {
  readonly items: readonly { readonly name: string; readonly value: ReactNode }[];
}): ReactNode {
  return (
    <dl className="facts">
      {items.map(({ name, value }) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
