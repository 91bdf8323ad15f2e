import type { BeaconValue } from "../../ceremony/contributionRecords.ts";

/**
 * A record of a ceremony's file: u32 length of the name, the name, u8 exponent of the beacon (0: none; else u8 length and the
 * value follow), then parts of fixed lengths.
 */
export type NamedParts = {
  readonly name: string;
  readonly beacon?: BeaconValue;
  readonly parts: readonly Uint8Array[];
};

/** Bytes of a record beside name, beacon and parts. */
export const RECORD_HEAD_BYTES = 5;
export const MAX_NAME_BYTES = 64;

/** @throws {RangeError} for a part of another length: a point that is not affine. */
export function encodeNamedParts(
  { name, beacon, parts }: NamedParts,
  lengths: readonly number[],
): Uint8Array {
  if (parts.length !== lengths.length || parts.some((it, i) => it.length !== lengths[i]))
    throw new RangeError("a part of a contribution has another length");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(name));
  return Buffer.concat([length, Buffer.from(name), encodeBeacon(beacon), ...parts]);
}

/** u32 count, then each record. */
export function encodeRecords(records: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(records.length);
  return Buffer.concat([count, ...records]);
}

/** Reads u32 count and as many records, up to the end; `undefined` where the bytes are no such list in its one encoding. */
export function decodeRecords(
  bytes: Uint8Array,
  lengths: readonly number[],
): readonly NamedParts[] | undefined {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: NamedParts[] = [];
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > source.length) throw new RangeError("the list ends early");
    return source.subarray(at, (at += length));
  };
  try {
    for (let rest = take(4).readUInt32LE(); rest > 0; rest--) {
      const name = take(take(4).readUInt32LE()).toString("utf8");
      const iterationsExponent = take(1).readUInt8();
      const value = iterationsExponent === 0 ? undefined : take(take(1).readUInt8());
      records.push({
        name,
        ...(value && { beacon: { hash: value.toString("hex"), iterationsExponent } }),
        parts: lengths.map((length) => Uint8Array.from(take(length))),
      });
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const again = encodeRecords(records.map((it) => encodeNamedParts(it, lengths)));
  return Buffer.compare(again, source) === 0 ? records : undefined;
}

function encodeBeacon(beacon: BeaconValue | undefined): Uint8Array {
  if (beacon === undefined) return Uint8Array.of(0);
  const value = Buffer.from(beacon.hash, "hex");
  return Buffer.concat([Uint8Array.of(beacon.iterationsExponent, value.length), value]);
}
