import type { IntegerGraph, Tensor, TensorId } from "../../ir/integerGraph.ts";
import { inputsOf } from "../../ir/integerGraph.ts";
import { lookUp } from "../../ir/lookUp.ts";
import { elementsOf } from "../../ir/shape.ts";
import { verifyIntegers } from "../../ir/verifyIntegers.ts";
import type { Binding, ProvableModel } from "../components.ts";
import { multiplierOf } from "../lowerNodes.ts";
import type { Operand } from "../lowerNodes.ts";
import type { Template } from "../templates.ts";
import { viewRuns } from "../viewRuns.ts";
import { viewStatements } from "../viewStatements.ts";
import { createWriter, laidEndToEnd, parameterSignal } from "../writer.ts";
import type { Writer } from "../writer.ts";
import { anchoredTensors } from "./anchors.ts";
import type { ClampPlan } from "./clampPlan.ts";
import { mainFile, recordFiles } from "./mainFile.ts";
import type { RecordingWriter } from "./mainFile.ts";
import { isOutputTyped, outputsOf, planCommitted } from "./plan.ts";
import type { CommittedPlan, CommittedStep, ProductCheck } from "./plan.ts";
import { rangeStatements, template } from "./rangeStatements.ts";
import { adviceLayout, functionInput, functionTableSignal, partSignal } from "./signals.ts";
import type { PartName } from "./signals.ts";

/**
 * Returns the main circom file of a model for commit-and-prove, which includes templates of `@vouch/circuits` by name.
 *
 * As `emitCircom`, its text depends on the architecture only. Public signals are `[z, b, e]` of docs/circuits.md, "Commit and
 * prove"; every private input is committed: the parameters and `weightsBlind` where weights are private, then the advice and
 * `adviceBlind` (`committedInputs`).
 *
 * @throws {CompilerError} those of `verifyIntegers`, on which the soundness of the templates rests, and of `componentsOf`.
 */
export function emitCommittedCircom(model: ProvableModel): string {
  return writeCommittedCircom(model, planCommitted(model));
}

/** As `emitCommittedCircom`, with the choices of a plan. */
export function writeCommittedCircom(model: ProvableModel, plan: CommittedPlan): string {
  const graph = verifyIntegers(model.graph);
  const { signals, checks } = adviceLayout(model, plan);
  const outputs = outputsOf(plan.steps).map((it) => it.id);
  const writer = recordFiles(createWriter(graph, outputs));
  const { call } = writer;
  const tensors = new Map<TensorId, Tensor>();
  for (const it of [...inputsOf(graph), ...graph.parameters, ...outputsOf(plan.steps)]) {
    tensors.set(it.id, it);
  }
  const tensorOf = (id: TensorId): Tensor => lookUp(tensors, id, "integer");

  const body = [
    [
      ...plan.steps.flatMap((it, index) => stepStatements(it, index, { model, plan, writer })),
      ...functionTableStatements(plan, writer),
      ...anchoredTensors(graph, plan.steps).map((id) => {
        return `${call(template("Anchor", [elementsOf(tensorOf(id).shape)]), writer.signal(id))};`;
      }),
    ],
    rangeStatements(checks, plan.tables, call),
    bindingStatements("input", plan.input, true, writer),
    bindingStatements("output", plan.output, isOutputTyped(model), writer),
    claimStatements(plan, call),
  ];
  const declarations = [
    ...["z", "b", "e"].map((it) => `signal input ${it};`),
    ...(model.weights === "private"
      ? [...parameterDeclarations(graph), "signal input weightsBlind;"]
      : []),
    ...signals.map(({ name, length }) =>
      name.endsWith("Salt") ? `signal input ${name};` : `signal input ${name}[${length}];`,
    ),
    "signal input adviceBlind;",
  ];
  const blinds = [
    ...(model.weights === "private" ? [`${call(template("Blind", []), "weightsBlind")};`] : []),
    `${call(template("Blind", []), "adviceBlind")};`,
    ...challengeStatements(plan, call),
    ...unreadStatements(plan, writer),
  ];
  return mainFile([declarations, writer.arrays(), blinds, ...body], writer.files());
}

/** A parameter each, as `emitCircom` declares them. */
function parameterDeclarations(graph: IntegerGraph): readonly string[] {
  return graph.parameters.map(
    ({ shape }, index) => `signal input ${parameterSignal(index)}[${elementsOf(shape)}];`,
  );
}

type Context = {
  readonly model: ProvableModel;
  readonly plan: CommittedPlan;
  readonly writer: RecordingWriter;
};

