import type { ReactNode } from "react";
import { formatUtc } from "../format.ts";
import { Table } from "../Table.tsx";
import { Numbers } from "./Numbers.tsx";
import type { Point, Series } from "./series.ts";

/** The numbers of a chart, for who would rather read them, or cannot see it. */
export function ChartTable({
  caption,
  points,
  series,
  format,
}: {
  readonly caption: string;
  readonly points: readonly Point[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}): ReactNode {
  return (
    <Numbers>
      {() => (
        <Table
          caption={caption}
          columns={[
            { name: "Time", cell: ({ at }: Point) => formatUtc(at) },
            ...series.map(({ key, name }) => ({
              name,
              align: "end" as const,
              cell: ({ [key]: value }: Point) => (value === null ? "none" : format(value ?? 0)),
            })),
          ]}
          rows={points}
          keyOf={({ at }) => String(at)}
          empty="Nothing in this time."
        />
      )}
    </Numbers>
  );
}
