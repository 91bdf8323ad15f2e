import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { CompilerError } from "./errors.ts";
import { interpretAll } from "./interpret.ts";
import { runFloatAll } from "./interpretFloat.ts";
import type { CompiledModel } from "./ir/compiledModel.ts";
import type { FloatId, Port } from "./ir/floatGraph.ts";
import type { TensorId } from "./ir/integerGraph.ts";
import { lookUp } from "./ir/lookUp.ts";
import { elementsOf } from "./ir/shape.ts";

const LEAST_RATIO = -100;

/** How far the integer graph is from the model in real numbers, in units of the output. */
export type DriftReport = {
  readonly rows: number;
  readonly maxAbsError: number;
  readonly meanAbsError: number;
  /**
   * Share of rows with the same decision, which the first output makes: its value if it is one integer, its sign if it is
   * one number, else the place of its largest element.
   */
  readonly agreement: number;
  /** How well both forms meet the labels; absent where there is none. */
  readonly metric?: TaskMetric;
  readonly outputs: readonly OutputDrift[];
  /** In the order of the graph: where the signal-to-noise ratio falls, precision is lost. */
  readonly layers: readonly LayerDrift[];
};

/** Share of labels that the decision meets, or root of the mean squared error. */
export type TaskMetric = {
  readonly name: "accuracy" | "rmse";
  /** Rows that have a label. */
  readonly rows: number;
  readonly float: number;
  readonly integer: number;
};

/** Errors of one output of the file. */
export type OutputDrift = {
  readonly name: string;
  readonly maxAbsError: number;
  readonly meanAbsError: number;
};

/** One tensor that both forms have. */
export type LayerDrift = {
  readonly tensor: string;
  /** Node of the file that makes it; `input` for what is fed. */
  readonly node: string;
  /** `10 · log10(Σ x² / Σ (x - x')²)` in dB, to a tenth, at least -100; `null` where both are equal. */
  readonly snr: number | null;
};

/**
 * Compares both forms of a model on rows of its input, which are rounded to its encoding for the integer form only.
 *
 * @param labels class, or value of the first output, of each row where it is known
 * @throws {CompilerError} `CALIBRATION_SAMPLE` if there is no row.
 * @throws {ProtocolError} if a row does not fit the input's encoding.
 */
export function driftReport(
  compiled: CompiledModel,
  rows: readonly ArrayLike<number>[],
  labels: readonly (number | undefined)[] = [],
): DriftReport {
  if (rows.length === 0) {
    throw new CompilerError({ code: "CALIBRATION_SAMPLE", index: 0, reason: "there is none" });
  }
  const { graph, input, output, float } = compiled;
  const layers = comparedTensors(compiled).map((it) => ({ ...it, signal: 0, noise: 0 }));
  const answers = rows.map((row) => {
    const exact = runFloatAll(float, row);
    const integers = interpretAll(graph, quantizeTensor(row, input));
    for (const layer of layers) {
      const reals = lookUp(exact, layer.id, "float");
      lookUp(integers, layer.tensor, "integer").forEach((it, i) => {
        const real = reals[i] ?? 0;
        layer.signal += real ** 2;
        layer.noise += (real - Number(it) * layer.scale) ** 2;
      });
    }
    return {
      exact: lookUp(exact, float.output, "float"),
      actual: dequantizeTensor(lookUp(integers, graph.output.id, "integer"), output),
    };
  });

  const [first] = float.outputs;
  const outputs = outputDrifts(answers, float.outputs);
  const agreeing = answers.filter((it) => decision(it.actual, first) === decision(it.exact, first));
  const metric = metricOf(answers, labels, first);
  return {
    rows: rows.length,
    maxAbsError: outputs.reduce((most, it) => Math.max(most, it.maxAbsError), 0),
    meanAbsError:
      outputs.reduce((sum, it) => sum + it.meanAbsError * it.elements, 0) / output.elements,
    agreement: agreeing.length / rows.length,
    ...(metric === undefined ? {} : { metric }),
    outputs: outputs.map(({ name, maxAbsError, meanAbsError }) => ({
      name,
      maxAbsError,
      meanAbsError,
    })),
    layers: layers.map(({ id, node, signal, noise }) => ({
      tensor: id,
      node,
      snr: noise === 0 ? null : ratioOf(signal, noise),
    })),
  };
}

