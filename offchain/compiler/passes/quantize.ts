import type { TensorEncoding } from "@vouch/protocol";
import { CompilerError } from "../errors.ts";
import type { CompiledModel, WeightsMode } from "../ir/compiledModel.ts";
import type { FloatGraph, FloatId, FloatNode } from "../ir/floatGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { MAX_BITS, signedBits } from "../ir/range.ts";
import type { Ranges } from "./calibrate.ts";
import { atCommonScale, unionType } from "./commonScale.ts";
import { constantAt, constantOfBits } from "./constants.ts";
import { featuresOf } from "./features.ts";
import { quantizeCompare } from "./quantizeCompare.ts";
import { argumentTarget, domainOf, quantizeFunction } from "./quantizeFunction.ts";
import { quantizeLinear } from "./quantizeLinear.ts";
import { quantizeMatmul } from "./quantizeMatmul.ts";
import { quantizeProduct, quantizeQuotient, quantizeRoot } from "./quantizeProduct.ts";
import type { Quantized, Target } from "./quantizer.ts";
import { createQuantizer, powerOfTwo, toInteger } from "./quantizer.ts";
import { quantizeSum } from "./quantizeSum.ts";
import { removeDeadIntegers } from "./removeDeadIntegers.ts";
import { activationTarget, narrowed, narrowedSource, rescaleFrom, rescaleTo } from "./rescaling.ts";
import { chooseFeatureScales, scaledInput } from "./scaleFeatures.ts";
import type { Consumer } from "./targets.ts";
import { activationBits, consumersOf, isSoftmaxInput, PRECISE_BITS, signsOf } from "./targets.ts";

/** Bits of activations and weights where nothing else is asked for. */
export const DEFAULT_BITS = 8;
/** Bits of a sum before it is brought to the scale of the output. */
const OUTPUT_BITS = 20;
/** Bits of a sum, or a ReLU, before its features are brought to scales of their own. */
const FEATURES_BITS = 24;
/** Bits of a whole number that a real one is rounded to. */
const FLOOR = { bits: 24, shift: 24, factorBits: 48 } as const;
/** A bound this many times beyond the largest value on the samples is none. */
const OPEN_BOUND = 16;
/** Wider operands of a maximum or a sum are narrowed. */
const WIDEST_MAXIMUM = 26;
const WIDEST_SUMMAND = 40;

export type QuantizeOptions = {
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
  readonly weights: WeightsMode;
  /** Largest absolute value of tensors, as `calibrate` or a manifest yields them. */
  readonly ranges: Ranges;
  readonly widths: Readonly<Record<FloatId, number>>;
};

export type QuantizeResult = Pick<CompiledModel, "graph" | "graphScales" | "ranges">;

/**
 * Chooses scales and rounds parameters by the rules of docs/adr/0001-quantization.md. With private weights types, shapes
 * and shifts depend on the architecture, the encodings and the widths only, never on values of parameters or ranges; but
 * for the domains of functions that do not settle.
 *
 * @returns the graph, and the ranges that it needed
 * @throws {CompilerError} `CALIBRATION_MISSING`, `MULTIPLIER_OUT_OF_RANGE`, `SCALE_OUT_OF_RANGE`.
 */
