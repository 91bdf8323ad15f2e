import type { FloatId, UnaryFunction } from "../ir/floatGraph.ts";
import type { IntegerType } from "../ir/integerGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { reciprocalOf } from "./calibrate.ts";
import type { Domain, FunctionTable, Seen } from "./functionTable.ts";
import { argumentTarget, chooseForm, functionTables, TABLE } from "./functionTable.ts";
import { hasPoleAtZero } from "./functions.ts";
import type { Quantized, Quantizer } from "./quantizer.ts";
import { rescaleFrom, rescaleTo, timesConstant } from "./rescaling.ts";
import { EXP_SETTLED } from "./targets.ts";

export { argumentTarget } from "./functionTable.ts";

/** Half-widths of domains beyond which a function is as good as constant. */
const SETTLED: Partial<Record<UnaryFunction["kind"], number>> = {
  sigmoid: 8,
  tanh: 4,
  erf: 4,
  softplusTail: 8,
};
/** Functions with poles where samples come no nearer than the values say. */
const UNBOUNDED: ReadonlySet<UnaryFunction["kind"]> = new Set(["tan", "atanh"]);
type Node = {
  readonly name: string;
  readonly fn: UnaryFunction;
  readonly input: FloatId;
  readonly output: FloatId;
};

/**
 * The domain of a function's table, and its form. Both follow from the architecture where the function settles, and else
 * from calibrated ranges, rounded to powers of two.
 */
export function domainOf(
  { fn, input, output }: Pick<Node, "fn" | "input" | "output">,
  { signOf, calibrated }: Pick<Quantizer, "signOf" | "calibrated">,
): Domain {
  const sign = signOf(input) ?? (POSITIVE.has(fn.kind) ? "nonNegative" : undefined);
  const isNegativeExp = fn.kind === "exp" && sign === "nonPositive";
  const settled = isNegativeExp ? EXP_SETTLED : SETTLED[fn.kind];
  const nothing = { least: -Infinity, most: Infinity };
  if (settled !== undefined) {
    return { width: settled, sign, seen: { ...nothing, isSettled: true }, form: TABLE };
  }
  const range = calibrated(input);
  const reach = fn.kind === "exp" ? Math.min(range, reachOfExp(calibrated(output))) : range;
  const width = upToPower(reach);
  const isUnbounded = UNBOUNDED.has(fn.kind) || (fn.kind === "exp" && sign === undefined);
  const seen: Seen = {
    least: hasPoleAtZero(fn) ? 1 / upToPower(calibrated(reciprocalOf(input))) : nothing.least,
    most: isUnbounded ? upToPower(calibrated(output)) : nothing.most,
    isSettled: false,
  };
  return chooseForm(fn, { width, sign, seen });
}

/** The power of two that is not below a range; 1 where there is none. */
function upToPower(range: number): number {
  return 2 ** Math.ceil(Math.log2(range > 0 ? range : 1));
}

/** From where to where `exp` is of use if that is its largest value: far below it is as good as 0, however far. */
function reachOfExp(largest: number): number {
  const most = Math.log(largest);
  return Math.max(Math.abs(most), EXP_SETTLED - most);
}

/** Functions that have no value below 0. */
const POSITIVE: ReadonlySet<UnaryFunction["kind"]> = new Set(["log", "acosh", "power"]);

/** Lowers a function to tables, linear between their points, and their sum where there are several. */
export function quantizeFunction(node: Node, quantizer: Quantizer): Quantized {
  const { fn, name, input, output } = node;
  const domain = domainOf(node, quantizer);
  const target = argumentTarget(domain);
  const source = quantizer.quantizedOf(input);
  const mirrored = domain.sign === "nonPositive" ? timesConstant(source, -1n, quantizer) : source;
  const argument = rescaleFrom(mirrored, input, target, quantizer);
  const tables = functionTables(fn, domain);
  const levels = tables.map((table) =>
    lookUpTable(table, tables.length === 1 ? output : `${output}.level`, name, argument, quantizer),
  );
  const [first] = levels;
  if (first === undefined || levels.length === 1) return first ?? argument;
  // Scales of tables are powers of two, so that the finest divides the others.
  const scale = Math.min(...levels.map((it) => it.scale));
  const multipliers = levels.map((it) => {
    const factor = BigInt(it.scale / scale);
    const type = { bits: 62, signed: true };
    return quantizer.addValues(`${output}.factor`, [1], type, [factor], "structure").id;
  });
  const { shape } = first.tensor;
  const inputs = levels.map(({ tensor }) => tensor.id);
  return quantizer.emit(
    { op: "combine", name, inputs, multipliers, output: { id: output, shape } },
    scale,
  );
}

/** One table of an argument that may be finer than its own, where it saturates. */
function lookUpTable(
  { argument, base, slope, scale }: FunctionTable,
  id: FloatId,
  name: string,
  source: Quantized,
  quantizer: Quantizer,
): Quantized {
  const { tensor } = ofType(rescaleTo(source, argument, quantizer), argument.type, quantizer);
  const lowBits = argument.type.bits - Math.log2(base.length);
  const output = { id, shape: tensor.shape };
  return quantizer.emit(
    { op: "lookup", name, input: tensor.id, lowBits, base, slope, output },
    scale,
  );
}

/** A tensor of a type that holds its range, exactly: a table counts from the least value of the type. */
function ofType(source: Quantized, type: IntegerType, quantizer: Quantizer): Quantized {
  const { id, shape, type: own } = source.tensor;
  if (own.bits === type.bits && own.signed === type.signed) return source;
  const indices = Int32Array.from({ length: elementsOf(shape) }, (_, i) => i);
  const output = { id: `${id}.argument`, shape, type };
  return quantizer.emit({ op: "view", name: id, inputs: [id], indices, output }, source.scale);
}
