import type { ReactNode } from "react";
import type { UsageDay } from "../../release/usageOf.ts";
import { TimeChart } from "../../ui/charts/TimeChart.tsx";

/** Requests and answers of each day. */
export function UsageChart({ days }: { readonly days: readonly UsageDay[] }): ReactNode {
  return (
    <TimeChart
      title="Requests and answers a day"
      points={days}
      series={[
        { key: "asked", name: "Asked", colour: "var(--accent)" },
        { key: "answered", name: "Answered", colour: "var(--good)" },
      ]}
      format={(count) => count.toLocaleString("en-US")}
    />
  );
}
