import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { Clause, Policy, Requirement } from "./policy.ts";
import {
  readTee,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  SETUP_TRUST,
} from "./policy.ts";
import { parseClauses, parseRequirement } from "./policyText.ts";

const EXTERNAL = BigInt(SETUP_TRUST.indexOf("external"));

/**
 * As `parsePolicy`, with what can be quoted but is not served by a worker alone: `quorum:<k>of<n>`, with `~<tolerance>`;
 * `optimistic:<seconds>:` of which `<k>of<n>`, or a proof such as `any` or `pinned=<circuit>`, decides a challenge; and
 * `zk:external=<pin>`.
 *
 * @throws {ProtocolError} `POLICY_INVALID`, naming the part.
 */
export function parseBranches(text: string, minStake = 0n): Policy {
  return parseClauses(text, minStake, parseBranch);
}

/** Returns a policy as `parseBranches` reads it, without its stake; parts that this version does not know as "?". */
export function formatBranches({ allOf }: Pick<Policy, "allOf">): string {
  return allOf.map(formatClause).join("+");
}

/** Returns a clause as `parseBranches` reads it. */
export function formatClause({ anyOf }: Clause): string {
  return anyOf.map(formatRequirement).join("|");
}

function parseBranch(text: string): Requirement {
  const quorum = /^\s*quorum:(\d{1,2})of(\d{1,2})(?:~(\d{1,9}))?\s*$/.exec(text);
  if (quorum !== null) {
    const [, k, n, tolerance = "0"] = quorum;
    return requireQuorum(Number(k), Number(n), Number(tolerance));
  }
  const external = /^\s*zk:external=(0x[0-9a-fA-F]*)\s*$/.exec(text)?.[1];
  if (external !== undefined) return requireExternal(external);
  const [, seconds, k, n, proof] =
    /^\s*optimistic:(\d{1,9}):(?:(\d{1,2})of(\d{1,2})|([a-z]+(?:=0x[0-9a-fA-F]+)?))\s*$/.exec(
      text,
    ) ?? [];
  if (seconds === undefined) return parseRequirement(text);
  if (proof === undefined) return requireOptimisticByQuorum(Number(seconds), Number(k), Number(n));
  return requireOptimistic(Number(seconds), parseBranch(`zk:${proof}`));
}

function requireExternal(pin: string): Requirement {
  if (/^0x[0-9a-fA-F]{64}$/.test(pin))
    return { kind: "zk", params: EXTERNAL, pin: pin.toLowerCase() as Hex };
  const reason = `"${pin}" pins no external program: it has the wrong length`;
  throw new ProtocolError({ code: "POLICY_INVALID", reason });
}

function formatRequirement({ kind, params, pin }: Requirement): string {
  const byte = (shift: bigint): bigint => (params >> shift) & 0xffn;
  switch (kind) {
    case "signature":
      return params === 0n && BigInt(pin) === 0n ? "signature" : "?";
    case "zk":
      return `zk:${formatTrust(params, pin)}`;
    case "quorum": {
      const tolerance = (params >> 16n) & 0xffff_ffffn;
      return `quorum:${byte(0n)}of${byte(8n)}${tolerance === 0n ? "" : `~${tolerance}`}`;
    }
    case "optimistic": {
      const judge = byte(56n) === 0n ? formatTrust(byte(40n), pin) : `${byte(48n)}of${byte(56n)}`;
      return `optimistic:${params & 0xff_ffff_ffffn}:${judge}`;
    }
    case "tee":
      return formatTee(params, pin);
  }
}

function formatTrust(params: bigint, pin: Hex): string {
  switch (SETUP_TRUST[Number(params)]) {
    case "any":
      return BigInt(pin) === 0n ? "any" : `any=${pin}`;
    case "attested":
      return `attested=0x${pin.slice(-40)}`;
    case "pinned":
      return `pinned=${pin}`;
    case "external":
      return `external=${pin}`;
    default:
      return "?";
  }
}

function formatTee(params: bigint, pin: Hex): string {
  const demands = readTee({ params });
  if (demands === undefined) return "tee:?";
  const { minTcb, simulated, vouched, advisories } = demands;
  const refused = [0n, 16n, 32n]
    .map((shift) => (advisories >> shift) & 0xffffn)
    .filter((it) => it > 0n)
    .map((it) => `INTEL-SA-${it.toString().padStart(5, "0")}`);
  return [
    `tee:${minTcb}`,
    ...(simulated ? ["simulated"] : []),
    ...(vouched ? ["vouched"] : []),
    ...(refused.length === 0 ? [] : [`without=${refused.join("/")}`]),
    ...(BigInt(pin) === 0n ? [] : [`measurement=${pin}`]),
  ].join(",");
}
