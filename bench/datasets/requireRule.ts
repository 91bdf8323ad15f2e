import type { Port, TaskMetric } from "@vouch/compiler";

/**
 * Holds how a drift report decides against the rule of the model's `samples.json`.
 *
 * @throws {Error} where the report scores by another rule, or has no metric.
 */
export function requireRule(
  rule: string | undefined,
  output: Port | undefined,
  metric: TaskMetric | undefined,
): asserts metric is TaskMetric {
  const isForecast = rule?.includes(`exp(${output?.name ?? ""} -`) === true;
  const name = isForecast ? "rmse" : "accuracy";
  if (metric?.name === name && (isForecast || rule === decisionOf(output))) return;
  throw new Error(`${metric?.name ?? "no metric"} is not of the rule "${rule ?? ""}"`);
}

/** As `driftReport` decides, in the words of `samples.json`. */
function decisionOf(output: Port | undefined): string | undefined {
  if (output === undefined) return undefined;
  const { name, kind, shape } = output;
  if (shape.reduce((product, it) => product * it, 1) > 1) return `argmax(${name})`;
  return kind === "real" ? `${name} > 0 -> 1` : name;
}