function stepStatements(step: CommittedStep, index: number, context: Context): readonly string[] {
  const { writer } = context;
  const { call, signal } = writer;
  const part = (name: PartName): string => partSignal(index, name);
  switch (step.kind) {
    case "plain":
      return writer.statements(step.step);
    case "layer": {
      const { clamp, rescale } = step;
      const n = elementsOf(rescale.output.shape);
      return [
        ...clampStatements(
          clamp,
          n,
          part,
          part("Low"),
          `${writer.define(rescale.output)};`,
          signal(rescale.output.id),
          call,
        ),
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
  n: number,
  part: (name: PartName) => string,
  low: string,
  declaration: string,
  output: string,
  call: Writer["call"],
): readonly string[] {
  const value = part("Value");
  const sums = value.replace("Value", "Sums");
  const both = (it: Template, ...inputs: readonly string[]): string =>
    `(${output}, ${sums}) <== ${call(it, ...inputs)};`;
  const choice =
    sides === "none"
      ? both(template("RoundedSums", [n, least, shift]), value, low)
      : sides === "below"
        ? both(template("RectifiedSums", [n, least, shift]), value, part("Excess"), low)
        : both(template("ClampedSums", [n, least, most, shift]), value, part("Excess"), low);
  return [declaration, `signal ${sums}[${n}];`, choice];
}

function productStatements(
  step: CommittedStep & { readonly kind: "layer" },
  index: number,
  { writer }: Context,
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
  { writer }: Context,
): readonly string[] {
  const { call, signal, operand } = writer;
  const n = elementsOf(node.output.shape);
  const part = (name: PartName): string => partSignal(index, name);
  const multiplier = operand(multiplierOf(node));
  const scaled = `node${index}Scaled`;
  const scale = template("Scaled", [n, channels]);
  return [
    `signal ${scaled}[${n}] <== ${call(scale, signal(node.input), multiplier)};`,
    ...clampStatements(
      ...([clamp, n, part, writer.array(Array<number>(n).fill(0))] as const),
      ...([`${writer.define(node.output)};`, signal(node.output.id), call] as const),
    ),
    `signal ${part("Low")}[${n}] <== ${call(template("Differences", [n]), scaled, `node${index}Sums`)};`,
  ];
}

function functionStatements(
  step: CommittedStep & { readonly kind: "function" },
  index: number,
  { model, plan, writer }: Context,
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

function functionTableStatements(
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

/** The powers of b and its square. Where nothing else depends on b, that is what it is in. */
function challengeStatements({ powers }: CommittedPlan, call: Writer["call"]): readonly string[] {
  if (powers === 0) return ["signal square <== b * b;"];
  return [
    `signal powers[${powers}] <== ${call(template("Powers", [powers]), "b")};`,
    "signal square <== powers[2];",
  ];
}

function unreadStatements({ unread }: CommittedPlan, { signal, call }: Writer): readonly string[] {
  const elements = unread.flatMap(({ id, indices }) => indices.map((i) => `${signal(id)}[${i}]`));
  if (elements.length === 0) return [];
  const kept = template("Kept", [elements.length]);
  return [`${call(kept, `[${elements.join(", ")}]`, "b")};`];
}

/** Ends in `<name>Claim`, the words that go into v. */
function bindingStatements(
  name: "input" | "output",
  { tensors, pack, commit }: Binding,
  isTyped: boolean,
  { signal, call }: Writer,
): readonly string[] {
  if (pack === undefined) return [];
  const values = laidEndToEnd(`${name}Values`, tensors, signal);
  const packing = isTyped ? template("PackTyped", pack.parameters) : pack;
  const packed = `[${pack.words}] <== ${call(packing, values.name)};`;
  if (commit === undefined) return [...values.lines, `signal ${name}Claim${packed}`];
  return [
    ...values.lines,
    `signal ${name}Words${packed}`,
    `signal ${name}Claim[1];`,
    `${name}Claim[0] <== ${call(commit, `${name}Salt`, `${name}Words`)};`,
  ];
}

function claimStatements(
  { input, output, words }: CommittedPlan,
  call: Writer["call"],
): readonly string[] {
  let at = 0;
  const copies = Object.entries({ input, output }).flatMap(([name, { pack, commit }]) => {
    const count = commit === undefined ? (pack?.words ?? 0) : 1;
    const place = at === 0 ? "i" : `${at} + i`;
    at += count;
    return [`for (var i = 0; i < ${count}; i++) { v[${place}] <== ${name}Claim[i]; }`];
  });
  return [
    `signal v[${words}];`,
    ...copies,
    `${call(template("Evaluation", [words]), "v", "z", "e")};`,
  ];
}
