import type { Hex } from "@vouch/protocol";
import { z } from "zod";

const hex = z.custom<Hex>((it) => typeof it === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(it));
const address = z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-fA-F]{40}$/.test(it));
const wei = z.bigint().nonnegative();

export const intentSchema = z
  .object({
    /** Names the intent for ever: the same key again is the same transaction, sent once. */
    key: z.string().min(1),
    to: address.transform((it) => it.toLowerCase() as Hex),
    data: hex.default("0x").transform((it) => it.toLowerCase() as Hex),
    value: wei.default(0n),
    gasLimit: z.bigint().positive(),
    /** Chain time in seconds from which on it is of no use: it is cancelled where it is not in a block by then. */
    deadline: z.number().int().positive().optional(),
    /** Wei per gas that are never exceeded, whatever the chain asks. */
    maxFeePerGas: z.bigint().positive().optional(),
  })
  .readonly();

/** A transaction that is wanted, once. */
export type IntentInput = z.input<typeof intentSchema>;
export type Intent = z.output<typeof intentSchema>;

/** Returns the first field in which two intents of one key are different transactions. */
export function differingField(a: Intent, b: Intent): string | undefined {
  return (["to", "data", "value"] as const).find((it) => a[it] !== b[it]);
}
