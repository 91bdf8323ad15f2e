import { CompilerError } from "../errors.ts";
import type { GraphProto, ValueInfoProto } from "./modelProto.ts";
import type { Dtype } from "./opReader.ts";
import { elementType, MAX_ELEMENTS, readShape } from "./readTensor.ts";

/** Lengths of axes that the file leaves open, by symbol or as `<input>.<axis>`. */
export type Dimensions = Readonly<Record<string, number>>;

export type OnnxInput = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
};

/** What the file declares: tensors that are fed, and names of those that are returned. */
export type Interface = {
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
};

/**
 * Reads the graph's inputs and outputs; an input that has an initializer is a constant.
 *
 * @throws {CompilerError} `NAME_DUPLICATE`, `NAME_MISSING`, `OUTPUT_COUNT`, `DTYPE_UNSUPPORTED`, `SHAPE_DYNAMIC`,
 * `SHAPE_INVALID`, `LIMIT_EXCEEDED`, `OPTIONS_INVALID`.
 */
export function readInterface(
  graph: GraphProto,
  initializers: ReadonlySet<string>,
  dimensions: Dimensions,
): Interface {
  const infos = (graph.input ?? []).map((it) => ({ info: it, name: named(it.name, "an input") }));
  const outputs = (graph.output ?? []).map((it) => named(it.name, "an output"));
  checkDistinct(infos.map(({ name }) => name));
  checkDistinct(outputs);
  if (outputs.length === 0) throw new CompilerError({ code: "OUTPUT_COUNT", count: 0 });

  for (const [symbol, length] of Object.entries(dimensions)) {
    if (Number.isInteger(length) && length > 0 && length <= MAX_ELEMENTS) continue;
    const reason = `dimension ${symbol} is ${length}, no length`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
  const used = new Set<string>();
  const lengthOf = (symbol: string): number | undefined => {
    used.add(symbol);
    return Object.hasOwn(dimensions, symbol) ? dimensions[symbol] : undefined;
  };
  // Files of IR version 3 list their initializers as inputs, too.
  const inputs = infos
    .filter(({ name }) => !initializers.has(name))
    .map(({ info, name }) => readInput(info, name, lengthOf));
  const unused = Object.keys(dimensions).find((symbol) => !used.has(symbol));
  if (unused !== undefined) {
    const reason = `no input has the dimension ${unused}`;
    throw new CompilerError({ code: "OPTIONS_INVALID", reason });
  }
  return { inputs, outputs };
}

/** The name, which must not be empty. */
export function named(name: string | undefined, what: string): string {
  if (name === undefined || name === "") throw new CompilerError({ code: "NAME_MISSING", what });
  return name;
}

/** A first axis without length is the batch, which is 1. */
function readInput(
  info: ValueInfoProto,
  name: string,
  lengthOf: (symbol: string) => number | undefined,
): OnnxInput {
  const { dtype } = elementType(info.type?.tensorType?.elemType, name);
  const declared = info.type?.tensorType?.shape;
  if (declared === undefined) {
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: name, reason: "it is not declared" });
  }
  const dims = (declared.dim ?? []).map(({ dimValue, dimParam = "" }, axis) => {
    if (dimValue !== undefined) return dimValue;
    const place = `${name}.${axis}`;
    const symbol = dimParam === "" ? place : dimParam;
    const length = lengthOf(place) ?? lengthOf(symbol) ?? (axis === 0 ? 1 : undefined);
    if (length === undefined) {
      throw new CompilerError({ code: "SHAPE_DYNAMIC", tensor: name, axis, symbol });
    }
    return BigInt(length);
  });
  if (dims.includes(0n)) {
    const reason = "an axis has length 0";
    throw new CompilerError({ code: "SHAPE_INVALID", tensor: name, reason });
  }
  return { name, shape: readShape(dims, name), dtype };
}

function checkDistinct(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new CompilerError({ code: "NAME_DUPLICATE", name });
    seen.add(name);
  }
}
