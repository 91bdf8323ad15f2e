import type { Hex } from "viem";
import { keccak256, stringToBytes } from "viem";

/** An index of PostgreSQL refuses keys of some kilobytes; names have no limit on-chain. */
const LONGEST = 128;
/** First half of a surrogate pair that was cut in two. */
const HALF = /[\uD800-\uDBFF]$/;

/**
 * Returns the id of a publisher's model, `publisher:name`. A name that is long, or has a character that no row holds, ends with a
 * hash of the whole, so that no two names share an id.
 */
export function modelId(publisher: Hex, name: string): string {
  const isPlain = name.length <= LONGEST && !name.includes("\0");
  if (isPlain) return `${publisher}:${name}`;
  const start = name.slice(0, LONGEST).replaceAll("\0", "").replace(HALF, "");
  return `${publisher}:${start}#${keccak256(stringToBytes(name)).slice(2, 18)}`;
}
