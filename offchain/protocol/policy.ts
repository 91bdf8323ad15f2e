import type { TypedDataField } from "ethers";
import { TypedDataEncoder } from "ethers";
import type { EvidenceKind } from "./evidence.ts";
import { evidenceKindIndex } from "./evidence.ts";
import { ProtocolError } from "./errors.ts";
import type { CircuitId, Hex } from "./hex.ts";

/** Set-ups that a zk requirement accepts, in the order of `SetupTrust` on-chain. */
export const SETUP_TRUST = ["attested", "pinned", "any", "external"] as const;

/** See `contracts/types/Policy.sol`. */
export type SetupTrust = (typeof SETUP_TRUST)[number];

/** One kind of evidence with its parameters; `params` and `pin` by kind as in `contracts/types/Policy.sol`. */
export type Requirement = {
  readonly kind: EvidenceKind;
  readonly params: bigint;
  readonly pin: Hex;
};

/** Alternatives, any one of which suffices. */
export type Clause = { readonly anyOf: readonly Requirement[] };

/** AND of ORs over evidence; `minStake` in wei. */
export type Policy = { readonly allOf: readonly Clause[]; readonly minStake: bigint };

/** Policy as contracts take it. */
export type EncodedPolicy = {
  readonly allOf: {
    readonly anyOf: { readonly kind: number; readonly params: bigint; readonly pin: Hex }[];
  }[];
  readonly minStake: bigint;
};

/** Bit of a tee requirement that accepts a simulated enclave. */
const SIMULATED_TEE = 1n << 8n;
/** Bit of one that accepts an enclave that registrars vouch for. */
const VOUCHED_TEE = 1n << 9n;
const NO_PIN: Hex = `0x${"00".repeat(32)}`;

/** EIP-712 types of a policy and what it is made of. */
export const POLICY_TYPES: Record<string, TypedDataField[]> = {
  Policy: [
    { name: "allOf", type: "Clause[]" },
    { name: "minStake", type: "uint128" },
  ],
  Clause: [{ name: "anyOf", type: "Requirement[]" }],
  Requirement: [
    { name: "kind", type: "uint8" },
    { name: "params", type: "uint64" },
    { name: "pin", type: "bytes32" },
  ],
};

/** The policy that demands nothing; of use as a floor only. */
export const NO_FLOOR: Policy = { allOf: [], minStake: 0n };

/** Demands a staked operator's signature. */
export function requireSignature(): Requirement {
  return { kind: "signature", params: 0n, pin: NO_PIN };
}

/** Demands a proof; `attested` needs the verifier's address, `pinned` a circuit id, `any` takes one or nothing. */
export function requireZk(trust: "attested", verifier: Hex): Requirement;
export function requireZk(trust: "pinned", circuit: CircuitId): Requirement;
export function requireZk(trust: "any", circuit?: CircuitId): Requirement;
export function requireZk(trust: SetupTrust, pin: Hex = NO_PIN): Requirement {
  return { kind: "zk", params: BigInt(SETUP_TRUST.indexOf(trust)), pin: padPin(pin) };
}

/** Demands that `k` of a panel of `n` operators agree within `tolerance` units of the output's last place. */
export function requireQuorum(k: number, n: number, tolerance = 0): Requirement {
  const params = BigInt(k) | (BigInt(n) << 8n) | (BigInt(tolerance) << 16n);
  return { kind: "quorum", params, pin: NO_PIN };
}

/** Demands that an answer stands for `seconds`; a proof as `zk` demands it decides a challenge. */
export function requireOptimistic(seconds: number, zk: Requirement): Requirement {
  return { kind: "optimistic", params: BigInt(seconds) | (zk.params << 40n), pin: zk.pin };
}

/** Demands that an answer stands for `seconds`; `k` of `n` operators that run the model again decide a challenge. */
export function requireOptimisticByQuorum(seconds: number, k: number, n: number): Requirement {
  const params = BigInt(seconds) | (BigInt(k) << 48n) | (BigInt(n) << 56n);
  return { kind: "optimistic", params, pin: NO_PIN };
}

/** TCB statuses of a platform in the order of `TcbStatus` on-chain, the worst first. `Revoked` is never accepted. */
export const TCB_STATUSES = [
  "Revoked",
  "OutOfDateConfigurationNeeded",
  "OutOfDate",
  "ConfigurationAndSWHardeningNeeded",
  "ConfigurationNeeded",
  "SWHardeningNeeded",
  "UpToDate",
] as const;

