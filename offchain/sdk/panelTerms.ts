import type { Policy, RequestParams } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** Before a request's deadline, the seconds of a round's periods and of opening it: operators open none later (docs/quorum.md). */
export const PANEL_SECONDS = 2_400;
/** Seconds in which one of them finds the request and opens a round, at least. */
const OPEN_SECONDS = 60;
/** `Quorum.ABSENCE_DIVISOR`: an absent member loses one in so many of its stake, in wei not less than the fee. */
const ABSENCE_DIVISOR = 2n;

/** Returns whether nothing but a panel answers under a policy; the release's floor is part of it. */
export function needsPanel({ allOf }: Policy): boolean {
  return allOf.some(({ anyOf }) => anyOf.every(({ kind }) => kind === "quorum"));
}

/** Returns the least stake, in wei, of each member of a panel. */
export function leastPanelStake({
  token,
  maxFee,
}: Pick<RequestParams, "token" | "maxFee">): bigint {
  return ABSENCE_DIVISOR * (token === NATIVE_TOKEN && maxFee > 0n ? maxFee : 1n);
}

/**
 * Demands terms under which `Quorum` opens a round for a request: it would else wait until it expires, and its operators alone would
 * know why.
 *
 * @throws {SdkError} `ASK_INVALID`, naming the field and the least that would do.
 */
export function requirePanelTerms(params: RequestParams): void {
  const { stake, maxGasPrice, rampStart, deadline } = params;
  if (maxGasPrice !== 0n) throw refusal("maxGasPrice", maxGasPrice, "0");
  const least = leastPanelStake(params);
  if (stake < least) throw refusal("stake", stake, `${least} or more`);
  const [seconds, needed] = [deadline - rampStart, PANEL_SECONDS + OPEN_SECONDS];
  if (seconds < needed) throw refusal("seconds", seconds, `${needed} or more`);
}

function refusal(field: string, value: bigint | number, limit: string): SdkError {
  const data = { code: "ASK_INVALID", field, value: String(value) } as const;
  return new SdkError({ ...data, limit: `${limit} where a panel answers` });
}
