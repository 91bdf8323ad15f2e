import { AbiCoder, ParamType, id, keccak256 } from "ethers";
import { enumName } from "./enumName.ts";
import { EVIDENCE_KINDS } from "./evidence.ts";
import type { CircuitId, Hex, ReleaseId } from "./hex.ts";
import type { EncodedPolicy, Policy } from "./policy.ts";
import { encodePolicy } from "./policy.ts";

/** Determinism classes, in the order of `RuntimeClass` on-chain. */
const RUNTIMES = ["bitExact", "tolerant", "sampled"] as const;

/** An immutable version of a model; mirrors `contracts/types/Release.sol`. */
export type Release = {
  readonly publisher: Hex;
  readonly model: string;
  readonly version: string;
  readonly content: Hex;
  readonly weights: bigint;
  readonly circuit: CircuitId;
  readonly inputFractionBits: number;
  readonly outputFractionBits: number;
  readonly runtime: (typeof RUNTIMES)[number];
  readonly manifest: Hex;
  readonly licence: string;
  readonly royaltyBps: number;
  readonly floor: Policy;
};

/** Release as contracts take it. */
export type EncodedRelease = Omit<Release, "runtime" | "floor"> & {
  readonly runtime: number;
  readonly floor: EncodedPolicy;
};

/** Release as ethers decodes it from an event. */
export type DecodedRelease = {
  readonly publisher: string;
  readonly model: string;
  readonly version: string;
  readonly content: string;
  readonly weights: bigint;
  readonly circuit: string;
  readonly inputFractionBits: bigint;
  readonly outputFractionBits: bigint;
  readonly runtime: bigint;
  readonly manifest: string;
  readonly licence: string;
  readonly royaltyBps: bigint;
  readonly floor: DecodedPolicy;
};

/** Policy as ethers decodes it. */
export type DecodedPolicy = {
  readonly allOf: readonly {
    readonly anyOf: readonly {
      readonly kind: bigint;
      readonly params: bigint;
      readonly pin: string;
    }[];
  }[];
  readonly minStake: bigint;
};

const POLICY =
  "tuple(tuple(tuple(uint8 kind,uint64 params,bytes32 pin)[] anyOf)[] allOf,uint128 minStake)";
const RELEASE = `tuple(address publisher,string model,string version,bytes32 content,uint256 weights,bytes32 circuit,uint8 inputFractionBits,uint8 outputFractionBits,uint8 runtime,bytes32 manifest,string licence,uint16 royaltyBps,${POLICY} floor)`;
const RELEASE_TAG = id("vouch.release.v1");
const TAGGED_RELEASE = ["bytes32", RELEASE].map((type) => ParamType.from(type));

/** Returns a release in its on-chain form. */
export function encodeRelease(release: Release): EncodedRelease {
  return {
    ...release,
    runtime: RUNTIMES.indexOf(release.runtime),
    floor: encodePolicy(release.floor),
  };
}

/** Returns a release from its on-chain form. */
export function decodeRelease(encoded: DecodedRelease): Release {
  return {
    publisher: encoded.publisher.toLowerCase() as Hex,
    model: encoded.model,
    version: encoded.version,
    content: encoded.content as Hex,
    weights: encoded.weights,
    circuit: encoded.circuit as CircuitId,
    inputFractionBits: Number(encoded.inputFractionBits),
    outputFractionBits: Number(encoded.outputFractionBits),
    runtime: enumName(RUNTIMES, encoded.runtime),
    manifest: encoded.manifest as Hex,
    licence: encoded.licence,
    royaltyBps: Number(encoded.royaltyBps),
    floor: decodePolicy(encoded.floor),
  };
}

/** Returns a policy from its on-chain form. */
export function decodePolicy(encoded: DecodedPolicy): Policy {
  return {
    allOf: encoded.allOf.map(({ anyOf }) => ({
      anyOf: anyOf.map(({ kind, params, pin }) => ({
        kind: enumName(EVIDENCE_KINDS, kind),
        params,
        pin: pin as Hex,
      })),
    })),
    minStake: encoded.minStake,
  };
}

/** Returns the id that commits to every field; equals `Release.toId` on-chain. */
export function releaseId(release: Release): ReleaseId {
  const encoded = AbiCoder.defaultAbiCoder().encode(TAGGED_RELEASE, [
    RELEASE_TAG,
    encodeRelease(release),
  ]);
  return keccak256(encoded) as ReleaseId;
}