/** What the vendor says of a platform's trusted computing base. */
export type TcbStatus = (typeof TCB_STATUSES)[number];

export type EnclaveDemands = {
  /** The one that is accepted; any that the publisher approved by default. */
  readonly measurement?: Hex;
  /** Numbers of `INTEL-SA-` that must not apply to the platform; three at most, and not beside `vouched`. */
  readonly without?: readonly number[];
  /** Whether a simulated enclave is accepted too: it proves nothing. */
  readonly simulated?: boolean;
  /**
   * Whether an enclave is accepted too that registrars vouch for and no contract verified, as those of AWS Nitro are: its status
   * is `OutOfDateConfigurationNeeded`, for nobody judges its platform, and it is exempt from no advisory.
   */
  readonly vouched?: boolean;
};

/**
 * Demands an attested enclave on a platform that stands at least as well as `minTcb`.
 *
 * @throws {ProtocolError} `POLICY_INVALID`.
 */
export function requireTee(
  minTcb: Exclude<TcbStatus, "Revoked">,
  { measurement = NO_PIN, without = [], simulated = false, vouched = false }: EnclaveDemands = {},
): Requirement {
  if (without.length > 3 || without.some((it) => it < 1 || it > 0xffff)) {
    throw new ProtocolError({
      code: "POLICY_INVALID",
      reason: `up to three advisories from 1 to 65535 can be refused, not ${without.join(", ")}`,
    });
  }
  if (vouched && without.length > 0) {
    throw new ProtocolError({
      code: "POLICY_INVALID",
      reason:
        "no advisory is known not to apply to an enclave that registrars vouch for: demand it as an alternative, without advisories",
    });
  }
  const least =
    BigInt(TCB_STATUSES.indexOf(minTcb)) |
    (simulated ? SIMULATED_TEE : 0n) |
    (vouched ? VOUCHED_TEE : 0n);
  const params = without.reduce(
    (bits, it, i) => bits | (BigInt(it) << BigInt(16 * (i + 1))),
    least,
  );
  return { kind: "tee", params, pin: measurement };
}

/** What a tee requirement demands, but for the measurement that it pins. */
export type TeeDemands = {
  readonly minTcb: Exclude<TcbStatus, "Revoked">;
  readonly simulated: boolean;
  /** Whether an enclave is accepted that registrars vouch for. */
  readonly vouched: boolean;
  /** Three of 16 bits, 0 for none, as `EnclaveRegistry.isExempt` takes them. */
  readonly advisories: bigint;
};

/** Returns what the parameters of a tee requirement demand; undefined where one is unknown: that is never met. */
export function readTee({ params }: Pick<Requirement, "params">): TeeDemands | undefined {
  const minTcb = TCB_STATUSES[Number(params & 0xffn)];
  const known = (params & 0xffffn) >> 10n === 0n;
  if (!known || minTcb === undefined || minTcb === "Revoked") return undefined;
  return {
    minTcb,
    simulated: (params & SIMULATED_TEE) !== 0n,
    vouched: (params & VOUCHED_TEE) !== 0n,
    advisories: params >> 16n,
  };
}

/** Demands every one of the requirements. */
export function allOf(requirements: readonly Requirement[], minStake = 0n): Policy {
  return { allOf: requirements.map((requirement) => ({ anyOf: [requirement] })), minStake };
}

/** Returns the policy that demands all that both demand. */
export function conjoin(a: Policy, b: Policy): Policy {
  return {
    allOf: [...a.allOf, ...b.allOf],
    minStake: a.minStake > b.minStake ? a.minStake : b.minStake,
  };
}

/** What is known of a receipt's proof: its circuit, and whether one party made the circuit's set-up. */
export type ProvenCircuit = { readonly circuit: CircuitId; readonly development: boolean };

/**
 * Returns the index of the first clause that evidence of these kinds cannot meet, as `EvidenceRouter` decides it; an
 * attestation, of a set-up or of an enclave, which only the chain has, is taken to be there. Stake is left aside.
 */
export function findUnmetClause(
  policy: Policy,
  kinds: readonly EvidenceKind[],
  proven: ProvenCircuit | undefined,
): number | undefined {
  const index = policy.allOf.findIndex(
    ({ anyOf }) => !anyOf.some((requirement) => mayBeMet(requirement, kinds, proven)),
  );
  return index === -1 ? undefined : index;
}

