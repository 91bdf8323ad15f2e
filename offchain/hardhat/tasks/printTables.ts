/** A table with a head row. */
export type Table = { readonly title: string; readonly rows: readonly (readonly string[])[] };

const GAP = "  ";

/** Returns tables as text, columns in line; columns of numbers to the right. */
export function printTables(tables: readonly Table[]): string {
  return tables.map(printTable).join("\n\n");
}

function printTable({ title, rows }: Table): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, k) =>
    Math.max(...rows.map((row) => row[k]?.length ?? 0)),
  );
  const isNumber = widths.map((_, k) =>
    rows.slice(1).every((row) => /^[\d,. ]*$/.test(row[k] ?? "")),
  );
  const lines = rows
    .filter((row) => row.some((it) => it !== ""))
    .map((row) =>
      row
        .map((it, k) => (isNumber[k] ? it.padStart(widths[k] ?? 0) : it.padEnd(widths[k] ?? 0)))
        .join(GAP)
        .trimEnd(),
    );
  return [title, ...lines.map((it) => `${GAP}${it}`)].join("\n");
}
