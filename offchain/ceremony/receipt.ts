import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

/** What a contributor is given, and what is published of a round: its hash chains it to all before. */
export const receiptSchema = z.strictObject({
  /** `ceremonyId`. */
  ceremony: hash,
  /** From 1. */
  round: z.number().int().positive(),
  name: z.string().max(200),
  /** Who signed the request to join, where the ceremony asks for that. */
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .nullable(),
  /** UTC, when the round was complete. */
  at: z.iso.datetime(),
  /**
   * For each circuit: the contribution's hash (blake2b-512; keccak256 in commit-and-prove), and sha256 of the key that it
   * made. Behind the circuits, the same for each link.
   */
  circuits: z.array(
    z.strictObject({
      contribution: z.string().regex(/^([0-9a-f]{128}|0x[0-9a-f]{64})$/),
      key: sha256,
    }),
  ),
  /** Hash of the receipt before it; of nothing, 32 zero bytes. */
  previous: hash,
});

export type Receipt = Readonly<z.infer<typeof receiptSchema>>;

export const NO_RECEIPT: Hex = `0x${"00".repeat(32)}`;

/** `keccak256("vouch.ceremony.receipt.v1" ‖ JSON)`, the JSON with its members in the order of the type. */
export function receiptHash(receipt: Receipt): Hex {
  const { ceremony, round, name, address, at, circuits, previous } = receipt;
  const ordered = circuits.map(({ contribution, key }) => ({ contribution, key }));
  const text = JSON.stringify({ ceremony, round, name, address, at, circuits: ordered, previous });
  return contentId(Buffer.from(`vouch.ceremony.receipt.v1${text}`, "utf8"));
}
