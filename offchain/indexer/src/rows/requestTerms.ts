import { escrowOf } from "@vouch/protocol";
import type { Hex } from "viem";
import { encodePacked, keccak256, numberToHex } from "viem";
import type { EventPolicy } from "./policyJson.ts";
import { policyJson } from "./policyJson.ts";

/** Parameters of a request as viem decodes them. */
export type EventParams = {
  readonly input: readonly bigint[];
  readonly policy: EventPolicy;
  readonly token: Hex;
  readonly maxFee: bigint;
  readonly stake: bigint;
  readonly bond: bigint;
  readonly cover: bigint;
  readonly maxGasPrice: bigint;
  readonly verificationGas: number;
  readonly callbackGas: number;
  readonly provisionalGas: number;
  readonly lockDeadline: number;
  readonly deadline: number;
};

/** Words of an output that a row holds. */
const SHOWN_WORDS = 64;

/** Returns what the parameters say of a request, as its row holds it. */
export function requestTerms(params: EventParams): {
  readonly token: Hex;
  readonly escrow: bigint;
  readonly cover: bigint;
  readonly stake: bigint;
  readonly bond: bigint;
  readonly policy: object;
  readonly inputHash: Hex;
  readonly inputWords: number;
  readonly callbackGas: number;
  readonly lockDeadline: number;
  readonly deadline: number;
} {
  return {
    token: params.token,
    escrow: escrowOf(params),
    cover: params.cover,
    stake: params.stake,
    bond: params.bond,
    policy: policyJson(params.policy),
    inputHash: keccak256(encodePacked(["uint256[]"], [params.input])),
    inputWords: params.input.length,
    callbackGas: params.callbackGas,
    lockDeadline: params.lockDeadline,
    deadline: params.deadline,
  };
}

/** Returns the first words of an output in hex. */
export function shownWords(output: readonly bigint[]): readonly Hex[] {
  return output.slice(0, SHOWN_WORDS).map((word) => numberToHex(word, { size: 32 }));
}
