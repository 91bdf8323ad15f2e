import { CompilerError } from "../errors.ts";
import type { FloatOps } from "../ir/floatBuilder.ts";
import type { OnnxNode, OnnxValue } from "./opReader.ts";

/**
 * The least number that float32 holds as infinite, which stands for infinity: it masks a score and bounds a number as
 * well, and lets sums stay finite.
 */
export const INFINITE: number = 2 ** 128;

type Place = { readonly tensor: string; readonly index: number };

/** Where a tensor of the file has an element that is infinite, and so may what is made of it. */
export type Infinities = {
  readonly below?: Place | undefined;
  readonly above?: Place | undefined;
};

type Side = keyof Infinities;

const BOTH: readonly Side[] = ["below", "above"];

/** Ops that hand on what is infinite: movements of data, and sums, which mask scores. */
const CARRIERS: ReadonlySet<string> = new Set([
  ...["Add", "CastLike", "Cast", "Compress", "Concat", "Dropout", "Expand", "Flatten", "Gather"],
  ...["GatherElements", "GatherND", "Identity", "Pad", "Reshape", "ReverseSequence", "Scatter"],
  ...["ScatterElements", "ScatterND", "Slice", "Split", "Squeeze", "Sub", "Sum", "Tile", "TopK"],
  ...["Transpose", "Trilu", "Unsqueeze", "Where"],
]);

/** Ops whose result is finite where an operand is infinite on one of these sides. */
const ABSORBERS: ReadonlyMap<string, readonly Side[]> = new Map<string, readonly Side[]>([
  ...on(["below"], "ArgMax", "Exp", "GlobalMaxPool", "Hardmax", "LogSoftmax", "Max", "MaxPool"),
  ...on(["below"], "ReduceMax", "Softmax"),
  ...on(["above"], "ArgMin", "Min", "ReduceMin"),
  ...on(BOTH, "Clip", "Equal", "Greater", "GreaterOrEqual", "IsNaN", "Less", "LessOrEqual"),
  ...on(BOTH, "Shape", "Size"),
]);

/** The same of inputs after the first, where it is another. */
const LATER: ReadonlyMap<string, readonly (readonly Side[])[]> = new Map<string, readonly Side[][]>(
  [
    ["Clip", [["below"], ["above"]]],
    ["Sub", [[]]],
  ],
);

function on(
  sides: readonly Side[],
  ...ops: readonly string[]
): readonly (readonly [op: string, sides: readonly Side[]])[] {
  return ops.map((it) => [it, sides]);
}

/**
 * Refuses what is infinite among a node's inputs unless it is a bound, a mask, or only moved there.
 *
 * @throws {CompilerError} `VALUE_NOT_FINITE`, naming the tensor that has the element.
 */
export function checkInfinities({ opType, inputs }: OnnxNode): void {
  const sides = CARRIERS.has(opType) ? BOTH : (ABSORBERS.get(opType) ?? []);
  inputs.forEach((input, at) => {
    checkFinite(input?.infinities, at === 0 ? sides : (LATER.get(opType)?.[at - 1] ?? sides));
  });
}

/** Refuses a place on a side other than these. */
export function checkFinite(
  infinities: Infinities | undefined,
  allowed: readonly Side[] = [],
): void {
  for (const side of ["below", "above"] as const) {
    const place = infinities?.[side];
    if (place === undefined || allowed.includes(side)) continue;
    throw new CompilerError({ code: "VALUE_NOT_FINITE", ...place });
  }
}

/**
 * A value with what is infinite in it: as its elements say where they are known, else as the operands of the node that
 * only moves or adds them.
 */
export function traced(
  ops: FloatOps,
  value: OnnxValue,
  tensor: string,
  node?: OnnxNode,
): OnnxValue {
  const { id, dtype, limits } = value;
  const plain = { id, dtype, ...(limits && { limits }) };
  if (dtype === "boolean") return plain;
  const values = ops.valuesOf(id);
  const placeOf = (side: Side): Place | undefined => {
    const carried = node?.inputs.find((it) => it?.infinities?.[side] !== undefined);
    const from = carried?.infinities?.[side];
    if (values === undefined) return CARRIERS.has(node?.opType ?? "") ? from : undefined;
    const index = values.findIndex((it) => (side === "below" ? -it : it) >= INFINITE);
    return index === -1 ? undefined : (from ?? { tensor, index });
  };
  const infinities = { below: placeOf("below"), above: placeOf("above") };
  const isFinite = infinities.below === undefined && infinities.above === undefined;
  return isFinite ? plain : { ...plain, infinities };
}
