import type { ReactNode } from "react";
import { useId } from "react";
import "./section.css";

/** A part of a page under its own heading. */
export function Section({
  title,
  lead,
  actions,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  /** Controls that concern the part, beside its heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {actions === undefined ? null : <div className="section-actions">{actions}</div>}
      </div>
      {lead === undefined ? null : <p className="section-lead">{lead}</p>}
      {children}
    </section>
  );
}
