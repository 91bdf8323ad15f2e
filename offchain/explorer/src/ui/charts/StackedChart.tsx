import type { ReactNode } from "react";
import { Bar, BarChart, CartesianGrid, Legend, Tooltip, XAxis, YAxis } from "recharts";
import { formatUtc } from "../format.ts";
import { Canvas } from "./Canvas.tsx";
import { ChartTable } from "./ChartTable.tsx";
import type { Point, Series } from "./series.ts";
import { tickOf } from "./series.ts";
import "./chart.css";

/** Parts of a whole over time, one on the other. */
export function StackedChart({
  title,
  points,
  series,
  format,
}: {
  readonly title: string;
  readonly points: readonly Point[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}): ReactNode {
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <Canvas height={260}>
        <BarChart
          data={[...points]}
          margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
          title={title}
        >
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="at"
            tickFormatter={(at: number) => tickOf(at, span)}
            stroke="var(--muted)"
            minTickGap={28}
          />
          <YAxis stroke="var(--muted)" width={64} tickFormatter={format} />
          <Tooltip
            labelFormatter={(at) => formatUtc(Number(at))}
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
      <ChartTable caption={title} points={points} series={series} format={format} />
    </figure>
  );
}
