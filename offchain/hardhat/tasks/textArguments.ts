import type { FolderOptions } from "@vouch/publisher";
import { TEXT_DTYPES } from "@vouch/publisher";
import { parseChoice } from "./arguments.ts";
import { TaskError } from "./taskError.ts";

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is a form of weights that can be run. */
export function parseDtype(value: string): NonNullable<FolderOptions["dtype"]> {
  return parseChoice("dtype", value, TEXT_DTYPES);
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (what the model says) or a number of tokens. */
export function parseContext(value: string): number | undefined {
  if (value === "") return undefined;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--context is "${value}"; it takes a number of tokens, such as 4096.`,
  );
}
