import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { find } from "../attributes.ts";
import { maximum, minimum, scalar, scalarValue, structured } from "../formulas.ts";
import { alike, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** What exporters write for "no bound" is the largest float32, infinite, or of integers the largest of 64 bits. */
const NO_BOUND = 3.4e38;
const NO_WHOLE_BOUND = 2 ** 62;

type Formula = (ops: FloatOps, a: FloatId, b: FloatId) => FloatId;

/** @param sign of the constants that are no bound */
function nary(formula: Formula, sign: 1 | -1): OpReader {
  return {
    inputs: { least: 1, most: Infinity },
    attributes: () => [],
    read(node, ops) {
      const { ids, dtype } = alike(node, "numbers");
      const bounds = ids.filter((id) => sign * (scalarValue(ops, id) ?? 0) < NO_BOUND);
      const used = bounds.length === 0 ? ids : bounds;
      return one(
        used.reduce((a, b) => bounded(ops, formula, sign, a, b)),
        dtype,
      );
    },
  };
}

/** Where an element of a constant is no bound the other operand stays as it is: a sum of the two would lose it. */
function bounded(ops: FloatOps, formula: Formula, sign: 1 | -1, a: FloatId, b: FloatId): FloatId {
  const isOpen = (id: FloatId): boolean =>
    ops.valuesOf(id)?.some((it) => sign * it > NO_BOUND) ?? false;
  if (!isOpen(a) && !isOpen(b)) return formula(ops, a, b);
  const [bound, x] = isOpen(b) ? [b, a] : [a, b];
  const values = ops.valuesOf(bound) ?? new Float64Array();
  const role = ops.isWeight(bound) ? "weight" : "structure";
  const closed = ops.constant(
    ops.shapeOf(bound),
    values.map((it) => (sign * it > NO_BOUND ? 0 : it)),
    role,
    ops.kindOf(bound),
  );
  const limited = bounded(ops, formula, sign, x, closed);
  const shape = ops.shapeOf(limited);
  const full = ops.valuesOf(ops.broadcast(structured(ops, bound), shape)) ?? values;
  return ops.view([limited, ops.broadcast(x, shape)], shape, (at) =>
    sign * (full[at] ?? 0) > NO_BOUND ? full.length + at : at,
  );
}

/** Bounds are attributes before opset 11, then inputs. */
const clip: OpReader = {
  inputs: { least: 1, most: 3 },
  attributes: (opset) => (opset < 11 ? ["min", "max"] : []),
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const low = boundOf(node, ops, 1, "min", -1);
    const high = boundOf(node, ops, 2, "max", 1);
    const raised = low === undefined ? id : maximum(ops, id, low);
    return one(high === undefined ? raised : minimum(ops, raised, high), dtype);
  },
};

/** @param sign of the values that are no bound */
function boundOf(
  node: OnnxNode,
  ops: FloatOps,
  at: number,
  attribute: "min" | "max",
  sign: 1 | -1,
): FloatId | undefined {
  const input = node.inputs[at];
  if (input !== undefined) {
    const [value = 0] = ops.valuesOf(input.id) ?? [];
    const most = input.dtype === "integer" ? NO_WHOLE_BOUND : NO_BOUND;
    return sign * value > most ? undefined : structured(ops, input.id);
  }
  if (!node.attributes.has(attribute)) return undefined;
  const value = find(node, attribute, "float")?.f ?? 0;
  return sign * value > NO_BOUND ? undefined : scalar(ops, value);
}

export const EXTREMUM_OPS = {
  Clip: clip,
  Max: nary(maximum, -1),
  Min: nary(minimum, 1),
} satisfies OpTable;
