import type { ReactNode } from "react";
import { useId } from "react";
import "./table.css";

/** One column: its heading, and what it shows of a row. */
export type Column<T> = {
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  readonly align?: "end";
};

/** Rows under headings. It scrolls inside its own frame, which the keyboard reaches, so that the page never scrolls sideways. */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  empty,
}: {
  /** What the rows are, for who does not see what stands above. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Said where there are no rows. */
  readonly empty: ReactNode;
}): ReactNode {
  const id = useId();
  if (rows.length === 0) return <p className="table-empty">{empty}</p>;
  return (
    // Focusable, so that the keyboard can scroll it.
    <div className="table-frame" role="region" aria-labelledby={id} tabIndex={0}>
      <table className="table">
        <caption id={id}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, align }) => (
              <th key={name} scope="col" data-align={align}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, cell, align }) => (
                <td key={name} data-align={align}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