/** In dB; a signal of 0 drowns in any noise. */
function ratioOf(signal: number, noise: number): number {
  return Math.max(LEAST_RATIO, Math.round(100 * Math.log10(signal / noise)) / 10);
}

type Answer = { readonly exact: ArrayLike<number>; readonly actual: ArrayLike<number> };

type ComparedTensor = {
  readonly id: FloatId;
  readonly node: string;
  readonly tensor: TensorId;
  readonly scale: number;
};

/** Tensors of both graphs but views. Where a ReLU is part of a rescale, the one integer tensor is the ReLU's. */
function comparedTensors({ graph, float, graphScales }: CompiledModel): readonly ComparedTensor[] {
  const kept = new Set([graph.input.id, ...graph.nodes.map(({ output }) => output.id)]);
  const byTensor = new Map<TensorId, ComparedTensor>();
  for (const node of [undefined, ...float.nodes]) {
    const id = node?.output ?? float.input;
    const found = graphScales.get(id);
    if (found === undefined || !kept.has(found.tensor) || node?.op === "view") continue;
    byTensor.delete(found.tensor);
    byTensor.set(found.tensor, { id, node: node?.name ?? "input", ...found });
  }
  return [...byTensor.values()];
}

function outputDrifts(
  answers: readonly Answer[],
  ports: readonly Port[],
): readonly (OutputDrift & { readonly elements: number })[] {
  let start = 0;
  return ports.map(({ name, shape }) => {
    const elements = elementsOf(shape);
    const from = start;
    start += elements;
    let most = 0;
    let total = 0;
    for (const { exact, actual } of answers) {
      for (let i = from; i < from + elements; i++) {
        const error = Math.abs((actual[i] ?? 0) - (exact[i] ?? 0));
        most = Math.max(most, error);
        total += error;
      }
    }
    const meanAbsError = elements === 0 ? 0 : total / (answers.length * elements);
    return { name, elements, maxAbsError: most, meanAbsError };
  });
}

/** Accuracy where labels are classes, which one number tells apart as 0 and 1 only; else the error of the number. */
function metricOf(
  answers: readonly Answer[],
  labels: readonly (number | undefined)[],
  port: Port | undefined,
): TaskMetric | undefined {
  const known = answers.flatMap((answer, i) => {
    const label = labels[i];
    return label === undefined ? [] : [{ ...answer, label }];
  });
  const rows = known.length;
  if (rows === 0) return undefined;
  const classes = isNumber(port) ? [0, 1] : undefined;
  if (known.every(({ label }) => classes?.includes(label) ?? Number.isInteger(label))) {
    const share = (of: (answer: Answer) => ArrayLike<number>): number =>
      known.filter((it) => decision(of(it), port) === it.label).length / rows;
    return {
      name: "accuracy",
      rows,
      float: share((it) => it.exact),
      integer: share((it) => it.actual),
    };
  }
  const rmse = (of: (answer: Answer) => ArrayLike<number>): number =>
    Math.sqrt(known.reduce((sum, it) => sum + ((of(it)[0] ?? 0) - it.label) ** 2, 0) / rows);
  return { name: "rmse", rows, float: rmse((it) => it.exact), integer: rmse((it) => it.actual) };
}

/** Whether an output is one real number. */
function isNumber(port: Port | undefined): boolean {
  return port !== undefined && port.kind === "real" && elementsOf(port.shape) === 1;
}

function decision(values: ArrayLike<number>, port: Port | undefined): number {
  const first = values[0] ?? 0;
  if (isNumber(port)) return first > 0 ? 1 : 0;
  const elements = port === undefined ? values.length : elementsOf(port.shape);
  if (elements <= 1) return Math.round(first);
  let best = 0;
  for (let i = 1; i < elements; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