export function quantize(graph: FloatGraph, options: QuantizeOptions): QuantizeResult {
  const { widths } = options;
  const used = new Map<FloatId, number>();
  const lowered = new Map<FloatId, Quantized>();
  /** Tensors that exist after the ReLU of their consumers only. */
  const clamped = new Set<FloatId>();
  const leadsToFeatures = new Map<FloatId, boolean>();
  const nodes = new Map(graph.nodes.map((it) => [it.output, it]));
  const consumers = consumersOf(graph, false);
  const consumersPast = consumersOf(graph, true);
  const calibrated = (id: FloatId): number => {
    const range = Object.hasOwn(options.ranges, id) ? options.ranges[id] : undefined;
    if (range === undefined) throw new CompilerError({ code: "CALIBRATION_MISSING", tensor: id });
    used.set(id, range);
    return range;
  };
  /** Past a sum of which only functions are taken, as `x - ln Σ e^x` before an exponential. */
  const finalReaders = (id: FloatId): readonly Consumer[] =>
    consumersPast(id).flatMap((it): readonly Consumer[] => {
      const next = it?.op === "sum" ? consumersPast(it.output) : [];
      return next.length > 0 && next.every((reader) => reader?.op === "unary") ? next : [it];
    });
  const originOf = originsOf(graph);
  const widthOf = (id: FloatId): number => {
    const origin = originOf(id);
    return widths[origin] ?? (origin === graph.input ? PRECISE_BITS : DEFAULT_BITS);
  };
  const signOf = signsOf(graph);
  const isNarrow = (id: FloatId): boolean =>
    id === graph.input && options.input.bits <= widthOf(id);
  const scales = chooseFeatureScales(
    graph,
    featuresOf(graph),
    options.ranges,
    calibrated,
    isNarrow,
  );
  const quantizer = createQuantizer(graph, {
    weights: options.weights,
    calibrated,
    widthOf,
    signOf,
    isMaskable: (id) => isSoftmaxInput(id, consumers, signOf),
    quantizedOf,
    scaledInput: (node) => scaledInput(node, scales, quantizer),
  });
  const declared: Target = {
    type: { bits: options.output.bits, signed: options.output.signed },
    scale: 1 / powerOfTwo(options.output.fractionBits),
    relu: false,
    kind: "output",
  };

  requireHolds("input", options.input, calibrated(graph.input));
  if (!graph.constants.has(graph.output)) {
    requireHolds("output", options.output, calibrated(graph.output));
  }
  const { bits, signed, fractionBits } = options.input;
  const input = { id: graph.input, shape: quantizer.shapeOf(graph.input), type: { bits, signed } };
  const range = quantizer.addInput(input);
  lowered.set(graph.input, { tensor: input, scale: 1 / powerOfTwo(fractionBits), range });
  for (const node of graph.nodes) {
    // Views are free, and those of the output meet a scale of their own: each is lowered where it is read.
    if (node.op !== "view") lowered.set(node.output, narrowedToMaximum(node.output, lower(node)));
  }
  const output = ownNode(toDeclared(graph.output)).tensor;
  const { parameters, constants, nodes: all } = quantizer.collected;
  const whole = { name: graph.name, input, output, parameters, constants, nodes: all };
  return {
    graph: removeDeadIntegers(whole),
    ranges: Object.fromEntries(used),
    graphScales: new Map(
      [...lowered].flatMap(([id, { tensor, scale }]) =>
        clamped.has(id) ? [] : [[id, { tensor: tensor.id, scale }]],
      ),
    ),
  };

  function quantizedOf(id: FloatId): Quantized {
    const known = lowered.get(id);
    if (known !== undefined) return known;
    const operand = quantizer.constantOf(id);
    const node = nodes.get(id);
    if (operand !== undefined) {
      const constant = constantOfBits(id, operand, PRECISE_BITS, quantizer);
      lowered.set(id, constant);
      return constant;
    }
    const view = node?.op === "view" ? lowerView(node) : lookUp(lowered, id, "float");
    lowered.set(id, view);
    return view;
  }

  function lower(node: FloatNode): Quantized {
    switch (node.op) {
      case "linear":
        return quantizeLinear(node, layerTarget(node.output), quantizer);
      case "sum":
        return quantizeSum(node, sumTarget(node.output), quantizer);
      case "matmul":
        return quantizeMatmul(node, quantizer);
      case "multiply":
        return quantizeProduct(node, quantizer);
      case "divide":
        return quantizeQuotient(node, quantizer);
      case "compare":
        return quantizeCompare(node, quantizer);
      case "unary":
        return node.fn.kind === "sqrt"
          ? quantizeRoot(node, quantizer)
          : quantizeFunction(node, quantizer);
      case "relu":
        return lowerRelu(node);
      case "floor":
        return lowerFloor(node);
      case "select":
        return lowerSelect(node);
      case "reduceSum":
      case "reduceMax":
        return lowerReduction(node);
      case "view":
        return lowerView(node);
      default:
        return node satisfies never;
    }
  }

  /** What a maximum is taken of is narrowed for all who read it, so that an element and its maximum stay equal. */
  function narrowedToMaximum(id: FloatId, result: Quantized): Quantized {
    const isWide = signedBits(result.range) > WIDEST_MAXIMUM;
    if (!isWide || consumersPast(id).every((it) => it?.op !== "reduceMax")) return result;
    return narrowedSource(result, id, PRECISE_BITS, quantizer);
  }

  /** How all consumers of a layer's result want it; `undefined` where they want the accumulator. */
  function layerTarget(id: FloatId): Target | undefined {
    const readers = consumers(id);
    if (hasFeatures(id)) return undefined;
    const common = commonTarget(id, readers);
    if (common !== undefined) return common;
    const exact = ["sum", "compare", "select", "reduceMax", "floor", "unary"];
    const isMask = (it: Consumer): boolean => it?.op === "view" && quantizer.isMaskable(it.output);
    if (readers.every((it) => it !== undefined && (exact.includes(it.op) || isMask(it)))) {
      return undefined;
    }
    const isNarrow = readers.every(
      (it) => it?.op === "linear" || it?.op === "matmul" || it?.op === "view",
    );
    const bits = isNarrow ? widthOf(id) : PRECISE_BITS;
    return activationTarget(calibrated(id), bits, true);
  }

  /** Whether what becomes of a tensor by sums and ReLUs is narrowed with a scale for each feature. */
  function hasFeatures(id: FloatId): boolean {
    const known = leadsToFeatures.get(id);
    if (known !== undefined) return known;
    const isKept = (it: Consumer): boolean =>
      (it?.op === "relu" || it?.op === "sum") && hasFeatures(it.output);
    const found = scales.covers.has(id) || (scales.covers.size > 0 && consumers(id).some(isKept));
    leadsToFeatures.set(id, found);
    return found;
  }

  function sumTarget(id: FloatId): Target | undefined {
    if (hasFeatures(id)) return activationTarget(calibrated(id), FEATURES_BITS, true);
    const common = commonTarget(id, consumers(id));
    if (common?.kind === "output") return activationTarget(calibrated(id), OUTPUT_BITS, true);
    return (
      common ??
      activationTarget(calibrated(id), activationBits(id, finalReaders(id), widthOf), true)
    );
  }

  /** The target where all consumers are of one kind that wants its operand in one way. */
  function commonTarget(id: FloatId, readers: readonly Consumer[]): Target | undefined {
    const nodes = readers.filter((it) => it !== undefined);
    const [first] = nodes;
    if (first === undefined) return declared;
    if (readers.every((it) => it?.op === "relu")) {
      const ids = nodes.map((it) => it.output);
      const most = Math.max(...ids.map(calibrated));
      const bits = Math.max(...ids.map((it) => activationBits(it, finalReaders(it), widthOf)));
      clamped.add(id);
      return activationTarget(most, bits, false, true);
    }
    if (first.op === "unary" && first.fn.kind !== "sqrt" && readers.length === 1) {
      const domain = domainOf({ ...first, input: id }, quantizer);
      const target = argumentTarget(domain);
      if (domain.sign !== "nonPositive") return target;
      // The table reads the negative, which has no sign.
      return { ...target, type: { bits: target.type.bits + 1, signed: true } };
    }
    return undefined;
  }

  function lowerRelu({ name, input: id, output: to }: FloatNode & { op: "relu" }): Quantized {
    const source = quantizedOf(id);
    if (source.range.lo >= 0n || isFarAbove(id)) return source;
    const bits = activationBits(to, finalReaders(to), widthOf);
    const wanted = hasFeatures(to) ? FEATURES_BITS : bits;
    const isInteger = graph.tensors.get(id)?.kind === "integer";
    if (signedBits(source.range) > PRECISE_BITS && !isInteger) {
      return rescaleTo(source, activationTarget(calibrated(to), wanted, false, true), quantizer);
    }
    const output = { id: to, shape: quantizer.shapeOf(to) };
    return quantizer.emit({ op: "relu", name, input: source.tensor.id, output }, source.scale);
  }

  /** Whether a tensor is another one moved so far up that its ReLU is itself, far beyond the samples: an open bound. */
  function isFarAbove(id: FloatId): boolean {
    const node = nodes.get(id);
    if (node?.op !== "sum") return false;
    let [reach, least] = [0, 0];
    for (const { id: term, factor } of node.terms) {
      const values = quantizer.constantOf(term)?.values.map((it) => it * factor);
      if (values === undefined) reach += calibrated(term) * Math.abs(factor);
      else least += values.reduce((a, b) => Math.min(a, b), Infinity);
    }
    return least > OPEN_BOUND * reach;
  }

  /** `⌊x⌋ = ⌊(x - 1/2) + 1/2⌋`, which is what a rescale of `x - 1/2` gives. */
  function lowerFloor({ name, input: id, output: to }: FloatNode & { op: "floor" }): Quantized {
    const source = narrowed(id, WIDEST_MAXIMUM, quantizer);
    const { shape } = source.tensor;
    const { shift } = FLOOR;
    const half = -(1n << BigInt(shift - 1));
    const bits = Math.min(FLOOR.factorBits, MAX_BITS - 2 - signedBits(source.range));
    const most = powerOfTwo(bits - 1) - 1;
    if (source.scale * powerOfTwo(shift) > most) {
      throw new CompilerError({ code: "SCALE_OUT_OF_RANGE", node: name, scale: source.scale });
    }
    const multiplier = toInteger(source.scale * powerOfTwo(shift), most);
    const add = (base: string, value: bigint, role: "weight" | "structure"): string =>
      quantizer.addValues(`${to}.${base}`, [1], { bits, signed: true }, [value], role).id;
    const one = add("one", 1n, "structure");
    const indices = new Int32Array(shape.reduce((n, it) => n * it, 1));
    const ones = quantizer.emit(
      { op: "view", name, inputs: [one], indices, output: { id: `${to}.ones`, shape } },
      1,
    );
    const accumulator = quantizer.emit(
      {
        op: "combine",
        name,
        inputs: [source.tensor.id, ones.tensor.id],
        multipliers: [add("multiplier", multiplier, "weight"), add("half", half, "structure")],
        output: { id: `${to}.accumulator`, shape },
      },
      1 / powerOfTwo(shift),
    );
    const type = { bits: FLOOR.bits, signed: true };
    return quantizer.emit(
      {
        op: "rescale",
        name,
        input: accumulator.tensor.id,
        multiplier: undefined,
        shift,
        relu: false,
        output: { id: to, shape, type },
      },
      1,
    );
  }

  function lowerSelect(node: FloatNode & { op: "select" }): Quantized {
    const condition = quantizedOf(node.condition);
    const operands = [node.left, node.right];
    const isMaskable = quantizer.isMaskable(node.output);
    const [left, right] = atCommonScale(operands, quantizer, isMaskable) as [Quantized, Quantized];
    const output = { id: node.output, shape: quantizer.shapeOf(node.output) };
    return quantizer.emit(
      {
        op: "select",
        name: node.name,
        condition: condition.tensor.id,
        left: left.tensor.id,
        right: right.tensor.id,
        output,
      },
      left.scale,
    );
  }

  function lowerReduction(node: FloatNode & { op: "reduceSum" | "reduceMax" }): Quantized {
    const most = node.op === "reduceMax" ? WIDEST_MAXIMUM : WIDEST_SUMMAND;
    const wide = quantizedOf(node.input);
    const source =
      signedBits(wide.range) > most ? narrowed(node.input, PRECISE_BITS, quantizer) : wide;
    const output = { id: node.output, shape: quantizer.shapeOf(node.output) };
    const draft = { op: node.op, name: node.name, input: source.tensor.id } as const;
    return quantizer.emit({ ...draft, output }, source.scale);
  }

  function lowerView({ name, inputs, indices, output: id }: FloatNode & { op: "view" }): Quantized {
    const parts =
      inputs.length === 1
        ? inputs.map(quantizedOf)
        : atCommonScale(inputs, quantizer, quantizer.isMaskable(id));
    return emitView(name, id, indices, parts);
  }

  function emitView(
    name: string,
    id: FloatId,
    indices: Int32Array,
    parts: readonly Quantized[],
  ): Quantized {
    const union = unionType(parts);
    const output = { id, shape: quantizer.shapeOf(id), type: union };
    const ids = parts.map(({ tensor }) => tensor.id);
    const [first] = parts;
    return quantizer.emit({ op: "view", name, inputs: ids, indices, output }, first?.scale ?? 1);
  }

  /** A tensor in the encoding of the output; each part of several in its own way. */
  function toDeclared(id: FloatId): Quantized {
    const operand = quantizer.constantOf(id);
    if (operand !== undefined)
      return constantAt(id, operand, declared.scale, quantizer, declared.type.bits);
    const node = nodes.get(id);
    if (node?.op === "view" && !lowered.has(id)) {
      return emitView(node.name, id, node.indices, node.inputs.map(toDeclared));
    }
    return rescaleFrom(quantizedOf(id), id, declared, quantizer);
  }

  /** The output is of exactly the declared type, and a node's. */
  function ownNode(source: Quantized): Quantized {
    const { tensor } = source;
    const isOwn = quantizer.collected.nodes.some((it) => it.output === tensor);
    const { type } = declared;
    if (isOwn && tensor.type.bits === type.bits && tensor.type.signed === type.signed)
      return source;
    const indices = Int32Array.from({ length: options.output.elements }, (_, i) => i);
    const output = { id: `${tensor.id}.output`, shape: tensor.shape, type };
    const draft = { op: "view", name: tensor.id, inputs: [tensor.id], indices } as const;
    return quantizer.emit({ ...draft, output }, source.scale);
  }
}

