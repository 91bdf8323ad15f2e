/** A field of a protobuf message. */
export type WireField = {
  readonly id: number;
  /** Whether it has a length: a message, text or bytes, from `start` to `end` in the file. */
  readonly isMessage: boolean;
  readonly start: number;
  readonly end: number;
  /** Of a varint, exact below 2^53; 0 for others. */
  readonly value: number;
};

/** Fields that are walked at most; weights that are not raw may have one for each number. */
export const MAX_WIRE_FIELDS: number = 2 ** 24;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;
const MAX_VARINT_BYTES = 10;

/**
 * Returns what lists the fields of any part of a file, without a copy of them; the limit on their number is for all parts
 * together.
 *
 * @param fail throws, with the reason
 */
export function wireFields(
  bytes: Uint8Array,
  fail: (reason: string) => never,
): (start: number, end: number) => Generator<WireField> {
  let count = 0;
  return function* fields(start, end) {
    let at = start;
    while (at < end) {
      if (++count > MAX_WIRE_FIELDS) fail(`it has more than ${MAX_WIRE_FIELDS} fields`);
      const tag = varint();
      const id = Math.floor(tag / 8);
      if (id < 1 || id > MAX_FIELD_NUMBER) fail(`a field has number ${id} at byte ${at}`);
      const wire = tag % 8;
      const value = wire === VARINT ? varint() : 0;
      const length = lengthOf(wire);
      if (length > end - at) fail(`a field is cut off at byte ${at}`);
      const from = at;
      at += length;
      yield { id, isMessage: wire === LENGTH_DELIMITED, start: from, end: at, value };
    }

    function lengthOf(wire: number): number {
      if (wire === VARINT) return 0;
      if (wire === FIXED64) return 8;
      if (wire === FIXED32) return 4;
      if (wire === LENGTH_DELIMITED) return varint();
      return fail(`a field has wire type ${wire} at byte ${at}`);
    }

    function varint(): number {
      let value = 0;
      let factor = 1;
      for (let i = 0; i < MAX_VARINT_BYTES; i++) {
        const byte = at < end ? bytes[at] : undefined;
        if (byte === undefined) return fail(`a number is cut off at byte ${at}`);
        at++;
        value += (byte & 0x7f) * factor;
        factor *= 0x80;
        if (byte < 0x80) return value;
      }
      return fail(`a number has more than ${MAX_VARINT_BYTES} bytes at byte ${at}`);
    }
  };
}
