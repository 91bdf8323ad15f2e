import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
  TensorId,
} from "../../offchain/compiler/ir/integerGraph.ts";
import { rangeOfType, signedBits } from "../../offchain/compiler/ir/range.ts";
import type { Range } from "../../offchain/compiler/ir/rescale.ts";
import { nodeRange } from "../../offchain/compiler/passes/inferRanges.ts";
import { randomNumbers } from "./onnxModel.ts";

export const INTEGER_OPS = [
  "linear",
  "matmul",
  "combine",
  "multiply",
  "rescale",
  "relu",
  "view",
  "lookup",
  "divide",
  "sqrt",
  "compare",
  "select",
  "reduceSum",
  "reduceMax",
] as const satisfies readonly IntegerNode["op"][];

export type RandomGraphOptions = {
  readonly seed: number;
  readonly weights: ProvableModel["weights"];
  /** Operations to draw from. */
  readonly ops?: readonly IntegerNode["op"][];
  readonly steps?: number;
  /** Seed of the values of parameters, `seed` where left out; or all at one end of their types. */
  readonly values?: number | "least" | "most";
  /** Widest operand, where an operation allows for a choice. */
  readonly maxBits?: number;
  readonly mode?: "public" | "committed";
};

/** A value of a type: often an end of it, 0 or close to it. */
function drawValue({ lo, hi }: Range, random: () => number): bigint {
  const choice = Math.floor((random() + 1) * 8);
  const near = [lo, hi, 0n, 1n, -1n, lo + 1n, hi - 1n][choice];
  if (near !== undefined && lo <= near && near <= hi) return near;
  const fraction = BigInt(Math.floor((random() + 1) * 2 ** 30));
  return lo + ((hi - lo + 1n) * fraction) / (1n << 31n);
}

/** Inputs at the ends of their type, alternating, and drawn. */
export function someInputs({ input }: IntegerGraph, seed: number, drawn = 3): bigint[][] {
  const range = rangeOfType(input.type);
  const elements = input.shape.reduce((product, it) => product * it, 1);
  const random = randomNumbers(seed);
  const fill = (value: (i: number) => bigint): bigint[] =>
    Array.from({ length: elements }, (_, i) => value(i));
  return [
    fill(() => range.lo),
    fill(() => range.hi),
    fill((i) => (i % 2 === 0 ? range.lo : range.hi)),
    ...Array.from({ length: drawn }, () => fill(() => drawValue(range, random))),
  ];
}

