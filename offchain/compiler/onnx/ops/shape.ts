import { elementsOf } from "../../ir/shape.ts";
import { flagAttribute, intAttribute } from "../attributes.ts";
import { knownIntegers, mismatch, one, operand, refuse } from "../operands.ts";
import type { OpReader, OpTable } from "../opReader.ts";
import { readShape } from "../readTensor.ts";

const flatten: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["axis"],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const shape = ops.shapeOf(id);
    const given = intAttribute(node, "axis", 1);
    const axis = given < 0 ? given + shape.length : given;
    if (axis < 0 || axis > shape.length) mismatch(node, `axis ${given} of [${shape.join(", ")}]`);
    const [outer, inner] = [shape.slice(0, axis), shape.slice(axis)];
    return one(ops.reshape(id, [elementsOf(outer), elementsOf(inner)]), dtype);
  },
};

/** 0 copies a length of the input, unless `allowzero` is set; -1 is what is left. */
const reshape: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: (opset) => (opset < 14 ? [] : ["allowzero"]),
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const from = ops.shapeOf(id);
    const given = knownIntegers(node, ops, 1, "shape") ?? [];
    const keepsZero = flagAttribute(node, "allowzero");
    const lengths = given.map((it, axis) =>
      it === 0 && !keepsZero ? (from[axis] ?? mismatch(node, `no axis ${axis} to copy`)) : it,
    );
    const rest = lengths.filter((it) => it !== -1);
    if (lengths.length - rest.length > 1) refuse(node, "two lengths are left open");
    const left = elementsOf(rest) === 0 ? 0 : elementsOf(from) / elementsOf(rest);
    const shape = lengths.map((it) => (it === -1 ? left : it));
    if (!shape.every(Number.isInteger) || elementsOf(shape) !== elementsOf(from)) {
      mismatch(node, `[${from.join(", ")}] cannot take the shape [${given.join(", ")}]`);
    }
    return one(ops.reshape(id, readShape(shape.map(BigInt), node.name)), dtype);
  },
};

export const SHAPE_OPS = { Flatten: flatten, Reshape: reshape } satisfies OpTable;
