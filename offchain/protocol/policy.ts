import { TypedDataEncoder } from "ethers";
import type { EvidenceKind } from "./evidence.ts";
import { evidenceKindIndex } from "./evidence.ts";
import type { CircuitId, Hex } from "./hex.ts";

/** Set-ups that a zk requirement accepts, in the order of `SetupTrust` on-chain. */
export const SETUP_TRUST = ["attested", "pinned", "any"] as const;

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

const NO_PIN: Hex = `0x${"00".repeat(32)}`;

/** The policy that demands nothing; of use as a floor only. */
export const NO_FLOOR: Policy = { allOf: [], minStake: 0n };

/** Demands a staked operator's signature. */
export function requireSignature(): Requirement {
  return { kind: "signature", params: 0n, pin: NO_PIN };
}

/** Demands a proof; `attested` needs the verifier's address, `pinned` a circuit id, `any` takes either or nothing. */
export function requireZk(trust: "attested", verifier: Hex): Requirement;
export function requireZk(trust: "pinned" | "any", circuit?: CircuitId): Requirement;
export function requireZk(trust: SetupTrust, pin: Hex = NO_PIN): Requirement {
  return { kind: "zk", params: BigInt(SETUP_TRUST.indexOf(trust)), pin: padPin(pin) };
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

const POLICY_TYPES = {
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

/** An address is pinned as a number, left-padded. */
function padPin(pin: Hex): Hex {
  return `0x${pin.slice(2).toLowerCase().padStart(64, "0")}`;
}
