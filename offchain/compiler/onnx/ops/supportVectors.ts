import { CompilerError } from "../../errors.ts";
import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import {
  flagAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  invalidAttribute,
  stringAttribute,
} from "../attributes.ts";
import { bestLabel, readLabels } from "../classLabels.ts";
import { featuresOf } from "../features.ts";
import { not, scalar } from "../formulas.ts";
import { one, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { postTransform, readPostTransform } from "../postTransform.ts";
import { twoScores } from "../twoScores.ts";

const ATTRIBUTES = [
  ...["coefficients", "kernel_params", "kernel_type", "post_transform", "rho"],
  "support_vectors",
];
/** Pairs of classes, each of which is a layer of its own. */
const MAX_PAIRS = 2 ** 12;
const MAX_DEGREE = 16;

/**
 * One vote for each pair of classes; without support vectors one linear score for each class, where onnxruntime 1.30 may
 * give another label to two classes. Probabilities, which only two classes have here, do not set the label: fitted apart
 * from the decisions, they may favour the class that lost the vote.
 */
const classifier: OpReader = {
  inputs: { least: 1, most: 1 },
  outputs: { least: 1, most: 2 },
  attributes: () => [
    ...ATTRIBUTES,
    ...["classlabels_ints", "classlabels_strings", "prob_a", "prob_b", "vectors_per_class"],
  ],
  read(node, ops) {
    const labels = readLabels(node, "classlabels_ints");
    const features = featuresOf(node, ops);
    const transform = readPostTransform(node);
    const sizes = intsAttribute(node, "vectors_per_class") ?? [];
    if (sizes.length === 0) {
      const scores = linearScores(node, ops, features, labels.length);
      const label = bestLabel(ops, scores, labels);
      return [label, ...one(postTransform(node, ops, scores, transform))];
    }
    if (sizes.length !== labels.length || !sizes.every((it) => it >= 0)) {
      invalidAttribute(node, "vectors_per_class", `[${sizes.join(", ")}]`);
    }
    const decisions = decide(node, ops, features, sizes);
    const probabilities = probabilitiesOf(node, ops, decisions, labels.length);
    const label = bestLabel(ops, votesOf(ops, decisions, labels.length), labels);
    if (probabilities !== undefined) {
      return [label, ...one(postTransform(node, ops, probabilities, transform))];
    }
    const scores =
      labels.length === 2
        ? twoScores(node, ops, decisions, transform, "opposite")
        : postTransform(node, ops, decisions, transform);
    return [label, ...one(scores)];
  },
};

/** With `one_class` 1 where the result is positive, else -1. */
const regressor: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [...ATTRIBUTES, "n_supports", "one_class"],
  read(node, ops) {
    const features = featuresOf(node, ops);
    const count = intAttribute(node, "n_supports", 0);
    const vectors = count > 0 ? kernels(node, ops, features, count) : features;
    const width = ops.shapeOf(vectors).at(-1) ?? 1;
    const weights = weightsOf(node, ops, [1, width]);
    const rho = rhosOf(node, 1);
    const score = ops.linear(vectors, weights, ops.constant([1], rho, "weight"));
    if (flagAttribute(node, "one_class")) {
      const isInside = ops.compare("less", scalar(ops, 0), score);
      return one(ops.sum([isInside, 2], [scalar(ops, 1), -1]));
    }
    return one(postTransform(node, ops, score, readPostTransform(node)));
  },
};

export const SUPPORT_VECTOR_OPS = {
  SVMClassifier: classifier,
  SVMRegressor: regressor,
} satisfies OpTable;

/** Without support vectors: one row of coefficients for each class, the first rho for all. */
function linearScores(node: OnnxNode, ops: FloatOps, features: FloatId, classes: number): FloatId {
  const count = ops.shapeOf(features).at(-1) ?? 1;
  const weights = weightsOf(node, ops, [classes, count]);
  const rho = ops.constant([1], rhosOf(node, 1), "weight");
  return ops.add(ops.linear(features, weights), rho);
}

/**
 * Decision of every pair of classes, `[N, pairs]` in the order (0, 1), (0, 2), .., (1, 2), ..: positive for the first.
 * Row j - 1 of the coefficients belongs to pairs of a vector's class with a later class j, row i to those with an
 * earlier class i.
 */
function decide(
  node: OnnxNode,
  ops: FloatOps,
  features: FloatId,
  sizes: readonly number[],
): FloatId {
  const { length: classes } = sizes;
  const pairs = (classes * (classes - 1)) / 2;
  if (pairs > MAX_PAIRS) {
    const what = `pairs of classes of ${node.name}`;
    throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count: pairs, limit: MAX_PAIRS });
  }
  const total = sizes.reduce((a, b) => a + b, 0);
  const values = kernels(node, ops, features, total);
  const [rows = 1] = ops.shapeOf(values);
  const matrix = weightsOf(node, ops, [classes - 1, total]);
  const rhos = rhosOf(node, pairs);
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
  const decisions: FloatId[] = [];
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++) {
      const own = [i, j].flatMap((k) =>
        Array.from({ length: sizes[k] ?? 0 }, (_, v) => (starts[k] ?? 0) + v),
      );
      const { length: width } = own;
      if (width === 0) return refuse(node, "two classes have no support vectors");
      const inputs = ops.view([values], [rows, width], (at) => {
        return Math.floor(at / width) * total + (own[at % width] ?? 0);
      });
      const weights = ops.view([matrix], [1, width], (at) => {
        const row = at < (sizes[i] ?? 0) ? j - 1 : i;
        return row * total + (own[at] ?? 0);
      });
      const rho = ops.constant([1], [rhos[decisions.length] ?? 0], "weight");
      decisions.push(ops.linear(inputs, weights, rho));
    }
  }
  return ops.concat(decisions, 1);
}