/** A graph of drawn operations on small tensors; its output is all that no operation reads, end to end. */
export function randomIntegerGraph(options: RandomGraphOptions): ProvableModel {
  const { seed, weights, ops = INTEGER_OPS, steps = 6, maxBits = 16, mode = "public" } = options;
  const random = randomNumbers(seed);
  const randomValue = randomNumbers(typeof options.values === "number" ? options.values : seed);
  const upTo = (count: number): number => Math.floor(((random() + 1) / 2) * count);
  const between = (least: number, most: number): number => least + upTo(most - least + 1);
  const oneOf = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[upTo(items.length)] ?? items[0];

  const parameters: Parameter[] = [];
  const constants: Parameter[] = [];
  const nodes: IntegerNode[] = [];
  const ranges = new Map<TensorId, Range>();
  const tensors = new Map<TensorId, Tensor | Parameter>();
  const computed: Tensor[] = [];
  const unread = new Set<TensorId>();

  const sizeOf = ({ shape }: Tensor): number => shape.reduce((product, it) => product * it, 1);
  const rangeOf = (id: TensorId): Range => ranges.get(id) ?? { lo: 0n, hi: 0n };
  const drawType = (most: number): IntegerType => ({
    bits: between(2, most),
    signed: upTo(2) === 0,
  });

  function addTensor(tensor: Tensor, range: Range): Tensor {
    tensors.set(tensor.id, tensor);
    ranges.set(tensor.id, range);
    computed.push(tensor);
    unread.add(tensor.id);
    return tensor;
  }

  /** A parameter or a constant. */
  function addValues(shape: readonly number[], type: IntegerType): Parameter {
    const isConstant = weights === "public" || upTo(3) === 0;
    const range = rangeOfType(type);
    const draw = isConstant ? random : randomValue;
    const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
      if (isConstant || typeof options.values !== "string") return drawValue(range, draw);
      return options.values === "least" ? range.lo : range.hi;
    });
    const id = `values${parameters.length + constants.length}`;
    const parameter = { id, shape, type, values };
    (isConstant ? constants : parameters).push(parameter);
    tensors.set(id, isConstant ? parameter : { id, shape, type });
    const [lo, hi] = [true, false].map((isLow) =>
      values.reduce((a, b) => (a < b === isLow ? a : b)),
    );
    ranges.set(id, isConstant && lo !== undefined && hi !== undefined ? { lo, hi } : range);
    return parameter;
  }

  function add(draft: NodeDraft, shape: readonly number[], type?: IntegerType): Tensor {
    const id = `node${nodes.length}`;
    const drafted = { ...draft, name: id, output: { id, shape, type: type ?? BIT } } as IntegerNode;
    const range = nodeRange(drafted, rangeOf, (it) => tensors.get(it) ?? fail(it));
    const narrowest =
      range.lo < 0n
        ? { bits: signedBits(range), signed: true }
        : { bits: Math.max(1, signedBits(range) - 1), signed: false };
    const output = { id, shape, type: type ?? narrowest };
    nodes.push({ ...drafted, output });
    return addTensor(output, range);
  }

  const read = (id: TensorId): TensorId => {
    unread.delete(id);
    return id;
  };
  const view = (inputs: readonly Tensor[], shape: readonly number[], indices: readonly number[]) =>
    add(
      { op: "view", inputs: inputs.map(({ id }) => read(id)), indices: Int32Array.from(indices) },
      shape,
    );
  /** Any tensor, the last ones more often. */
  const any = (): Tensor => {
    const recent = computed.slice(-3);
    return (upTo(2) === 0 ? recent[upTo(recent.length)] : computed[upTo(computed.length)]) ?? input;
  };
  const fits = (tensor: Tensor, bits: number, unsigned: boolean): boolean => {
    const { type } = tensor;
    return (
      type.bits <= bits && signedBits(rangeOf(tensor.id)) <= bits && !(unsigned && type.signed)
    );
  };
  /** Any tensor within so many bits, rescaled if need be. */
  function narrow(bits: number, unsigned = false, from = any()): Tensor {
    if (fits(from, bits, unsigned)) return from;
    const type = { bits: unsigned ? bits - 1 : bits, signed: !unsigned && upTo(2) === 0 };
    const shift = Math.max(1, signedBits(rangeOf(from.id)) - bits + upTo(4));
    const draft = { op: "rescale", input: read(from.id), multiplier: undefined, shift } as const;
    return add({ ...draft, relu: false }, from.shape, type);
  }
  /** Elements of a tensor, moved, repeated and sometimes left out, as a tensor of that shape. */
  function shaped(tensor: Tensor, shape: readonly number[]): Tensor {
    const [size, wanted] = [sizeOf(tensor), shape.reduce((a, b) => a * b, 1)];
    if (tensor.shape.join() === shape.join()) return tensor;
    const [start, step] = [upTo(size), between(1, 3)];
    const withHoles = upTo(3) === 0;
    const indices = Array.from({ length: wanted }, (_, i) =>
      withHoles && upTo(3) === 0 ? -1 : (start + i * step) % size,
    );
    return view([tensor], shape, indices);
  }
  /** Another operand of an element-wise operation, sometimes of another shape. */
  function partner(of: Tensor, bits: number, unsigned = false): Tensor {
    const size = sizeOf(of);
    if (upTo(3) === 0)
      return addValues([size], { ...drawType(bits - 1), signed: !unsigned && upTo(2) === 0 });
    const other = narrow(bits, unsigned);
    return sizeOf(other) === size ? other : shaped(other, of.shape);
  }

  const input: Tensor = addTensor(
    { id: "input", shape: oneOf([[4], [1, 5], [2, 3], [2, 1, 2]]), type: drawType(maxBits) },
    { lo: 0n, hi: 0n },
  );
  ranges.set(input.id, rangeOfType(input.type));

  function step(op: IntegerNode["op"]): void {
    switch (op) {
      case "linear": {
        const drawn = narrow(Math.min(maxBits, 12));
        const source = drawn.shape.length === 0 ? shaped(drawn, [1]) : drawn;
        const [outputs, inputs] = [between(1, 5), source.shape.at(-1) ?? 1];
        const matrix = addValues([outputs, inputs], drawType(8));
        const bias = upTo(2) === 0 ? undefined : addValues([outputs], drawType(20));
        const output = [...source.shape.slice(0, -1), outputs];
        const operands = { input: read(source.id), weights: matrix.id, bias: bias?.id };
        add({ op, ...operands }, output);
        break;
      }
      case "matmul": {
        const [batches, rows, inner, columns] = [
          between(1, 2),
          between(1, 3),
          between(1, 3),
          between(1, 3),
        ];
        const left = shaped(narrow(maxBits), [batches, rows, inner]);
        const right =
          upTo(3) === 0
            ? addValues([batches, columns, inner], drawType(8))
            : shaped(narrow(maxBits), [batches, columns, inner]);
        add({ op, left: read(left.id), right: read(right.id) }, [batches, rows, columns]);
        break;
      }
      case "combine": {
        const first = narrow(24);
        const others = Array.from({ length: upTo(3) }, () => partner(first, 20));
        const inputs = [first, ...others].map(({ id }) => read(id));
        const multipliers = inputs.map(() => addValues([1], drawType(10)).id);
        add({ op, inputs, multipliers }, first.shape);
        break;
      }
      case "multiply": {
        const left = narrow(20);
        const right = upTo(4) === 0 ? left : partner(left, 20);
        add({ op, left: read(left.id), right: read(right.id) }, left.shape);
        break;
      }
      case "rescale": {
        const source = narrow(30);
        const count = oneOf([0, 1, source.shape.at(-1) ?? 1]);
        const type = { bits: between(1, 20), signed: false };
        const multiplier = count === 0 ? undefined : addValues([count], type);
        const target = drawType(maxBits);
        const most = signedBits(rangeOf(source.id)) + (multiplier === undefined ? 0 : type.bits);
        const shift = Math.max(1, most - target.bits + between(-4, 4));
        const draft = { op, input: read(source.id), multiplier: multiplier?.id, shift } as const;
        add({ ...draft, relu: upTo(2) === 0 }, source.shape, target);
        break;
      }
      case "relu": {
        const source = any();
        add({ op, input: read(source.id) }, source.shape);
        break;
      }
      case "view": {
        const [one, other] = [any(), any()];
        const size = sizeOf(one) + sizeOf(other);
        const shape = oneOf([[between(1, 9)], [2, between(1, 4)]]);
        if (upTo(2) === 0) shaped(one, shape);
        else
          view(
            [one, other],
            shape,
            Array.from({ length: shape.reduce((a, b) => a * b) }, () => between(-1, size - 1)),
          );
        break;
      }
      case "lookup": {
        const source = narrow(7);
        const { bits } = source.type;
        const lowBits = upTo(Math.min(bits, 4));
        const entries = 2 ** (bits - lowBits);
        const range = rangeOfType(drawType(16));
        const table = (): bigint[] =>
          Array.from({ length: entries }, () => drawValue(range, random));
        const base = table();
        const slope = lowBits === 0 ? base.map(() => 0n) : table();
        add({ op, input: read(source.id), lowBits, base, slope }, source.shape);
        break;
      }
      case "divide": {
        const left = narrow(20);
        const right = partner(left, 12, true);
        const draft = { op, left: read(left.id), right: read(right.id), shift: upTo(12) } as const;
        add(draft, left.shape);
        break;
      }
      case "sqrt": {
        const source = narrow(oneOf([8, 20, 44]), true);
        add({ op, input: read(source.id) }, source.shape);
        break;
      }
      case "compare": {
        const left = narrow(24);
        const right = partner(left, 24);
        const relation = oneOf(["lessOrEqual", "equal"] as const);
        add({ op, relation, left: read(left.id), right: read(right.id) }, left.shape, BIT);
        break;
      }
      case "select": {
        const left = narrow(24);
        const bits = computed.filter(({ type }) => type.bits === 1 && !type.signed);
        const known = bits[upTo(bits.length)];
        const condition =
          known === undefined
            ? narrow(2, true, shaped(any(), left.shape))
            : sizeOf(known) === sizeOf(left)
              ? known
              : shaped(known, left.shape);
        if (condition.type.bits !== 1 || condition.type.signed) break;
        const right = partner(left, 24);
        const branches = { left: read(left.id), right: read(right.id) };
        add({ op, condition: read(condition.id), ...branches }, left.shape);
        break;
      }
      case "reduceSum":
      case "reduceMax": {
        const source = narrow(op === "reduceSum" ? 40 : 16);
        if (source.shape.length === 0) break;
        add({ op, input: read(source.id) }, source.shape.slice(0, -1));
        break;
      }
      default:
        op satisfies never;
    }
  }

  for (let i = 0; i < steps; i++) step(ops[upTo(ops.length)] ?? "relu");
  const left = computed.filter(({ id }) => unread.has(id));
  const elements = left.reduce((sum, it) => sum + sizeOf(it), 0);
  const output = view(
    left,
    [elements],
    Array.from({ length: elements }, (_, i) => i),
  );
  const encoding = { mode, fractionBits: 0 } as const;
  return {
    graph: { name: "random", input, output, parameters, constants, nodes },
    input: { ...encoding, ...input.type, elements: sizeOf(input) },
    output: { ...encoding, ...output.type, elements },
    weights,
  };
}

const BIT: IntegerType = { bits: 1, signed: false };

type WithoutOutput<Node> = Node extends IntegerNode ? Omit<Node, "name" | "output"> : never;
type NodeDraft = WithoutOutput<IntegerNode>;

function fail(id: string): never {
  throw new Error(`no tensor ${id}`);
}
