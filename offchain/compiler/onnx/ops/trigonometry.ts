import type { UnaryFunction } from "../../ir/floatGraph.ts";
import { one, operand } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";

function unary(kind: Exclude<UnaryFunction["kind"], "power">): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read: (node, ops) => one(ops.unary({ kind }, operand(node, 0).id)),
  };
}

export const TRIGONOMETRY_OPS = {
  Acos: unary("acos"),
  Acosh: unary("acosh"),
  Asin: unary("asin"),
  Asinh: unary("asinh"),
  Atan: unary("atan"),
  Atanh: unary("atanh"),
  Cos: unary("cos"),
  Cosh: unary("cosh"),
  Sin: unary("sin"),
  Sinh: unary("sinh"),
  Tan: unary("tan"),
} satisfies OpTable;
