import type { DataRow } from "./dataRow.ts";
import { field, readCsv } from "./readCsv.ts";
import type { DailySeries } from "./volatility.ts";
import { featureRows, sequenceRows } from "./volatility.ts";

/** Of a day on which the price hardly moves. */
const LEAST_VARIANCE = 1e-6;
const LEAST_HIGH_BY_LOW = 1.0005;
const DATE_LENGTH = "2020-08-01".length;

const BRENT = { from: "2018-01-01", ahead: 20, offset: 4 };
const ETH = { from: "2020-08-01", ahead: 7, offset: 3.25 };

export function brentFeatures(text: string): readonly DataRow[] {
  return featureRows(brentSeries(text), { ...BRENT, title: "window ending Brent" });
}

export function ethFeatures(text: string): readonly DataRow[] {
  return featureRows(coinSeries(text), { ...ETH, title: "window ending ETH" });
}

export function ethSequences(text: string): readonly DataRow[] {
  return sequenceRows(coinSeries(text), { ...ETH, title: "ETH window ending" });
}

/** Variance from close to close; days without a price are left out. */
function brentSeries(text: string): DailySeries {
  const lines = readCsv(text).filter((it) => field(it, "Price") !== "");
  const returns = logReturns(lines.map((it) => Number(field(it, "Price"))));
  return {
    dates: lines.map((it) => field(it, "Date")),
    returns,
    variances: returns.map((it, day) => (day === 0 ? 0 : Math.max(it ** 2, LEAST_VARIANCE))),
  };
}

/** Variance from the day's range, after Parkinson. */
function coinSeries(text: string): DailySeries {
  const lines = readCsv(text);
  const column = (name: string): readonly number[] => lines.map((it) => Number(field(it, name)));
  const lows = column("Low");
  return {
    dates: lines.map((it) => field(it, "Date").slice(0, DATE_LENGTH)),
    returns: logReturns(column("Close")),
    variances: column("High").map((high, day) => {
      const range = Math.log(Math.max(high / (lows[day] ?? NaN), LEAST_HIGH_BY_LOW));
      return range ** 2 / (4 * Math.LN2);
    }),
  };
}

function logReturns(prices: readonly number[]): readonly number[] {
  const logs = prices.map(Math.log);
  return logs.map((it, day) => it - (logs[day - 1] ?? it));
}
