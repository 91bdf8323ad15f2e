import type { OpReader, OpTable } from "./opReader.ts";
import { ACTIVATION_OPS } from "./ops/activation.ts";
import { ARITHMETIC_OPS } from "./ops/arithmetic.ts";
import { CONSTANT_OPS } from "./ops/constant.ts";
import { LINEAR_OPS } from "./ops/linear.ts";
import { SHAPE_OPS } from "./ops/shape.ts";

/** A set of ops that is versioned as a whole. */
export type Domain = {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  readonly ops: ReadonlyMap<string, OpReader>;
};

/** Each family of readers, by domain; a family stands in one file of `onnx/ops`. */
const DOMAINS: readonly Domain[] = [
  domain("ai.onnx", 7, 21, [ACTIVATION_OPS, ARITHMETIC_OPS, CONSTANT_OPS, LINEAR_OPS, SHAPE_OPS]),
  domain("ai.onnx.ml", 1, 5, []),
];

/** The domain of a name in a file, `undefined` for one that is not supported. */
export function findDomain(name: string): Domain | undefined {
  return DOMAINS.find((it) => it.name === (name === "" ? "ai.onnx" : name));
}

function domain(name: string, lowest: number, highest: number, tables: readonly OpTable[]): Domain {
  return { name, lowest, highest, ops: new Map(tables.flatMap((it) => Object.entries(it))) };
}
