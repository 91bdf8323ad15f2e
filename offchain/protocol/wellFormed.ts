import * as z from "zod";

/** Unicode without a lone surrogate: that has no UTF-8, so no hash. */
export const WELL_FORMED = /^\P{Surrogate}*$/u;

/** Well-formed text of at most `max` UTF-16 code units. */
export function wellFormed(max: number): z.ZodString {
  return z.string().max(max).regex(WELL_FORMED, "well-formed Unicode");
}
