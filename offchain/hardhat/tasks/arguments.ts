import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { WeightsMode } from "@vouch/compiler";
import type { Policy, TensorEncoding } from "@vouch/protocol";
import {
  parseBranches as parseBranchesText,
  parsePolicy as parsePolicyText,
  ProtocolError,
} from "@vouch/protocol";
import type { SetupChoice } from "@vouch/publisher";
import { requireBatchSizes } from "@vouch/publisher";
import { TaskError } from "./taskError.ts";

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is one of `choices`. */
export function parseChoice<const Choice extends string>(
  name: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((it) => it === value);
  if (choice === undefined) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--${name} is "${value}"; it takes ${choices.join(" or ")}.`,
    );
  }
  return choice;
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is a whole number of wei. */
export function parseWei(name: string, value: string): bigint {
  if (!/^\d{1,40}$/.test(value)) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--${name} is "${value}"; it takes a whole number of wei.`,
    );
  }
  return BigInt(value);
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is public or committed. */
export function parseMode(name: string, value: string): TensorEncoding["mode"] {
  return parseChoice(name, value, ["public", "committed"]);
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (the model's own choice), private or public. */
export function parseWeights(value: string): WeightsMode | undefined {
  return value === "" ? undefined : parseChoice("weights", value, ["private", "public"]);
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (no budget) or a positive number. */
export function parseDrift(value: string): number | undefined {
  if (value === "") return undefined;
  const drift = Number(value);
  if (Number.isFinite(drift) && drift > 0) return drift;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--max-drift is "${value}"; it takes a positive number, in units of the model's output.`,
  );
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (never cut) or a positive whole number. */
export function parseMaxConstraints(value: string): number | undefined {
  if (value === "") return undefined;
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--max-constraints is "${value}"; it takes a whole number of constraints.`,
  );
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (none) or whole numbers with commas; {PublisherError} `BATCH_SIZE`, `TOO_MANY_BATCHES`. */
export function parseBatches(value: string): readonly number[] | undefined {
  if (value === "") return undefined;
  const parts = value.split(",").map((it) => it.trim());
  const wrong = parts.find((it) => !/^\d{1,4}$/.test(it));
  if (wrong !== undefined) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--batches has "${wrong}"; it takes numbers of inferences with commas between, such as 4,16.`,
    );
  }
  const sizes = parts.map(Number);
  requireBatchSizes(sizes);
  return sizes;
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `setup` is development, or ceremony, with keys or without. */
export function parseSetup(setup: string, ptau: string, zkey = ""): SetupChoice {
  const kind = parseChoice("setup", setup, ["development", "ceremony"]);
  if (kind === "development") {
    if (zkey === "") return { kind };
    const message = "--zkey names the keys of a ceremony; it goes with --setup ceremony.";
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const zkeys = zkey === "" ? {} : { zkeys: zkey.split(",").map((it) => resolve(it)) };
  return { kind, ...(ptau === "" ? {} : { ptau }), ...zkeys };
}

/**
 * Reads a policy such as `zk:any+signature`, as `parsePolicy` of `@vouch/protocol` does.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`, naming the part.
 */
export function parsePolicy(text: string, minStake = 0n): Policy {
  return orInvalid(() => parsePolicyText(text, minStake));
}

/**
 * Reads a policy as `parseBranches` of `@vouch/protocol` does.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`, naming the part.
 */
export function parseBranches(text: string, minStake = 0n): Policy {
  return orInvalid(() => parseBranchesText(text, minStake));
}

function orInvalid(parse: () => Policy): Policy {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof ProtocolError) || cause.data.code !== "POLICY_INVALID") throw cause;
    throw new TaskError("ARGUMENT_INVALID", `${cause.data.reason}.`, { cause });
  }
}

/** @throws {TaskError} `ARGUMENT_INVALID` unless `value` is empty (the circuit's own) or a whole number of words. */
export function parseWords(name: string, value: string): number | undefined {
  if (value === "") return undefined;
  if (/^\d{1,5}$/.test(value)) return Number(value);
  throw new TaskError(
    "ARGUMENT_INVALID",
    `--${name} is "${value}"; it takes a whole number of words.`,
  );
}

/**
 * Reads an array of numbers from a JSON file.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`.
 */
export function readNumbers(path: string): number[] {
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (Array.isArray(json) && json.every((it): it is number => typeof it === "number"))
      return json;
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `--input ${path} is not readable as JSON.`, { cause });
  }
  throw new TaskError("ARGUMENT_INVALID", `--input ${path} does not hold an array of numbers.`);
}
