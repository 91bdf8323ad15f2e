import type { Entry, Fees, Intent } from "@vouch/chain";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";

const hex = z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-fA-F]*$/.test(it));
/** Wei: decimal text in the table. */
const wei = z.coerce.bigint();

const intentSchema = z
  .object({
    key: z.string(),
    to: hex,
    data: hex,
    value: wei,
    gasLimit: wei,
    deadline: z.number().optional(),
    maxFeePerGas: wei.optional(),
  })
  .readonly();

const feesSchema = z.union([
  z.object({ maxFeePerGas: wei, maxPriorityFeePerGas: wei }).readonly(),
  z.object({ gasPrice: wei }).readonly(),
]);

const attemptSchema = z.object({ hash: hex, raw: hex, fees: feesSchema }).readonly();

const minedSchema = z
  .object({ hash: hex, blockNumber: z.number(), blockHash: hex, status: z.number() })
  .readonly();

const rowSchema = z
  .object({
    sender: hex,
    nonce: z.coerce.number(),
    intent: intentSchema,
    attempts: z.array(attemptSchema),
    mined: minedSchema.nullable(),
    is_final: z.boolean(),
  })
  .transform(({ is_final: isFinal, mined, ...rest }): Entry => ({
    ...rest,
    mined: mined ?? undefined,
    isFinal,
  }));

/** Reads an entry from its row. */
export function entryOf(row: unknown): Entry {
  return rowSchema.parse(row);
}

export function intentJson(intent: Intent): string {
  return jsonOf(intent);
}

export function feesJson(fees: Fees): string {
  return jsonOf(fees);
}

function jsonOf(value: object): string {
  return JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? it.toString() : it));
}