/** Number of pairs that each class wins, `[N, classes]`. */
function votesOf(ops: FloatOps, decisions: FloatId, classes: number): FloatId {
  const wins = ops.compare("less", scalar(ops, 0), decisions);
  const [rows = 1, pairs = 1] = ops.shapeOf(wins);
  const places: (readonly [side: 0 | 1, pair: number])[][] = Array.from(
    { length: classes },
    () => [],
  );
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      places[i]?.push([0, pair]);
      places[j]?.push([1, pair]);
    }
  }
  const own = ops.view([wins, not(ops, wins)], [rows, classes, classes - 1], (at) => {
    const row = Math.floor(at / (classes * (classes - 1)));
    const [side, k] = places[Math.floor(at / (classes - 1)) % classes]?.[at % (classes - 1)] ?? [
      0, 0,
    ];
    return (side * rows + row) * pairs + k;
  });
  return ops.reduceSum(own);
}

/** Platt's probabilities, `1 / (1 + e^(a d + b))`, if the model has them. */
function probabilitiesOf(
  node: OnnxNode,
  ops: FloatOps,
  decisions: FloatId,
  classes: number,
): FloatId | undefined {
  const [a = [], b = []] = ["prob_a", "prob_b"].map((it) => floatsAttribute(node, it));
  if (a.length === 0) return undefined;
  if (classes > 2) refuse(node, "probabilities of more than two classes are found by iteration");
  if (a.length !== 1 || b.length !== 1)
    invalidAttribute(node, "prob_a", "it has no pair of numbers");
  const [slope, offset] = [a, b].map((it) =>
    ops.constant(
      [1],
      it.map((x) => -x),
      "weight",
    ),
  );
  const argument = ops.add(ops.multiply(decisions, slope ?? decisions), offset ?? decisions);
  const first = ops.unary({ kind: "sigmoid" }, argument);
  return ops.concat([first, not(ops, first)], 1);
}

/** Kernel of each row with each support vector, `[N, vectors]`. */
function kernels(node: OnnxNode, ops: FloatOps, features: FloatId, vectors: number): FloatId {
  const [rows = 1, count = 1] = ops.shapeOf(features);
  const list = floatsAttribute(node, "support_vectors") ?? [];
  if (vectors < 1 || list.length !== vectors * count) {
    invalidAttribute(node, "support_vectors", `${list.length} numbers for ${vectors} of ${count}`);
  }
  const support = ops.constant([vectors, count], list, "weight");
  const [gamma = 0, offset = 0, degree = 0] = floatsAttribute(node, "kernel_params") ?? [];
  const names = ["LINEAR", "POLY", "RBF", "SIGMOID"] as const;
  const type = stringAttribute(node, "kernel_type", "LINEAR", names);
  const line = (): FloatId => {
    const products = ops.linear(features, support);
    return offset === 0
      ? ops.scale(products, gamma)
      : ops.sum([products, gamma], [scalar(ops, offset), 1]);
  };
  switch (type) {
    case "LINEAR":
      return ops.linear(features, support);
    case "POLY":
      return powerOf(node, ops, line(), degree);
    case "SIGMOID":
      return ops.unary({ kind: "tanh" }, line());
    case "RBF": {
      // Squares of the differences: the distance is seen to be positive, so the exponential is at most 1.
      const differences = ops.subtract(ops.reshape(features, [rows, 1, count]), support);
      const distances = ops.reduceSum(ops.multiply(differences, differences));
      if (gamma < 0) invalidAttribute(node, "kernel_params", `gamma is ${gamma}`);
      return ops.unary({ kind: "exp" }, ops.scale(distances, -gamma));
    }
    default:
      return type satisfies never;
  }
}

function powerOf(node: OnnxNode, ops: FloatOps, x: FloatId, degree: number): FloatId {
  if (!Number.isInteger(degree) || degree < 1 || degree > MAX_DEGREE) {
    invalidAttribute(node, "kernel_params", `a polynomial of degree ${degree}`);
  }
  let power = x;
  for (let k = 1; k < degree; k++) power = ops.multiply(power, x);
  return power;
}

function weightsOf(node: OnnxNode, ops: FloatOps, shape: readonly [number, number]): FloatId {
  const list = floatsAttribute(node, "coefficients") ?? [];
  if (list.length !== shape[0] * shape[1]) {
    invalidAttribute(node, "coefficients", `${list.length} for ${shape[0]} by ${shape[1]}`);
  }
  return ops.constant(shape, list, "weight");
}

function rhosOf(node: OnnxNode, count: number): readonly number[] {
  const rhos = floatsAttribute(node, "rho") ?? [];
  if (rhos.length < count)
    invalidAttribute(node, "rho", `${rhos.length} where ${count} are needed`);
  return rhos.slice(0, count);
}
