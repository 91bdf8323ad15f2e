import type { Tensor } from "../../ir/integerGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import type { ProvableModel } from "../components.ts";
import { multiplierOf } from "../lowerNodes.ts";
import type { Operand } from "../lowerNodes.ts";
import type { Template } from "../templates.ts";
import { viewRuns } from "../viewRuns.ts";
import { viewStatements } from "../viewStatements.ts";
import type { Writer } from "../writer.ts";
import type { ClampPlan } from "./clampPlan.ts";
import type { CommittedStep } from "./committedStep.ts";
import type { RecordingWriter } from "./mainFile.ts";
import type { CommittedPlan } from "./plan.ts";
import type { ProductCheck } from "./productChecks.ts";
import { template } from "./rangeStatements.ts";
import { functionInput, functionTableSignal, partSignal } from "./signals.ts";
import type { PartName } from "./signals.ts";

/** What the statements of a step depend on. */
export type StepContext = {
  readonly model: ProvableModel;
  readonly plan: CommittedPlan;
  readonly writer: RecordingWriter;
};

/** Computes the output of a step from what is committed, and checks it. */
export function stepStatements(
  step: CommittedStep,
  index: number,
  context: StepContext,
): readonly string[] {
  const { writer } = context;
  const { call, signal } = writer;
  const part = (name: PartName): string => partSignal(index, name);
  switch (step.kind) {
    case "plain":
      return writer.statements(step.step);
    case "layer": {
      const { clamp, rescale } = step;
      return [
        ...clampStatements(clamp, rescale.output, index, part("Low"), writer),
        ...productStatements(step, index, context),
      ];
    }
    case "rescale":
      return rescaleStatements(step, index, context);
    case "largest": {
      const { node, length } = step;
      const rows = elementsOf(node.output.shape);
      const found = call(template("Largest", [rows, length]), signal(node.input), part("Value"));
      return [
        `${writer.define(node.output)} <== ${part("Value")};`,
        `signal ${part("Differences")}[${rows * length}] <== ${found};`,
      ];
    }
    case "function":
      return functionStatements(step, index, context);
    default:
      return step satisfies never;
  }
}

/** Declares and computes the output and `node<i>Sums`, the sums that round to it. */
function clampStatements(
  { sides, least, most, shift }: ClampPlan,
  output: Tensor,
  index: number,
  low: string,
  { call, define, signal }: Writer,
): readonly string[] {
  const n = elementsOf(output.shape);
  const sums = `node${index}Sums`;
  const declarations = [`${define(output)};`, `signal ${sums}[${n}];`];
  const [value, excess] = [partSignal(index, "Value"), partSignal(index, "Excess")];
  const both = (it: Template, ...inputs: readonly string[]): string =>
    `(${signal(output.id)}, ${sums}) <== ${call(it, ...inputs)};`;
  const choice =
    sides === "none"
      ? both(template("RoundedSums", [n, least, shift]), value, low)
      : sides === "below"
        ? both(template("RectifiedSums", [n, least, shift]), value, excess, low)
        : both(template("ClampedSums", [n, least, most, shift]), value, excess, low);
  return [...declarations, choice];
}

function productStatements(
  step: CommittedStep & { readonly kind: "layer" },
  index: number,
  { writer }: StepContext,
): readonly string[] {
  const { layer, rescale, clamp, check, rows, inputs, outputs } = step;
  const { call, signal, operand } = writer;
  const bias: Operand =
    layer.bias === undefined
      ? { kind: "zeros", count: outputs }
      : { kind: "tensor", id: layer.bias };
  const operands = [
    ...[signal(layer.weights), operand(bias), operand(multiplierOf(rescale))],
    `node${index}Sums`,
  ];
  const shape = [rows, inputs, outputs, clamp.sumBits];
  if (check.kind === "tiles") {
    const { tiling } = check;
    const tiled = template("TiledCheck", [...shape, tiling.rows, tiling.outputs]);
    return [`${call(tiled, signal(layer.input), ...operands)};`];
  }
  return structuredStatements(check, shape, operands, index, writer);
}

