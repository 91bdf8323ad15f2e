import type {
  EscrowTerms,
  FundingWay,
  Hex,
  Policy,
  ReleaseCircuit,
  ReleaseId,
} from "@vouch/protocol";
import { hashOfWords } from "@vouch/protocol";
import { verificationGasOf } from "@vouch/sdk";
import type { HashedPrice } from "../../catalog.ts";

/** What a request asks, as the chain asks it. */
export type EscrowQuestion = {
  readonly release: ReleaseId;
  readonly circuit: ReleaseCircuit | null;
  readonly input: readonly bigint[];
  /** What the release demands of every answer. */
  readonly floor: Policy;
};

/** How escrowed requests are made; amounts in the token's smallest unit, stake and bond in the vault's, times in seconds. */
export type EscrowOptions = {
  readonly requests: Hex;
  readonly funding: Hex;
  readonly ways: readonly [FundingWay, ...FundingWay[]];
  readonly lockSeconds: number;
  readonly seconds: number;
  readonly gasPrice: bigint;
  readonly stake: bigint;
  readonly bond: bigint;
};

/** Returns the terms of the request that this question is under this price: the same each time it is asked. */
export function escrowTermsOf(
  { release, circuit, input }: EscrowQuestion,
  { policy, policyHash, amount: fee }: HashedPrice,
  { gasPrice, stake, ...options }: EscrowOptions,
): EscrowTerms {
  const { requests, funding, ways, lockSeconds, seconds, bond } = options;
  return {
    ...{ requests, funding, release, inputHash: hashOfWords(input), policyHash, ways, fee },
    stake: policy.minStake > stake ? policy.minStake : stake,
    ...{ bond, maxGasPrice: gasPrice, verificationGas: verificationGasOf(circuit) },
    ...{ lockSeconds, seconds },
  };
}