function mayBeMet(
  { kind, params, pin }: Requirement,
  kinds: readonly EvidenceKind[],
  proven: ProvenCircuit | undefined,
): boolean {
  if (!kinds.includes(kind)) return false;
  if (kind === "signature") return params === 0n && pin === NO_PIN;
  if (kind === "tee") return readTee({ params }) !== undefined;
  return kind === "zk" && proven !== undefined && isProofTrusted({ params, pin }, proven);
}

/** Returns whether a proof by this circuit is of the set-up that is demanded, as far as a receipt shows it. */
export function isProofTrusted(
  { params, pin }: Pick<Requirement, "params" | "pin">,
  proven: ProvenCircuit,
): boolean {
  switch (SETUP_TRUST[Number(params)]) {
    case "any":
      return pin === NO_PIN || pin === proven.circuit;
    case "pinned":
      return !proven.development && pin === proven.circuit;
    case "attested":
      return !proven.development && BigInt(pin) >> 160n === 0n;
    default:
      return false; // a parameter of a later version is never met
  }
}

/** Returns a policy in words: clauses joined by "and", alternatives by "or". */
export function describePolicy(policy: Policy): string {
  const clauses = policy.allOf.map((clause) =>
    clause.anyOf.length > 1 ? `(${describeClause(clause)})` : describeClause(clause),
  );
  const stake = policy.minStake === 0n ? [] : [`${policy.minStake} wei of stake at risk`];
  return [...clauses, ...stake].join(" and ") || "nothing";
}

/** Returns a clause in words. */
export function describeClause({ anyOf }: Clause): string {
  return anyOf.map(describeRequirement).join(" or ") || "the impossible";
}

function describeRequirement({ kind, params, pin }: Requirement): string {
  const byte = (shift: bigint): bigint => (params >> shift) & 0xffn;
  if (kind === "quorum") {
    const tolerance = (params >> 16n) & 0xffff_ffffn;
    return `quorum of ${byte(0n)} in ${byte(8n)}${tolerance === 0n ? "" : `, within ${tolerance}`}`;
  }
  if (kind === "optimistic") {
    const judge =
      byte(56n) === 0n
        ? describeRequirement({ kind: "zk", params: byte(40n), pin })
        : `a quorum of ${byte(48n)} in ${byte(56n)}`;
    return `${params & 0xff_ffff_ffffn} seconds open to challenge, decided by ${judge}`;
  }
  if (kind === "tee") return describeTee(params, pin);
  if (kind !== "zk") return kind;
  switch (SETUP_TRUST[Number(params)]) {
    case "any":
      return pin === NO_PIN ? "zk" : `zk under circuit ${pin}`;
    case "pinned":
      return `zk under circuit ${pin}, not a development set-up`;
    case "attested":
      return `zk under a set-up that 0x${pin.slice(-40)} attested`;
    case "external":
      return `zk by the external program ${pin}`;
    default:
      return `zk with the unknown parameter ${params}`;
  }
}

function describeTee(params: bigint, pin: Hex): string {
  const demands = readTee({ params });
  if (demands === undefined) return `tee with the unknown parameter ${params}`;
  const { minTcb, simulated, vouched, advisories } = demands;
  const refused = [0n, 16n, 32n]
    .map((shift) => (advisories >> shift) & 0xffffn)
    .filter((it) => it > 0n);
  return [
    `tee on a platform that is ${minTcb}${minTcb === "UpToDate" ? "" : " or better"}`,
    ...(pin === NO_PIN ? [] : [`of measurement ${pin}`]),
    ...refused.map((it) => `without INTEL-SA-${it.toString().padStart(5, "0")}`),
    ...(simulated ? ["SIMULATED accepted"] : []),
    ...(vouched ? ["VOUCHED by registrars accepted"] : []),
  ].join(", ");
}

/** Returns a policy in its on-chain form. */
export function encodePolicy(policy: Policy): EncodedPolicy {
  return {
    allOf: policy.allOf.map(({ anyOf }) => ({
      anyOf: anyOf.map(({ kind, params, pin }) => ({ kind: evidenceKindIndex(kind), params, pin })),
    })),
    minStake: policy.minStake,
  };
}

/** Returns the EIP-712 struct hash of a policy, without a domain. */
export function policyHash(policy: Policy): Hex {
  return TypedDataEncoder.hashStruct("Policy", POLICY_TYPES, encodePolicy(policy)) as Hex;
}

/** An address is pinned as a number, left-padded. */
function padPin(pin: Hex): Hex {
  return `0x${pin.slice(2).toLowerCase().padStart(64, "0")}`;
}
