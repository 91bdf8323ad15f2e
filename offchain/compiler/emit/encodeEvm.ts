import type { IntegerType } from "../ir/integerGraph.ts";
import type { EvmFrame } from "./evmFrame.ts";
import type { EvmCode, EvmInstruction } from "./evmInstructions.ts";
import { wordBytes } from "./evmInstructions.ts";

const VERSION = 1;
const SIGNED = 1;
const RELU = 2;

const CODES: Readonly<Record<EvmInstruction["op"], number>> = {
  load: 1,
  gather: 2,
  linear: 3,
  matmul: 4,
  sum: 5,
  maximum: 6,
  rescale: 7,
  relu: 8,
  lookup: 9,
  root: 10,
  multiply: 11,
  combine: 12,
  divide: 13,
  lessOrEqual: 14,
  equal: 15,
  select: 16,
};

/** Numbers with their bytes each; negative ones in two's complement. */
type Fields = readonly (readonly [bytes: number, value: number | bigint])[];

/** Writes a program in the format that `contracts/libraries/IntegerModel.sol` documents. */
export function encodeEvm({ input, output, instructions }: EvmCode, frame: EvmFrame): Uint8Array {
  const header: Fields = [
    [1, VERSION],
    ...encodingFields(input),
    ...encodingFields(output),
    [2, frame.size],
    [2, frame.addressOf(output)],
  ];
  return toBytes([header, ...instructions.map((it) => instructionFields(it, frame))].flat());
}

function encodingFields({ elements, type }: { elements: number; type: IntegerType }): Fields {
  return [
    [2, elements],
    [1, type.bits],
    [1, type.signed ? SIGNED : 0],
  ];
}

function instructionFields(instruction: EvmInstruction, { addressOf }: EvmFrame): Fields {
  const { op, output, elements, reads } = instruction;
  return [
    [1, CODES[op]],
    [2, addressOf({ tensor: output, offset: 0 })],
    [2, elements],
    ...reads.map((it) => [2, addressOf(it)] as const),
    ...operationFields(instruction),
  ];
}

function operationFields(it: EvmInstruction): Fields {
  switch (it.op) {
    case "load":
      return [[1, it.width], ...it.values.map((value) => [it.width, value] as const)];
    case "linear": {
      const bytes = wordBytes(it);
      const shape: Fields = [
        [2, it.rows],
        [2, it.inputs],
        [1, it.lanes],
        [1, it.bits],
      ];
      return [...shape, ...it.words.map((word) => [bytes, word] as const)];
    }
    case "matmul":
      return [
        [2, it.batches],
        [2, it.rows],
        [2, it.inner],
      ];
    case "sum":
    case "maximum":
    case "multiply":
      return [[2, it.length]];
    case "rescale":
      return [
        [8, it.multiplier],
        [1, it.shift],
        [1, it.type.bits],
        [1, (it.type.signed ? SIGNED : 0) + (it.relu ? RELU : 0)],
      ];
    case "lookup":
      return [
        [8, it.least],
        [1, it.highBits],
        [1, it.lowBits],
        [1, it.width],
        ...it.entries.map((entry) => [it.width, entry] as const),
      ];
    case "combine":
      return it.factors.map((factor) => [8, factor] as const);
    case "divide":
      return [[1, it.shift]];
    case "gather":
    case "relu":
    case "root":
    case "lessOrEqual":
    case "equal":
    case "select":
      return [];
    default:
      return it satisfies never;
  }
}

function toBytes(fields: Fields): Uint8Array {
  const result = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  let end = 0;
  for (const [bytes, value] of fields) {
    end += bytes;
    let rest = BigInt.asUintN(8 * bytes, BigInt(value));
    for (let i = end - 1; rest > 0n; i--) {
      result[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }
  return result;
}
