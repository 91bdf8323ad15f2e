import type { DecodedPolicy } from "@vouch/protocol";
import { decodePolicy, policyToJson } from "@vouch/protocol";

/** Policy as viem decodes it: integers below 2^48 are numbers. */
export type EventPolicy = {
  readonly allOf: readonly {
    readonly anyOf: readonly {
      readonly kind: number;
      readonly params: bigint;
      readonly pin: string;
    }[];
  }[];
  readonly minStake: bigint;
};

/** Returns the JSON value of a policy that `policySchema` of `@vouch/protocol` reads. */
export function policyJson({ allOf, minStake }: EventPolicy): object {
  const decoded: DecodedPolicy = {
    allOf: allOf.map(({ anyOf }) => ({
      anyOf: anyOf.map((it) => ({ ...it, kind: BigInt(it.kind) })),
    })),
    minStake,
  };
  return policyToJson(decodePolicy(decoded));
}
