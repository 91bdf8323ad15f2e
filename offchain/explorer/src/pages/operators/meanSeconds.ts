import { formatSeconds } from "../../ui/format.ts";

/** Returns how long an operator's answers took on average, in words. */
export function meanSeconds({
  seconds,
  answers,
}: {
  /** Summed over all its answers. */
  readonly seconds: bigint;
  readonly answers: number;
}): string {
  return answers === 0 ? "no answer yet" : formatSeconds(Number(seconds) / answers);
}
