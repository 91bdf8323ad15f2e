import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, stridesOf, tabledIndices } from "../../ir/shape.ts";
import { floatAttribute, intsAttribute, stringAttribute } from "../attributes.ts";
import { scalar, structured } from "../formulas.ts";
import { axisOf, knownIntegers, like, mismatch, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { MAX_ELEMENTS, readShape } from "../readTensor.ts";

const MODES = ["constant", "reflect", "edge", "wrap"] as const;

type Mode = (typeof MODES)[number];

/** Negative pads cut. */
const pad: OpReader = {
  inputs: { least: 1, most: 4 },
  attributes: (opset) => (opset < 11 ? ["mode", "pads", "value"] : ["mode"]),
  read(node, ops) {
    const input = operand(node, 0);
    const { id } = input;
    const from = ops.shapeOf(id);
    const { before, after } = padsOf(node, ops, from.length);
    const mode = stringAttribute<Mode>(node, "mode", "constant", MODES);
    const lengths = from.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0));
    const shape = readShape(lengths.map(BigInt), node.name);
    if (mode !== "constant" && from.includes(0)) mismatch(node, "there is nothing to repeat");

    const strides = stridesOf(from);
    const tables = shape.map((length, axis) =>
      Int32Array.from({ length }, (_, i) => {
        const source = sourceOf(mode, i - (before[axis] ?? 0), from[axis] ?? 1);
        return source === undefined ? -1 : source * (strides[axis] ?? 0);
      }),
    );
    const places = tabledIndices(tables);
    const filler = fillerOf(node, ops);
    if (filler === undefined) return like(input, ops.view([id], shape, places));
    const outside = elementsOf(from);
    return like(
      input,
      ops.view(
        [id, filler],
        shape,
        places.map((it) => (it === -1 ? outside : it)),
      ),
    );
  },
};

export const PAD_OPS = { Pad: pad } satisfies OpTable;

/** Index on the input's axis, `undefined` where the filler stands. */
function sourceOf(mode: Mode, at: number, length: number): number | undefined {
  switch (mode) {
    case "constant":
      return at >= 0 && at < length ? at : undefined;
    case "edge":
      return Math.min(Math.max(at, 0), length - 1);
    case "wrap":
      return modulo(at, length);
    case "reflect": {
      const period = Math.max(2 * (length - 1), 1);
      const place = modulo(at, period);
      return place < length ? place : period - place;
    }
    default:
      return mode satisfies never;
  }
}

function modulo(at: number, length: number): number {
  return ((at % length) + length) % length;
}

function padsOf(
  node: OnnxNode,
  ops: FloatOps,
  rank: number,
): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const given = knownIntegers(node, ops, 1, "pads") ?? intsAttribute(node, "pads");
  const pads = given ?? refuse(node, "it has no pads");
  const listed = knownIntegers(node, ops, 3, "axes");
  const axes = (listed ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) =>
    axisOf(node, rank, axis, "axes"),
  );
  const isFit = pads.length === 2 * axes.length && pads.every((it) => Math.abs(it) <= MAX_ELEMENTS);
  if (!isFit) mismatch(node, `pads of [${pads.slice(0, 16).join(", ")}] for ${rank} axes`);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, at) => {
    before[axis] = pads[at] ?? 0;
    after[axis] = pads[at + axes.length] ?? 0;
  });
  return { before, after };
}

/** What stands outside; `undefined` for zero. */
function fillerOf(node: OnnxNode, ops: FloatOps): FloatId | undefined {
  const input = node.inputs[2];
  const value =
    input === undefined ? floatAttribute(node, "value", 0) : ops.valuesOf(input.id)?.[0];
  if (value === 0) return undefined;
  return input === undefined ? scalar(ops, value ?? 0) : structured(ops, input.id);
}
