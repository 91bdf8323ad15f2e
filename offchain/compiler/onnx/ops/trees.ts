import type { FloatOps } from "../../ir/floatBuilder.ts";
import { MAX_COMPUTED_ELEMENTS } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import {
  floatsAttribute,
  intAttribute,
  invalidAttribute,
  stringAttribute,
  numbersAttribute,
} from "../attributes.ts";
import { bestLabel, labelAt, readLabels } from "../classLabels.ts";
import { featuresOf } from "../features.ts";
import type { Forest } from "../forest.ts";
import { NODE_ATTRIBUTES, readForest, readTreeEnsemble } from "../forest.ts";
import { scalar } from "../formulas.ts";
import { one, refuse } from "../operands.ts";
import type { OnnxNode, OnnxValue, OpReader, OpTable } from "../opReader.ts";
import { POST_TRANSFORMS, postTransform, readPostTransform } from "../postTransform.ts";
import type { Aggregate } from "../treeVotes.ts";
import { treeScores } from "../treeVotes.ts";
import { twoScores } from "../twoScores.ts";

const AGGREGATES = ["AVERAGE", "SUM", "MIN", "MAX"] as const satisfies readonly Aggregate[];
/** Tensors that stand beside lists from opset 3 on. */
const TENSORS = ["base_values", "nodes_hitrates", "nodes_values", "target_weights"].map(
  (it) => `${it}_as_tensor`,
);

/**
 * Label and scores. The label is that of the largest score; onnxruntime 1.30 gives label 1 to every input where two
 * classes both have weights, and where scores of one class become probabilities it may take another threshold than
 * theirs. A class that gets no vote has the score 0. Instead of a text label its index is returned.
 */
const classifier: OpReader = {
  inputs: { least: 1, most: 1 },
  outputs: { least: 1, most: 2 },
  attributes: (opset) => [
    ...NODE_ATTRIBUTES,
    ...["class_ids", "class_nodeids", "class_treeids", "class_weights"],
    ...["base_values", "post_transform"],
    ...["classlabels_int64s", "classlabels_strings"],
    ...(opset < 3 ? [] : TENSORS.map((it) => it.replace("target", "class"))),
  ],
  read(node, ops) {
    const labels = readLabels(node, "classlabels_int64s");
    const forest = readForest(node, "class");
    const features = checked(node, ops, forest, labels.length);
    const voted = new Set(forest.votes.map(({ target }) => target));
    if (labels.length === 2 && voted.size < 2) {
      return binary(node, ops, forest, features, labels, voted.has(0) ? 0 : 1);
    }
    const sums = treeScores(ops, features, forest, labels.length, "SUM");
    const scores = withBase(node, ops, sums);
    return [
      bestLabel(ops, scores, labels),
      ...one(postTransform(node, ops, scores, readPostTransform(node))),
    ];
  },
};

const regressor: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => [
    ...NODE_ATTRIBUTES,
    ...["target_ids", "target_nodeids", "target_treeids", "target_weights"],
    ...["aggregate_function", "base_values", "n_targets", "post_transform"],
    ...(opset < 3 ? [] : TENSORS),
  ],
  read(node, ops) {
    const forest = readForest(node, "target");
    const targets = targetsOf(node);
    const features = checked(node, ops, forest, targets);
    const aggregate = stringAttribute(node, "aggregate_function", "SUM", AGGREGATES);
    checkVotes(node, forest, aggregate);
    const scores = withBase(node, ops, treeScores(ops, features, forest, targets, aggregate));
    return one(postTransform(node, ops, scores, readPostTransform(node)));
  },
};

/** The op of opset 5. */
const ensemble: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [
    ...["aggregate_function", "leaf_targetids", "leaf_weights", "membership_values", "n_targets"],
    ...["nodes_falseleafs", "nodes_falsenodeids", "nodes_featureids", "nodes_hitrates"],
    ...["nodes_missing_value_tracks_true", "nodes_modes", "nodes_splits", "nodes_trueleafs"],
    ...["nodes_truenodeids", "post_transform", "tree_roots"],
  ],
  read(node, ops) {
    const forest = readTreeEnsemble(node);
    const targets = targetsOf(node);
    const features = checked(node, ops, forest, targets);
    const aggregate = choice(node, "aggregate_function", 1, AGGREGATES);
    checkVotes(node, forest, aggregate);
    const scores = treeScores(ops, features, forest, targets, aggregate);
    return one(
      postTransform(node, ops, scores, choice(node, "post_transform", 0, POST_TRANSFORMS)),
    );
  },
};

