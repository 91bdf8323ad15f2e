/** A record of a ceremony's file: u32 length of the name, the name, then parts of fixed lengths. */
export type NamedParts = { readonly name: string; readonly parts: readonly Uint8Array[] };

const MAX_NAME_BYTES = 64;

/** What a contribution is called, cut to the bytes that a record holds. */
export function contributionName(name: string): string {
  let cut = name;
  while (Buffer.byteLength(cut) > MAX_NAME_BYTES) cut = cut.slice(0, -1);
  return cut;
}

/** @throws {RangeError} for a part of another length: a point that is not affine. */
export function encodeNamedParts(
  { name, parts }: NamedParts,
  lengths: readonly number[],
): Uint8Array {
  if (parts.length !== lengths.length || parts.some((it, i) => it.length !== lengths[i]))
    throw new RangeError("a part of a contribution has another length");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(name));
  return Buffer.concat([length, Buffer.from(name), ...parts]);
}

/** Reads u32 count and as many records, up to the end; `undefined` where the bytes are no such list. */
export function decodeNamedParts(
  bytes: Buffer,
  lengths: readonly number[],
): readonly NamedParts[] | undefined {
  const records: NamedParts[] = [];
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("the list ends early");
    return bytes.subarray(at, (at += length));
  };
  try {
    for (let rest = take(4).readUInt32LE(); rest > 0; rest--) {
      const length = take(4).readUInt32LE();
      if (length > MAX_NAME_BYTES) return undefined;
      const name = take(length).toString("utf8");
      records.push({ name, parts: lengths.map(take) });
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return at === bytes.length ? records : undefined;
}
