import { getBytes, hexlify, keccak256, toBeHex } from "ethers";
import { ProtocolError } from "./errors.ts";

/** Lower-case hexadecimal with its prefix. */
export type Hex = `0x${string}`;

declare const brand: unique symbol;
/** Marks a type that only its parser makes. */
export type Brand<Name extends string> = { readonly [brand]: Name };

/** Hash of a release's whole description. */
export type ReleaseId = Hex & Brand<"ReleaseId">;
/** Hash of a circuit's encodings, r1cs, set-up transcript and key. */
export type CircuitId = Hex & Brand<"CircuitId">;
/** Hash of chain, contract, requester and nonce. */
export type RequestId = Hex & Brand<"RequestId">;

const WORDS = 1n << 256n;
const WORD_CHARACTERS = 66;
const NO_NIBBLE = 0x10;
/** Of each character's code its value as a hexadecimal digit. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? NO_NIBBLE : value;
});

/** @throws {ProtocolError} `HEX_INVALID` unless `value` is 32 bytes in hex. */
export const parseReleaseId = (value: string): ReleaseId => parseBytes32(value) as ReleaseId;
/** @throws {ProtocolError} `HEX_INVALID` unless `value` is 32 bytes in hex. */
export const parseCircuitId = (value: string): CircuitId => parseBytes32(value) as CircuitId;
/** @throws {ProtocolError} `HEX_INVALID` unless `value` is 32 bytes in hex. */
export const parseRequestId = (value: string): RequestId => parseBytes32(value) as RequestId;

/** @throws {ProtocolError} `HEX_INVALID` unless `value` is 32 bytes in hex. */
export function parseBytes32(value: string): Hex {
  if (!/^0x[0-9a-fA-F]{64}$/.test(value)) {
    throw new ProtocolError({ code: "HEX_INVALID", value, bytes: 32 });
  }
  return value.toLowerCase() as Hex;
}

/** @throws {ProtocolError} `HEX_INVALID` unless `value` is 20 bytes in hex. */
export function parseAddress(value: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(value)) {
    throw new ProtocolError({ code: "HEX_INVALID", value, bytes: 20 });
  }
  return value.toLowerCase() as Hex;
}

/**
 * Demands 32 bytes of what goes into a hash at once: that it is hex is seen to there.
 *
 * @throws {ProtocolError} `HEX_INVALID`.
 */
export function wordOfHash<T extends Hex>(value: T): T {
  if (value.length !== WORD_CHARACTERS)
    throw new ProtocolError({ code: "HEX_INVALID", value, bytes: 32 });
  return value;
}

/** Returns a word as 32 big-endian bytes in hex; `word` is in `[0, 2^256)`. */
export function wordToHex(word: bigint): Hex {
  if (word < 0n || word >= WORDS) return toBeHex(word, 32) as Hex; // which says what is wrong
  return `0x${word.toString(16).padStart(64, "0")}`;
}

/**
 * Returns the bytes of hex strings, end to end. It stands in every hash of the protocol, hence the table.
 *
 * @throws {ProtocolError} `HEX_INVALID` for what is no whole number of bytes in hex.
 */
export function bytesOfHex(parts: readonly Hex[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(parts));
  writeHex(parts, bytes);
  return bytes;
}

function lengthOf(parts: readonly Hex[]): number {
  let length = 0;
  for (const part of parts) length += (part.length - 2) >> 1;
  return length;
}

/** @throws {ProtocolError} `HEX_INVALID`. */
function writeHex(parts: readonly Hex[], bytes: Uint8Array): void {
  let at = 0;
  for (const part of parts) {
    let faults = part.length & 1;
    for (let i = 2; i < part.length; i += 2) {
      const high = NIBBLES[part.charCodeAt(i)] ?? NO_NIBBLE;
      const low = NIBBLES[part.charCodeAt(i + 1)] ?? NO_NIBBLE;
      faults |= (high | low) & NO_NIBBLE;
      bytes[at++] = (high << 4) | low;
    }
    if (faults !== 0 || !part.startsWith("0x"))
      throw new ProtocolError({ code: "HEX_INVALID", value: part, bytes: part.length >> 1 });
  }
}

/** keccak-256 of bytes, which it keeps no hold of. */
export type Keccak = (bytes: Uint8Array) => Hex;

let keccak: Keccak = (bytes) => keccak256(bytes) as Hex;

/** Has `hashOfHex` hash by another implementation in this process. */
export function useKeccak(implementation: Keccak): void {
  keccak = implementation;
}

/** What is hashed is mostly a few words: they are written here, and not to an array of their own each time. */
const scratch = new Uint8Array(512);
/** The first bytes of it, by their count. */
const scratches: Uint8Array[] = [];

/**
 * Returns keccak256 of the bytes of hex strings, end to end.
 *
 * @throws {ProtocolError} `HEX_INVALID` for what is no whole number of bytes in hex.
 */
export function hashOfHex(parts: readonly Hex[]): Hex {
  const length = lengthOf(parts);
  if (length > scratch.length) return keccak(bytesOfHex(parts));
  const bytes = (scratches[length] ??= scratch.subarray(0, length));
  writeHex(parts, bytes);
  return keccak(bytes);
}

/** Returns hex strings as one: their bytes in order. */
export function joinHex(parts: readonly Hex[]): Hex {
  return `0x${parts.map((part) => part.slice(2)).join("")}`;
}

/** Returns bytes as hex. */
export function bytesToHex(bytes: Uint8Array): Hex {
  return hexlify(bytes) as Hex;
}

/** Returns hex as bytes. */
export function hexToBytes(hex: Hex): Uint8Array {
  return getBytes(hex);
}