export const TREE_OPS = {
  TreeEnsemble: ensemble,
  TreeEnsembleClassifier: classifier,
  TreeEnsembleRegressor: regressor,
} satisfies OpTable;

/**
 * Two classes of which one alone has weights. Those of class 0 are in truth the score of class 1, as exporters write it:
 * a probability where no weight is negative. Those of class 1 leave class 0 at 0.
 */
function binary(
  node: OnnxNode,
  ops: FloatOps,
  forest: Forest,
  features: FloatId,
  labels: readonly number[],
  voted: 0 | 1,
): readonly (OnnxValue | undefined)[] {
  const transform = readPostTransform(node);
  const votes = forest.votes.map((it) => ({ ...it, target: 0 }));
  const sum = treeScores(ops, features, { ...forest, votes }, 1, "SUM");
  const score = voted === 0 ? withBase(node, ops, sum) : sum;
  const isPart = transform === "NONE" && votes.every(({ weight }) => weight >= 0);
  const [rows = 1] = ops.shapeOf(features);
  const isSecond = ops.compare("less", scalar(ops, isPart ? 0.5 : 0), score);
  const label = labelAt(ops, ops.reshape(isSecond, [rows]), labels);
  if (voted === 1) {
    if (node.attributes.has("base_values"))
      refuse(node, "only class 1 has weights, and there is a base");
    const both = ops.view([score], [rows, 2], (at) => (at % 2 === 0 ? -1 : (at - 1) / 2));
    return [label, ...one(postTransform(node, ops, both, transform))];
  }
  return [label, ...one(twoScores(node, ops, score, transform, isPart ? "part" : "opposite"))];
}

/** The features `[N, F]`, all that the forest names among them. */
function checked(node: OnnxNode, ops: FloatOps, forest: Forest, targets: number): FloatId {
  const features = featuresOf(node, ops);
  const [, count = 0] = ops.shapeOf(features);
  const strange = forest.branches.find(({ feature }) => feature < 0 || feature >= count);
  if (strange !== undefined) refuse(node, `it compares feature ${strange.feature} of ${count}`);
  const vote = forest.votes.find(({ target }) => target < 0 || target >= targets);
  if (vote !== undefined) refuse(node, `a leaf votes for ${vote.target} of ${targets}`);
  return features;
}

/** A minimum or maximum over trees needs one vote of each leaf for every target of its tree. */
function checkVotes(node: OnnxNode, { leaves, votes }: Forest, aggregate: Aggregate): void {
  if (aggregate === "SUM" || aggregate === "AVERAGE") return;
  const pairOf = (tree: number, target: number): string => `${tree}:${target}`;
  const sizes = new Map<number, number>();
  for (const tree of leaves) sizes.set(tree, (sizes.get(tree) ?? 0) + 1);
  const voters = new Map<string, Set<number>>();
  for (const { leaf, target } of votes) {
    const pair = pairOf(leaves[leaf] ?? 0, target);
    const own = voters.get(pair) ?? new Set();
    if (own.has(leaf)) refuse(node, `a leaf votes twice for ${target}`);
    voters.set(pair, own.add(leaf));
  }
  for (const { leaf, target } of votes) {
    const tree = leaves[leaf] ?? 0;
    if (voters.get(pairOf(tree, target))?.size !== sizes.get(tree)) {
      refuse(node, `${aggregate} over trees of which some leaves have no weight`);
    }
  }
}

function targetsOf(node: OnnxNode): number {
  const targets = intAttribute(node, "n_targets", 1);
  if (targets < 1 || targets > MAX_COMPUTED_ELEMENTS)
    invalidAttribute(node, "n_targets", `${targets}`);
  return targets;
}

/** Adds the base values, which are weights. */
function withBase(node: OnnxNode, ops: FloatOps, scores: FloatId): FloatId {
  const tensor = numbersAttribute(node, "base_values_as_tensor")?.values;
  const values = tensor ?? floatsAttribute(node, "base_values") ?? [];
  if (values.length === 0) return scores;
  const { length } = values;
  if (length !== ops.shapeOf(scores).at(-1)) {
    refuse(node, `it has ${length} base values for other scores`);
  }
  return ops.add(scores, ops.constant([length], values, "weight"));
}

/** A choice that is given by number. */
function choice<Value extends string>(
  node: OnnxNode,
  name: string,
  fallback: number,
  values: readonly Value[],
): Value {
  const at = intAttribute(node, name, fallback);
  return values[at] ?? invalidAttribute(node, name, `${at} stands for nothing`);
}
