import { CompilerError } from "../errors.ts";
import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import type { Activation } from "./activations.ts";
import { ACTIVATIONS } from "./activations.ts";
import {
  flagAttribute,
  floatsAttribute,
  intAttribute,
  invalidAttribute,
  stringAttribute,
  stringsAttribute,
} from "./attributes.ts";
import { known, mismatch, operand, refuse } from "./operands.ts";
import type { OnnxNode, OnnxValue } from "./opReader.ts";

/** Steps of a recurrent layer, both directions together: each becomes nodes of its own. */
const MAX_STEPS = 2 ** 12;

/** Attributes that all recurrent layers have. */
export function recurrentAttributes(opset: number): readonly string[] {
  const common = ["activation_alpha", "activation_beta", "activations", "clip", "direction"];
  return [...common, "hidden_size", ...(opset < 14 ? [] : ["layout"])];
}

/** State between two steps, each `[N, H]`; `undefined` for one of zeros. */
export type State = { readonly h: FloatId | undefined; readonly c: FloatId | undefined };

/** What a cell reads in one direction of a layer. */
export type Direction = {
  readonly ops: FloatOps;
  readonly hidden: number;
  /** Recurrent weights of the gates from one to another, `[(to - from) · H, H]`. */
  readonly recurrent: (from: number, to: number) => FloatId;
  /** Recurrent biases of the gates from one to another, where there are any. */
  readonly recurrentBias: (from: number, to: number) => FloatId | undefined;
  /** `W x + bias` of one step for the gates from one to another, `[N, (to - from) · H]`. */
  readonly projected: (step: number, from: number, to: number) => FloatId;
  /** Peephole weights of a gate, `[H]`. */
  readonly peephole: (gate: number) => FloatId | undefined;
  readonly functions: readonly ((x: FloatId) => FloatId)[];
};

export type Cell = {
  readonly gates: number;
  /** Default activations. */
  readonly functions: readonly (keyof typeof ACTIVATIONS)[];
  /** Gates whose recurrent bias is not added to the projection but asked for by the cell: from this one on. */
  readonly biasFrom?: number;
  readonly step: (
    direction: Direction,
    step: number,
    state: State,
  ) => { readonly h: FloatId; readonly c: FloatId | undefined };
};

/**
 * Reads a recurrent layer step by step. The inputs of all steps are multiplied by their weights in one product; the
 * recurrent weights are the same constants in every step. An initial state of zeros costs nothing.
 *
 * @returns the outputs Y, Y_h and, for cells that have it, Y_c
 */
export function readRecurrence(
  node: OnnxNode,
  ops: FloatOps,
  cell: Cell,
): readonly (OnnxValue | undefined)[] {
  if (node.attributes.has("clip")) refuse(node, "it clips its activations");
  const isBatchFirst = flagAttribute(node, "layout");
  const { id: x } = operand(node, 0);
  const input = isBatchFirst ? swapped(node, ops, x) : x;
  const [steps = 0, batch = 0, features = 0, ...rest] = ops.shapeOf(input);
  const [directions = 0, rows = 0, hidden = 0] = ops.shapeOf(operand(node, 2).id);
  const isEmpty = steps * batch * features * hidden === 0;
  if (rest.length > 0 || isEmpty || rows !== cell.gates * hidden)
    mismatch(node, "its inputs do not fit");
  if (intAttribute(node, "hidden_size", hidden) !== hidden) {
    invalidAttribute(node, "hidden_size", `its weights are for ${hidden}`);
  }
  const names = ["forward", "reverse", "bidirectional"] as const;
  const direction = stringAttribute(node, "direction", "forward", names);
  const backwards = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
  if (directions !== backwards.length) mismatch(node, `weights for ${directions} directions`);
  if (steps * directions > MAX_STEPS) {
    const what = `steps of ${node.name}`;
    const count = steps * directions;
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count, limit: MAX_STEPS });
  }
  checkLengths(node, ops, steps);

  const size = { steps, batch, features, hidden, directions };
  const functions = readFunctions(node, ops, cell.functions, directions);
  const initial = (at: number, d: number): FloatId | undefined => {
    const given = node.inputs[at]?.id;
    if (given === undefined || ops.valuesOf(given)?.every((it) => it === 0) === true)
      return undefined;
    const state = isBatchFirst ? swapped(node, ops, given) : given;
    return part(node, ops, state, d, [directions, batch, hidden]);
  };
  const runs = backwards.map((isBackwards, d) => {
    const of = readDirection(node, ops, { ...size, cell, input, d, functions: functions[d] ?? [] });
    const states = new Array<{ h: FloatId; c: FloatId | undefined }>(steps);
    let state: State = { h: initial(5, d), c: initial(6, d) };
    for (let k = 0; k < steps; k++) {
      const step = isBackwards ? steps - 1 - k : k;
      const next = cell.step(of, step, state);
      states[step] = next;
      state = next;
    }
    return { states, last: state };
  });

  const laid = (ids: readonly (FloatId | undefined)[], shape: readonly number[]): FloatId =>
    ops.view(
      ids.filter((it) => it !== undefined),
      shape,
      (at) => at,
    );
  const outputs = [
    () => {
      const ids = Array.from({ length: steps }, (_, t) => runs.map(({ states }) => states[t]?.h));
      const y = laid(ids.flat(), [steps, directions, batch, hidden]);
      return isBatchFirst ? ops.transpose(y, [2, 0, 1, 3]) : y;
    },
    ...(["h", "c"] as const).map((which) => () => {
      const ids = runs.map(({ last }) => last[which]);
      const y = laid(ids, [directions, batch, hidden]);
      return isBatchFirst ? ops.transpose(y, [1, 0, 2]) : y;
    }),
  ];
  return node.outputs.map((name, at) => {
    const id = name === "" ? undefined : outputs[at]?.();
    return id === undefined ? undefined : { id, dtype: "float" };
  });
}

