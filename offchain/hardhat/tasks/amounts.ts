import { formatEther, parseUnits } from "ethers";
import { TaskError } from "./taskError.ts";

const UNITS = { wei: 0, gwei: 9, eth: 18, ether: 18 } as const;
const SECONDS = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 } as const;
const GWEI = 10n ** 9n;

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty, or an amount such as `2eth`, `0.5 ether`, `30gwei`, or wei. */
export function parseAmount(name: string, value: string): bigint | undefined {
  if (value === "") return undefined;
  const [, number = "", unit = "wei"] =
    /^\s*(\d{1,30}(?:\.\d{1,18})?)\s*(wei|gwei|eth|ether)?\s*$/.exec(value) ?? [];
  try {
    return parseUnits(number, UNITS[unit as keyof typeof UNITS]);
  } catch (cause) {
    const message = `--${name} is "${value}"; it takes an amount such as 2eth, 30gwei, or a whole number of wei.`;
    throw new TaskError("ARGUMENT_INVALID", message, { cause });
  }
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty, or a time such as `60s`, `5m`, `2h`, `1d`, or seconds. */
export function parseSpan(name: string, value: string): number | undefined {
  if (value === "") return undefined;
  const [, number, unit = "s"] = /^\s*(\d{1,9})\s*(s|m|min|h|d)?\s*$/.exec(value) ?? [];
  if (number !== undefined) return Number(number) * SECONDS[unit as keyof typeof SECONDS];
  const message = `--${name} is "${value}"; it takes a time such as 60s, 5m, 2h or 1d.`;
  throw new TaskError("ARGUMENT_INVALID", message);
}

/** Returns wei as ether, to the next gwei. */
export function inEther(wei: bigint): string {
  return formatEther(((wei + GWEI - 1n) / GWEI) * GWEI).replace(/\.0$/, "");
}
