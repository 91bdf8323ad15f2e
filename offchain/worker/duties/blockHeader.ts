import type { Hex } from "@vouch/protocol";
import { encodeRlp, keccak256, toBeHex } from "ethers";
import { z } from "zod";
import { WorkerError } from "../errors.ts";

/** What answers JSON-RPC. */
export type Rpc = { readonly send: (method: string, params: unknown[]) => Promise<unknown> };

const HASHED = "hashed";
const QUANTITY = "quantity";
/** Fields of a header in their order, those of later forks last; by how they are encoded. */
const FIELDS = [
  ["parentHash", HASHED],
  ["sha3Uncles", HASHED],
  ["miner", HASHED],
  ["stateRoot", HASHED],
  ["transactionsRoot", HASHED],
  ["receiptsRoot", HASHED],
  ["logsBloom", HASHED],
  ["difficulty", QUANTITY],
  ["number", QUANTITY],
  ["gasLimit", QUANTITY],
  ["gasUsed", QUANTITY],
  ["timestamp", QUANTITY],
  ["extraData", HASHED],
  ["mixHash", HASHED],
  ["nonce", HASHED],
  ["baseFeePerGas", QUANTITY],
  ["withdrawalsRoot", HASHED],
  ["blobGasUsed", QUANTITY],
  ["excessBlobGas", QUANTITY],
  ["parentBeaconBlockRoot", HASHED],
  ["requestsHash", HASHED],
] as const;

const blockSchema = z.looseObject({ hash: z.string() }).nullable();
const fieldSchema = z.string().regex(/^0x[0-9a-fA-F]*$/);

/**
 * Returns the RLP encoding of a block's header, from what a node says of the block; checked against the block's hash, since it is
 * built from fields that later forks add to.
 *
 * @throws {WorkerError} `HEADER_INVALID`, `NODE_WITHOUT_BLOCKS`.
 */
export async function readHeader(number: number, rpc: Rpc): Promise<Hex> {
  const tag = `0x${number.toString(16)}`;
  const block = blockSchema.parse(await rpc.send("eth_getBlockByNumber", [tag, false]));
  if (block === null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  const values = FIELDS.flatMap(([name, form]) => {
    const value = block[name];
    if (value === undefined || value === null) return [];
    const text = fieldSchema.parse(value);
    if (form === HASHED) return [text];
    return [BigInt(text) === 0n ? "0x" : toBeHex(BigInt(text))];
  });
  const header = encodeRlp(values) as Hex;
  if (keccak256(header) !== block.hash) throw new WorkerError({ code: "HEADER_INVALID", number });
  return header;
}