type Layer = {
  readonly cell: Cell;
  readonly input: FloatId;
  readonly d: number;
  readonly functions: Direction["functions"];
  readonly steps: number;
  readonly batch: number;
  readonly features: number;
  readonly hidden: number;
  readonly directions: number;
};

function readDirection(node: OnnxNode, ops: FloatOps, layer: Layer): Direction {
  const { cell, input, d, functions, steps, batch, features, hidden, directions } = layer;
  const { gates } = cell;
  const width = gates * hidden;
  const constant = (at: number, what: string, shape: readonly number[]): FloatId | undefined => {
    if (known(node, ops, at, what) === undefined) return undefined;
    return part(node, ops, operand(node, at).id, d, [directions, ...shape]);
  };
  const weights = constant(1, "weights", [width, features]) ?? refuse(node, "it has no weights");
  const matrix = constant(2, "weights", [width, hidden]) ?? refuse(node, "it has no weights");
  const biases = constant(3, "bias", [2 * width]);
  const peepholes = gates === 4 ? constant(7, "peepholes", [3 * hidden]) : undefined;
  const ofGates = (from: number, to: number): readonly [number, number] => [
    from * hidden,
    (to - from) * hidden,
  ];

  const [added] = ofGates(cell.biasFrom ?? gates, gates);
  const own = biases && ops.slice(biases, 0, 0, width);
  const other = biases && ops.slice(biases, 0, width, width);
  const bias = own && other && biasOf(ops, own, other, added);
  const rows = ops.linear(input, weights, bias);
  const recurrent = memo((from, to) => ops.slice(matrix, 0, ...ofGates(from, to)));
  const recurrentBias = memo((from, to) => other && ops.slice(other, 0, ...ofGates(from, to)));
  const peephole = memo((gate) => peepholes && ops.slice(peepholes, 0, gate * hidden, hidden));
  return {
    ops,
    hidden,
    functions,
    recurrent,
    recurrentBias,
    peephole: (gate) => peephole(gate, gate + 1),
    projected(step, from, to) {
      if (step < 0 || step >= steps) return mismatch(node, `it has no step ${step}`);
      const [start, length] = ofGates(from, to);
      return ops.strided(rows, [batch, length], [width, 1], step * batch * width + start);
    },
  };
}

/** The sum of both biases, but for the last ones of the second, which the cell adds elsewhere. */
function biasOf(ops: FloatOps, own: FloatId, other: FloatId, added: number): FloatId {
  const [width = 0] = ops.shapeOf(own);
  const both = ops.add(ops.slice(own, 0, 0, added), ops.slice(other, 0, 0, added));
  return added === width ? both : ops.concat([both, ops.slice(own, 0, added, width - added)], 0);
}

/** Slices of constants once each, so that all steps share them. */
function memo<Value>(
  make: (from: number, to: number) => Value,
): (from: number, to: number) => Value {
  const made = new Map<string, Value>();
  return (from, to) => {
    const key = `${from}:${to}`;
    const value = made.get(key) ?? make(from, to);
    made.set(key, value);
    return value;
  };
}

/** Part d of a tensor of the shape along its first axis, which falls away. */
function part(
  node: OnnxNode,
  ops: FloatOps,
  id: FloatId,
  d: number,
  shape: readonly number[],
): FloatId {
  const given = ops.shapeOf(id);
  if (given.join() !== shape.join()) {
    mismatch(node, `an input [${given.join(", ")}] should be [${shape.join(", ")}]`);
  }
  return ops.reshape(ops.slice(id, 0, d, 1), shape.slice(1));
}

/** Sequences of full length only. */
function checkLengths(node: OnnxNode, ops: FloatOps, steps: number): void {
  const lengths = known(node, ops, 4, "sequence lengths");
  if (lengths?.every((it) => it === steps) === false)
    refuse(node, "a sequence is shorter than others");
}

/** The activations of each direction; those with parameters take them from the lists in turn. */
function readFunctions(
  node: OnnxNode,
  ops: FloatOps,
  defaults: Cell["functions"],
  directions: number,
): readonly Direction["functions"][] {
  const all = Array.from({ length: directions }, () => defaults).flat();
  const given = stringsAttribute(node, "activations") ?? [];
  const names: readonly string[] = given.length === 0 ? all : given;
  if (names.length !== all.length) {
    invalidAttribute(node, "activations", `${names.length} where ${all.length} are needed`);
  }
  const lists = ["activation_alpha", "activation_beta"].map((it) => [
    ...(floatsAttribute(node, it) ?? []),
  ]);
  const functions = names.map((name) => {
    const { defaults: own, write } = activationOf(node, name);
    const parameters = own.map((fallback, k) => lists[k]?.shift() ?? fallback);
    return (x: FloatId) => write(ops, x, parameters);
  });
  const { length } = defaults;
  return Array.from({ length: directions }, (_, d) =>
    functions.slice(d * length, (d + 1) * length),
  );
}

function activationOf(node: OnnxNode, name: string): Activation {
  const found = Object.entries(ACTIVATIONS).find(([it]) => it.toLowerCase() === name.toLowerCase());
  return found?.[1] ?? invalidAttribute(node, "activations", `${name} is not supported`);
}

/** `[N, T, ..]` as `[T, N, ..]`. */
function swapped(node: OnnxNode, ops: FloatOps, id: FloatId): FloatId {
  const { length: rank } = ops.shapeOf(id);
  return rank === 3 ? ops.transpose(id, [1, 0, 2]) : mismatch(node, `an input of ${rank} axes`);
}
