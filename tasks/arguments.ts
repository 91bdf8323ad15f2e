import { readFileSync } from "node:fs";
import type { WeightsMode } from "@vouch/compiler";
import type { CircuitId, Hex, Policy, Requirement, TensorEncoding } from "@vouch/protocol";
import {
  parseAddress,
  parseCircuitId,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import type { SetupChoice } from "@vouch/publisher";
import { parseTee } from "./parseTee.ts";
import { TaskError } from "./taskError.ts";
import { TEE_FORM } from "./teeForm.ts";

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

/** @throws {TaskError} `ARGUMENT_INVALID` unless `setup` is development or ceremony. */
export function parseSetup(setup: string, ptau: string): SetupChoice {
  const kind = parseChoice("setup", setup, ["development", "ceremony"]);
  if (kind === "development") return { kind };
  return { kind, ...(ptau === "" ? {} : { ptau }) };
}

/**
 * Reads a policy such as `zk:any+signature`: clauses joined by `+`, alternatives by `|`; `zk:any` takes a development
 * set-up, `zk:pinned=<circuit>` one circuit, `zk:attested=<address>` a set-up that this address has attested; `parseTee` has
 * the form of an enclave.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`, naming the part.
 */
export function parsePolicy(text: string, minStake = 0n): Policy {
  return parseClauses(text, minStake, parseRequirement);
}

/**
 * As `parsePolicy`, with what can be quoted but is not served by a worker alone: `quorum:<k>of<n>`, with `~<tolerance>`, and
 * `optimistic:<seconds>` of which `<k>of<n>`, or a proof such as `any` or `pinned=<circuit>`, decides a challenge.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`, naming the part.
 */
export function parseBranches(text: string): Policy {
  return parseClauses(text, 0n, parseBranch);
}

function parseClauses(
  text: string,
  minStake: bigint,
  parse: (requirement: string) => Requirement,
): Policy {
  const allOf = text.split("+").map((clause) => ({ anyOf: clause.split("|").map(parse) }));
  return { allOf, minStake };
}

function parseBranch(text: string): Requirement {
  const quorum = /^\s*quorum:(\d{1,2})of(\d{1,2})(?:~(\d{1,9}))?\s*$/.exec(text);
  if (quorum !== null) {
    const [, k, n, tolerance = "0"] = quorum;
    return requireQuorum(Number(k), Number(n), Number(tolerance));
  }
  const [, seconds, k, n, proof] =
    /^\s*optimistic:(\d{1,9}):(?:(\d{1,2})of(\d{1,2})|([a-z]+(?:=0x[0-9a-fA-F]+)?))\s*$/.exec(
      text,
    ) ?? [];
  if (seconds === undefined) return parseRequirement(text);
  if (proof === undefined) return requireOptimisticByQuorum(Number(seconds), Number(k), Number(n));
  return requireOptimistic(Number(seconds), parseRequirement(`zk:${proof}`));
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

function parseRequirement(text: string): Requirement {
  const tee = /^\s*tee:(.*?)\s*$/.exec(text)?.[1];
  if (tee !== undefined) return parseTee(tee);
  const [, kind, trust, pin] =
    /^\s*([a-z]+)(?::([a-z]+))?(?:=(0x[0-9a-fA-F]+))?\s*$/.exec(text) ?? [];
  if (kind === "signature" && trust === undefined) return requireSignature();
  if (kind === "zk") {
    if (trust === "any") return requireZk("any", pin === undefined ? undefined : parseCircuit(pin));
    if (trust === "pinned" && pin !== undefined) return requireZk("pinned", parseCircuit(pin));
    if (trust === "attested" && pin !== undefined)
      return requireZk(
        "attested",
        parsePin(() => parseAddress(pin), text),
      );
  }
  const forms = `signature, zk:any, zk:pinned=<circuit id>, zk:attested=<address>, ${TEE_FORM}`;
  throw new TaskError(
    "ARGUMENT_INVALID",
    `"${text}" is no evidence that this version knows; it takes ${forms}.`,
  );
}

function parseCircuit(pin: string): CircuitId {
  return parsePin(() => parseCircuitId(pin), pin);
}

function parsePin<T extends Hex>(parse: () => T, text: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `"${text}" pins nothing that exists: it has the wrong length.`,
      { cause },
    );
  }
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
