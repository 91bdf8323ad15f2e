import { OperatorError } from "../errors.ts";

/** Returns the error for a setting that does not fit the others. */
export function unfit(setting: string, reason: string): OperatorError {
  return new OperatorError({ code: "SETTING_UNFIT", setting, reason });
}
