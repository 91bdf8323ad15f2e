import { hexlify } from "ethers";

/** Returns a value as JSON has it: bytes in hexadecimal, large numbers in decimal digits. */
export function hexed(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexlify(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(hexed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, hexed(it)]));
}
