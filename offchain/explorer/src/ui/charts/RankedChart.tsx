import type { ReactNode } from "react";
import { Bar, BarChart, CartesianGrid, Legend, Tooltip, XAxis, YAxis } from "recharts";
import { Table } from "../Table.tsx";
import type { Ranked, Series } from "./series.ts";
import { Canvas } from "./Canvas.tsx";
import { Numbers } from "./Numbers.tsx";
import "./chart.css";

/** Height of a bar with the space around it, and of the axis and the legend, in pixels. */
const ROW = 34;
const REST = 90;

/** Parts of wholes that have names, one bar each. */
export function RankedChart({
  title,
  named,
  points,
  series,
  format,
}: {
  readonly title: string;
  /** What the names are of. */
  readonly named: string;
  readonly points: readonly Ranked[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}): ReactNode {
  const names = new Map(points.map(({ id, name }) => [id, name]));
  const nameOf = (id: unknown): string => names.get(String(id)) ?? "";
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <Canvas height={REST + ROW * points.length}>
        <BarChart
          layout="vertical"
          data={points.map(({ id, values }) => ({ ...values, id }))}
          margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
          title={title}
        >
          <CartesianGrid stroke="var(--line)" horizontal={false} />
          <XAxis type="number" stroke="var(--muted)" tickFormatter={format} />
          <YAxis
            type="category"
            dataKey="id"
            stroke="var(--muted)"
            width={128}
            tickFormatter={nameOf}
          />
          <Tooltip
            labelFormatter={nameOf}
            formatter={(value) => format(Number(value))}
            contentStyle={{ background: "var(--surface)", borderColor: "var(--line)" }}
            cursor={{ fill: "var(--raised)" }}
          />
          <Legend />
          {series.map(({ key, name, colour }) => (
            <Bar
              key={key}
              dataKey={key}
              name={name}
              stackId="all"
              fill={colour}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </Canvas>
      <Numbers>
        {() => (
          <Table
            caption={title}
            columns={[
              { name: named, cell: ({ name }: Ranked) => name },
              ...series.map(({ key, name }) => ({
                name,
                align: "end" as const,
                cell: ({ values }: Ranked) => format(values[key] ?? 0),
              })),
            ]}
            rows={points}
            keyOf={({ id }) => id}
            empty="Nothing was answered yet."
          />
        )}
      </Numbers>
    </figure>
  );
}
