import protobuf from "protobufjs";
import { CompilerError } from "../errors.ts";

/** Fields that become objects when decoded; a model of ten thousand nodes has some 200,000. */
export const MAX_FIELDS = 2 ** 18;
/** Elements of repeated numbers; weights come as `raw_data`, which costs nothing to decode. */
export const MAX_PACKED = 2 ** 22;

/** Least bytes of one packed element. */
const PACKED = new Map([
  ["float", 4],
  ["double", 8],
  ["int32", 1],
  ["int64", 1],
  ["uint64", 1],
]);

type Type = protobuf.Type;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;

/**
 * Walks a protobuf message without building it, so that a file of a few megabytes cannot be decoded to gigabytes of
 * empty messages.
 *
 * @throws {CompilerError} `MODEL_MALFORMED`; `LIMIT_EXCEEDED` where there are more fields than are ever decoded.
 */
export function checkWire(bytes: Uint8Array, root: Type): void {
  let at = 0;
  let fields = 0;
  let packed = 0;

  walk(root, bytes.length);

  function walk(type: Type, end: number): void {
    while (at < end) {
      const tag = varint(end);
      const id = Math.floor(tag / 8);
      if (id < 1 || id > MAX_FIELD_NUMBER) fail(`field number ${id}`);
      // Files of proto2 writers have one field for each number of a list.
      const field = type.fieldsById[id];
      const isNumber = tag % 8 !== LENGTH_DELIMITED && field?.repeated === true;
      if (isNumber) packed = count("packed elements", packed + 1, MAX_PACKED);
      else fields = count("fields", fields + 1, MAX_FIELDS);
      switch (tag % 8) {
        case VARINT:
          varint(end);
          break;
        case FIXED64:
          skip(8, end);
          break;
        case LENGTH_DELIMITED:
          content(field?.resolve(), end);
          break;
        case FIXED32:
          skip(4, end);
          break;
        default:
          fail(`wire type ${tag % 8}`);
      }
    }
  }

  function content(field: protobuf.Field | undefined, end: number): void {
    const length = varint(end);
    const start = at;
    skip(length, end);
    if (field?.resolvedType instanceof protobuf.Type) {
      at = start;
      walk(field.resolvedType, start + length);
      return;
    }
    const least = field?.repeated === true ? PACKED.get(field.type) : undefined;
    if (least === undefined) return;
    let elements = length / least;
    if (least === 1) {
      elements = 0;
      for (let i = start; i < at; i++) if ((bytes[i] ?? 0) < 0x80) elements++;
    }
    packed = count("packed elements", packed + elements, MAX_PACKED);
  }

  function varint(end: number): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = at < end ? bytes[at] : undefined;
      if (byte === undefined) return fail("the file ends within a number");
      at++;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    return fail("a number has more than ten bytes");
  }

  function skip(length: number, end: number): void {
    if (length > end - at) fail(`a field of ${length} bytes with ${end - at} left`);
    at += length;
  }

  function count(what: string, total: number, limit: number): number {
    if (total > limit) {
      throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count: total, limit });
    }
    return total;
  }

  function fail(what: string): never {
    throw new CompilerError({ code: "MODEL_MALFORMED", reason: `${what} at byte ${at}` });
  }
}
