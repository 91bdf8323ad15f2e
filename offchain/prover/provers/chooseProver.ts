import { explainNative, openNative } from "@vouch/native";
import type { Native } from "@vouch/native";
import { ProverError } from "../errors.ts";
import { isDistrusted } from "./distrust.ts";
import { createNativeProver } from "./nativeProver.ts";
import type { NativeProver } from "./nativeProver.ts";
import { PROVER_NAMES } from "./prover.ts";
import type { Prover, ProverName } from "./prover.ts";
import { createRapidsnarkProver, findRapidsnark } from "./rapidsnarkProver.ts";
import { SNARKJS_PROVER } from "./snarkjsProver.ts";

/** A prover, and in one line why this one. */
export type ProverChoice = { readonly prover: Prover; readonly reason: string };

/** Either a prover with where it comes from, or what it lacks and how to get it. */
type Found =
  | { readonly prover: Prover; readonly from: string }
  | { readonly prover?: undefined; readonly lack: string };

/**
 * Chooses what makes proofs: the one that `VOUCH_PROVER` names, else native, else rapidsnark, else snarkjs. One that
 * returned a wrong proof is passed over for as long as the process lives.
 *
 * @throws {ProverError} `PROVER_UNKNOWN`, `PROVER_ABSENT` for what `VOUCH_PROVER` says
 */
export function chooseProver(env: NodeJS.ProcessEnv = process.env): ProverChoice {
  const wanted = env["VOUCH_PROVER"] ?? "";
  if (wanted !== "") return namedProver(wanted, env);
  const passed: string[] = [];
  for (const name of PROVER_NAMES) {
    const found = isDistrusted(name) ? { lack: "it failed in this process" } : find(name, env);
    if (found.prover !== undefined) {
      return { prover: found.prover, reason: [found.from, ...passed].join("; ") };
    }
    passed.push(`no ${name}: ${found.lack}`);
  }
  return { prover: SNARKJS_PROVER, reason: passed.join("; ") };
}

/**
 * Returns the native prover for keys that no other here can read, those with commitments; `undefined` where it is not here,
 * is not trusted any more, or `VOUCH_PROVER` names another.
 */
export function nativeProver(env: NodeJS.ProcessEnv = process.env): NativeProver | undefined {
  const wanted = env["VOUCH_PROVER"] ?? "";
  if ((wanted !== "" && wanted !== "native") || isDistrusted("native")) return undefined;
  findNative();
  return native;
}

/**
 * Returns what writes development keys natively; `undefined` where it is not here, is not trusted any more, or `VOUCH_PROVER`
 * names another.
 */
export function nativeSetup(
  env: NodeJS.ProcessEnv = process.env,
): Native["writeDevelopmentKey"] | undefined {
  const wanted = env["VOUCH_PROVER"] ?? "";
  if ((wanted !== "" && wanted !== "native") || isDistrusted("native")) return undefined;
  return openNative()?.writeDevelopmentKey;
}

/** Closes the keys that provers keep open between proofs. */
export function closeProverKeys(): void {
  native?.closeKeys();
}

function namedProver(wanted: string, env: NodeJS.ProcessEnv): ProverChoice {
  const name = PROVER_NAMES.find((it) => it === wanted);
  if (name === undefined) {
    throw new ProverError({ code: "PROVER_UNKNOWN", prover: wanted, known: PROVER_NAMES });
  }
  if (isDistrusted(name)) {
    return { prover: SNARKJS_PROVER, reason: `in the place of ${name}, which failed` };
  }
  const found = find(name, env);
  if (found.prover === undefined) {
    throw new ProverError({ code: "PROVER_ABSENT", prover: name, reason: found.lack });
  }
  return { prover: found.prover, reason: `asked for by VOUCH_PROVER, ${found.from}` };
}

function find(name: ProverName, env: NodeJS.ProcessEnv): Found {
  switch (name) {
    case "native":
      return findNative();
    case "rapidsnark": {
      const binary = findRapidsnark(env["PATH"]);
      if (binary === undefined) return { lack: "no executable rapidsnark is on PATH" };
      return { prover: createRapidsnarkProver(binary), from: binary };
    }
    case "snarkjs":
      return { prover: SNARKJS_PROVER, from: "in this process, the reference" };
  }
}

/** One for the process, so that its keys stay open from one proof to the next. */
let native: NativeProver | undefined;

function findNative(): Found {
  const opened = openNative();
  if (opened === undefined) return { lack: explainNative() };
  native ??= createNativeProver(opened);
  return { prover: native, from: explainNative() };
}