function structuredStatements(
  { source, indices, plan }: ProductCheck & { readonly kind: "structured" },
  shape: readonly number[],
  operands: readonly string[],
  index: number,
  { call, signal }: Writer,
): readonly string[] {
  const [weighted, view] = [`node${index}Weighted`, `node${index}Windows`];
  const [first, tiles] = [`node${index}Powers`, `node${index}Tiles`];
  const { step, tile, wide, rows, stride, groups, group, scale, elementPowers } = plan;
  const power = (exponent: number): string => `powers[${exponent}]`;
  const list = (exponents: readonly number[]): string => `[${exponents.map(power).join(", ")}]`;
  const tilePowers =
    wide < 3
      ? { lines: [], name: list(wide === 1 ? [0] : [0, stride]) }
      : {
          lines: [
            `signal ${tiles}[${wide}] <== ${call(template("Powers", [wide]), power(stride))};`,
          ],
          name: tiles,
        };
  const target = { output: view, inputs: [weighted], tables: `${view}Table` };
  const weigh = template("Weighted", [source.elements, step]);
  const structured = template("StructuredCheck", [...shape, tile, groups.length, group]);
  return [
    `var ${first}[${elementPowers}];`,
    `for (var i = 0; i < ${elementPowers}; i++) { ${first}[i] = powers[i]; }`,
    `signal ${weighted}[${source.elements}] <== ${call(weigh, signal(source.id), first)};`,
    ...tilePowers.lines,
    `var ${view}[${indices.length}];`,
    ...viewStatements(viewRuns([source.elements], indices), target),
    `${call(
      structured,
      ...[view, ...operands, list(rows), tilePowers.name, list(groups), power(scale)],
    )};`,
  ];
}

function rescaleStatements(
  { node, clamp, channels }: CommittedStep & { readonly kind: "rescale" },
  index: number,
  { writer }: StepContext,
): readonly string[] {
  const { call, signal, operand } = writer;
  const n = elementsOf(node.output.shape);
  const part = (name: PartName): string => partSignal(index, name);
  const multiplier = operand(multiplierOf(node));
  // The sums are known, so the remainder is what they are more than those of remainder 0.
  const zeros = writer.array(Array<number>(n).fill(0));
  const scaled = `node${index}Scaled`;
  const scale = template("Scaled", [n, channels]);
  return [
    `signal ${scaled}[${n}] <== ${call(scale, signal(node.input), multiplier)};`,
    ...clampStatements(clamp, node.output, index, zeros, writer),
    `signal ${part("Low")}[${n}] <== ${call(template("Differences", [n]), scaled, `node${index}Sums`)};`,
  ];
}

function functionStatements(
  step: CommittedStep & { readonly kind: "function" },
  index: number,
  { model, plan, writer }: StepContext,
): readonly string[] {
  const { node, table } = step;
  const { call, signal } = writer;
  const part = (name: PartName): string => partSignal(index, name);
  const n = elementsOf(node.output.shape);
  const { lo } = functionInput(model.graph, step);
  const zeros = writer.array(Array<number>(n).fill(0));
  const isSloped = plan.functions[table]?.isSloped === true;
  const slope = isSloped ? part("Slope") : zeros;
  const input = signal(node.input);
  const lines =
    node.lowBits === 0
      ? [`signal ${part("Row")}[${n}] <== ${call(template("Offset", [n, -lo]), input)};`]
      : [
          `signal ${part("Low")}[${n}] <== ${call(
            template("LowestLimb", [n, 1, -lo, [node.lowBits]]),
            ...[input, `[${part("Row")}]`],
          )};`,
        ];
  const found = call(
    template("TupleFractions", [n]),
    ...[part("Row"), part("Base"), slope, "b", isSloped ? "square" : "0", "z"],
  );
  const low = node.lowBits === 0 ? zeros : part("Low");
  return [
    ...lines,
    `signal node${index}Found <== ${found};`,
    `${writer.define(node.output)} <== ${call(template("Interpolated", [n]), part("Base"), slope, low)};`,
  ];
}

/** The tables of functions, after all that is looked up in them. */
export function functionTableStatements(
  { functions, steps }: CommittedPlan,
  { call }: Writer,
): readonly string[] {
  return functions.map(({ rows, base, slope, isSloped }, table) => {
    const found = steps.flatMap((it, index) =>
      it.kind === "function" && it.table === table ? [`node${index}Found`] : [],
    );
    const rest = ["b", isSloped ? "square" : "0", "z", found.join(" + ")];
    return `${call(template("FunctionTable", [rows, base, slope]), functionTableSignal(table), ...rest)};`;
  });
}