function requireHolds(tensor: "input" | "output", encoding: TensorEncoding, range: number): void {
  const { bits, signed, fractionBits } = encoding;
  const integers = powerOfTwo(signed ? bits - 1 : bits);
  if (range * powerOfTwo(fractionBits) <= integers) return;
  throw new CompilerError({
    code: "ENCODING_TOO_NARROW",
    tensor,
    range,
    most: integers / powerOfTwo(fractionBits),
    fractionBits: Math.floor(Math.log2(integers / range)),
  });
}

/** Finds the tensor that a tensor shows, past views of it alone. */
function originsOf({ nodes }: FloatGraph): (id: FloatId) => FloatId {
  const origins = new Map<FloatId, FloatId>();
  for (const node of nodes) {
    const [first] = node.op === "view" ? node.inputs : [];
    if (node.op !== "view" || first === undefined || node.inputs.length > 1) continue;
    origins.set(node.output, origins.get(first) ?? first);
  }
  return (id) => origins.get(id) ?? id;
}

/** Tensors and weights of which the width may be chosen: operands of products that calibration narrows. */
export function resizableTensors(graph: FloatGraph): readonly FloatId[] {
  const originOf = originsOf(graph);
  const operands = graph.nodes.flatMap((it) => {
    if (it.op === "linear") return [it.input, it.weights];
    return it.op === "matmul" ? [it.left, it.right] : [];
  });
  return [...new Set(operands.map(originOf))].filter((id) => id !== graph.input);
}
