import * as z from "zod";
import type { Hex, ReleaseId } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import { policySchema, policyToJson } from "./receipt.ts";
import type { RequestParams } from "./request.ts";

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((value) => value.toLowerCase() as Hex);
const bytes32 = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
/** A decimal that the ABI's `uint<bits>` holds. */
const uint = (bits: number) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `below 2^${bits}`);
const count = (bits: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** bits - 1);

/** Parameters of a request in JSON: amounts as decimal strings, words as 32 bytes in hex. */
export const requestParamsSchema = z.strictObject({
  nonce: uint(256),
  release: bytes32.transform((value) => value.toLowerCase() as Hex as ReleaseId),
  input: z.array(bytes32.transform(BigInt)).min(1).max(65_536),
  policy: policySchema,
  token: address,
  minFee: uint(96),
  maxFee: uint(96),
  rampStart: count(40),
  stake: uint(80),
  bond: uint(80),
  cover: uint(80),
  maxGasPrice: uint(64),
  verificationGas: count(32),
  callbackGas: count(32),
  provisionalGas: count(32),
  lockDeadline: count(40),
  deadline: count(40),
});

/** Returns the JSON value that `requestParamsSchema` reads. */
export function requestParamsToJson(params: RequestParams): Record<string, unknown> {
  const { nonce, input, policy, minFee, maxFee, stake, bond, cover, maxGasPrice } = params;
  return {
    ...params,
    nonce: nonce.toString(),
    input: input.map(wordToHex),
    policy: policyToJson(policy),
    ...{ minFee: minFee.toString(), maxFee: maxFee.toString() },
    ...{ stake: stake.toString(), bond: bond.toString(), cover: cover.toString() },
    maxGasPrice: maxGasPrice.toString(),
  };
}
