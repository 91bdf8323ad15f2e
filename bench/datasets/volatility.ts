import type { DataRow } from "./dataRow.ts";
import { toGrid } from "./toGrid.ts";

/** Log returns and variances by day, oldest first; those that the first day lacks are 0. */
export type DailySeries = {
  readonly dates: readonly string[];
  readonly returns: readonly number[];
  readonly variances: readonly number[];
};

export type WindowOptions = {
  /** First day of the test period. */
  readonly from: string;
  /** Days ahead that are forecast. */
  readonly ahead: number;
  /** Added to the log of a volatility. */
  readonly offset: number;
  /** What precedes the date in a row's id. */
  readonly title: string;
};

/** Days before the first row. */
const BEFORE = 60;
const VARIANCE_DAYS = [1, 3, 7, 14, 30];
const RETURN_DAYS = [1, 7, 30];
const RETURN_FACTOR = 4;
const DAILY_RETURN_FACTOR = 8;
const SEQUENCE = 32;

/** Log volatility over 1 to 30 days and returns over 1, 7 and 30. */
export function featureRows(series: DailySeries, options: WindowOptions): readonly DataRow[] {
  const variances = VARIANCE_DAYS.map((days) => rollingMean(series.variances, days));
  const returns = RETURN_DAYS.map((days) => rollingMean(series.returns, days));
  return windowRows(series, options, (day) => [
    ...variances.map((mean) => toGrid(logVolatility(mean(day), options))),
    ...returns.map((mean, i) => toGrid(mean(day) * (RETURN_DAYS[i] ?? NaN) * RETURN_FACTOR)),
  ]);
}

/** Return and log volatility of each of the last 32 days. */
export function sequenceRows(series: DailySeries, options: WindowOptions): readonly DataRow[] {
  const days = series.dates.map((_, day) => [
    toGrid((series.returns[day] ?? NaN) * DAILY_RETURN_FACTOR),
    toGrid(logVolatility(series.variances[day] ?? NaN, options)),
  ]);
  return windowRows(series, options, (day) => days.slice(day - SEQUENCE + 1, day + 1).flat());
}

/** The label is the log volatility of the days ahead. */
function windowRows(
  { dates, variances }: DailySeries,
  options: WindowOptions,
  encode: (day: number) => readonly number[],
): readonly DataRow[] {
  const mean = rollingMean(variances, options.ahead);
  return dates.slice(0, -options.ahead).flatMap((date, day) => {
    if (day < BEFORE || date < options.from) return [];
    const label = logVolatility(mean(day + options.ahead), options);
    return [{ id: `${options.title} ${date}`, x: encode(day), label }];
  });
}

function logVolatility(variance: number, { offset }: WindowOptions): number {
  return 0.5 * Math.log(variance) + offset;
}

/** By differences of a running sum, in the order of models/vol.py, so that rounding falls the same way. */
function rollingMean(values: readonly number[], days: number): (day: number) => number {
  let total = 0;
  const sums = values.map((it) => (total += it));
  return (day) => ((sums[day] ?? NaN) - (sums[day - days] ?? 0)) / days;
}
