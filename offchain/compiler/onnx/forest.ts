import { CompilerError } from "../errors.ts";
import {
  floatsAttribute,
  intsAttribute,
  invalidAttribute,
  stringsAttribute,
  numbersAttribute,
} from "./attributes.ts";
import { refuse } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";

/** Where a branch leads: to a branch or a leaf, by its place in the list of those. */
export type Child = { readonly kind: "branch" | "leaf"; readonly at: number };

/** Goes to `whenTrue` where the relation holds between feature and threshold. */
export type Branch = {
  readonly relation: "less" | "lessOrEqual" | "equal";
  readonly feature: number;
  readonly threshold: number;
  readonly whenTrue: Child;
  readonly whenFalse: Child;
};

/** What a leaf adds to a target. */
export type Vote = { readonly leaf: number; readonly target: number; readonly weight: number };

/**
 * Trees in the order of their roots; each branch and leaf has one parent but for the roots. Structure and weights apart:
 * thresholds and weights of votes are what training chose.
 */
export type Forest = {
  readonly roots: readonly Child[];
  readonly branches: readonly Branch[];
  /** The tree of each leaf, by the place of its root. */
  readonly leaves: readonly number[];
  readonly votes: readonly Vote[];
};

export const NODE_ATTRIBUTES = [
  "nodes_falsenodeids",
  "nodes_featureids",
  "nodes_hitrates",
  "nodes_missing_value_tracks_true",
  "nodes_modes",
  "nodes_nodeids",
  "nodes_treeids",
  "nodes_truenodeids",
  "nodes_values",
];

const MAX_DEPTH = 2 ** 10;

/** Each mode as a relation; the opposite of one swaps the children. */
const MODES: ReadonlyMap<string, readonly [Branch["relation"], isSwapped: boolean]> = new Map([
  ["BRANCH_LEQ", ["lessOrEqual", false]],
  ["BRANCH_LT", ["less", false]],
  ["BRANCH_GTE", ["less", true]],
  ["BRANCH_GT", ["lessOrEqual", true]],
  ["BRANCH_EQ", ["equal", false]],
  ["BRANCH_NEQ", ["equal", true]],
]);
/** Modes by the numbers of opset 5. */
const MODE_NAMES = ["LEQ", "LT", "GTE", "GT", "EQ", "NEQ", "MEMBER"].map((it) => `BRANCH_${it}`);

/**
 * Reads the lists of nodes of TreeEnsembleClassifier or Regressor. Where missing values go does not matter: none can be
 * encoded.
 *
 * @param prefix of the lists of votes, `class` or `target`
 * @throws {CompilerError} `ATTRIBUTE_INVALID`, `OP_FORM_UNSUPPORTED` for what is no forest.
 */
export function readForest(node: OnnxNode, prefix: "class" | "target"): Forest {
  const treeIds = list(node, "nodes_treeids");
  const nodeIds = list(node, "nodes_nodeids", treeIds.length);
  const modes = stringsAttribute(node, "nodes_modes") ?? [];
  const features = list(node, "nodes_featureids", treeIds.length);
  const whenTrue = list(node, "nodes_truenodeids", treeIds.length);
  const whenFalse = list(node, "nodes_falsenodeids", treeIds.length);
  const thresholds = reals(node, "nodes_values", treeIds.length);
  if (modes.length !== treeIds.length)
    invalidAttribute(node, "nodes_modes", `it has ${modes.length}`);

  const isLeaf = modes.map((it) => it === "LEAF");
  const children: Child[] = [];
  let branches = 0;
  let leaves = 0;
  const places = new Map<string, number>();
  isLeaf.forEach((leaf, k) => {
    const key = `${treeIds[k] ?? 0}:${nodeIds[k] ?? 0}`;
    if (places.has(key)) invalidAttribute(node, "nodes_nodeids", `node ${key} is there twice`);
    places.set(key, k);
    children.push(leaf ? { kind: "leaf", at: leaves++ } : { kind: "branch", at: branches++ });
  });
  const childOf = (tree: number, id: number): Child => {
    const child = children[places.get(`${tree}:${id}`) ?? -1];
    return child ?? invalidAttribute(node, "nodes_nodeids", `there is no node ${tree}:${id}`);
  };
  const all = modes.flatMap((mode, k): Branch[] => {
    if (isLeaf[k] === true) return [];
    const [tree, yes, no] = [treeIds[k] ?? 0, whenTrue[k] ?? 0, whenFalse[k] ?? 0];
    const rule = { feature: features[k] ?? 0, threshold: thresholds[k] ?? 0 };
    return [branchOf(node, mode, rule, childOf(tree, yes), childOf(tree, no))];
  });

  const targets = list(node, `${prefix}_ids`);
  const voteTrees = list(node, `${prefix}_treeids`, targets.length);
  const voteNodes = list(node, `${prefix}_nodeids`, targets.length);
  const weights = reals(node, `${prefix}_weights`, targets.length);
  const votes = targets.map((target, k) => {
    const child = childOf(voteTrees[k] ?? 0, voteNodes[k] ?? 0);
    if (child.kind !== "leaf") refuse(node, "a node that is no leaf has a weight");
    return { leaf: child.at, target, weight: weights[k] ?? 0 };
  });
  const isChild = new Set(all.flatMap((it) => [it.whenTrue, it.whenFalse]));
  const roots = children.filter((it) => !isChild.has(it));
  return checked(node, { roots, branches: all, votes }, leaves);
}

/** Reads the lists of TreeEnsemble, of opset 5; there each leaf votes for one target. */
export function readTreeEnsemble(node: OnnxNode): Forest {
  const modes = numbersAttribute(node, "nodes_modes")?.values ?? new Float64Array();
  const { length } = modes;
  const features = list(node, "nodes_featureids", length);
  const splits = tensorOf(node, "nodes_splits", length);
  const whenTrue = list(node, "nodes_truenodeids", length);
  const whenFalse = list(node, "nodes_falsenodeids", length);
  const isTrueLeaf = list(node, "nodes_trueleafs", length);
  const isFalseLeaf = list(node, "nodes_falseleafs", length);
  const targets = list(node, "leaf_targetids");
  const weights = tensorOf(node, "leaf_weights", targets.length);
  const branches = Array.from(modes, (mode, k) => {
    const rule = { feature: features[k] ?? 0, threshold: splits[k] ?? 0 };
    return branchOf(
      node,
      MODE_NAMES[mode] ?? "",
      rule,
      { kind: isTrueLeaf[k] === 1 ? "leaf" : "branch", at: whenTrue[k] ?? 0 },
      { kind: isFalseLeaf[k] === 1 ? "leaf" : "branch", at: whenFalse[k] ?? 0 },
    );
  });
  const roots = list(node, "tree_roots").map((at): Child => {
    const root = branches[at] ?? refuse(node, `there is no branch ${at}`);
    return isSingleLeaf(root) ? root.whenTrue : { kind: "branch", at };
  });
  const votes = targets.map((target, leaf) => ({ leaf, target, weight: weights[leaf] ?? 0 }));
  return checked(node, { roots, branches, votes }, targets.length);
}

function branchOf(
  node: OnnxNode,
  mode: string,
  rule: Pick<Branch, "feature" | "threshold">,
  whenTrue: Child,
  whenFalse: Child,
): Branch {
  const found = MODES.get(mode) ?? refuse(node, `a branch has the mode ${mode}`);
  const [relation, isSwapped] = found;
  return isSwapped
    ? { ...rule, relation, whenTrue: whenFalse, whenFalse: whenTrue }
    : { ...rule, relation, whenTrue, whenFalse };
}

/** Every leaf and branch is reached on exactly one way, so that each threshold and weight counts. */
function checked(node: OnnxNode, forest: Omit<Forest, "leaves">, leaves: number): Forest {
  const { roots, branches } = forest;
  if (roots.length === 0) refuse(node, "it has no tree");
  const limits = { branch: branches.length, leaf: leaves };
  const trees = { branch: new Map<number, number>(), leaf: new Map<number, number>() };
  let level = roots.map((child, tree) => ({ child, tree }));
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      const what = `levels of ${node.name}`;
      throw new CompilerError({ code: "LIMIT_EXCEEDED", what, count: depth, limit: MAX_DEPTH });
    }
    for (const { child, tree } of level) {
      const { kind, at } = child;
      if (at < 0 || at >= limits[kind]) refuse(node, `there is no ${kind} ${at}`);
      if (trees[kind].has(at)) refuse(node, `two ways lead to ${kind} ${at}`);
      trees[kind].set(at, tree);
    }
    level = level.flatMap(({ child, tree }) =>
      childrenOf(forest, child).map((it) => ({ child: it, tree })),
    );
  }
  const isLost = branches.some((it, at) => !trees.branch.has(at) && !isSingleLeaf(it));
  if (isLost || trees.leaf.size !== leaves) refuse(node, "no way leads to some of its nodes");
  return { ...forest, leaves: Array.from({ length: leaves }, (_, at) => trees.leaf.get(at) ?? 0) };
}

/** Children of a branch; a leaf has none. */
export function childrenOf(
  { branches }: Pick<Forest, "branches">,
  { kind, at }: Child,
): readonly Child[] {
  const branch = kind === "branch" ? branches[at] : undefined;
  return branch === undefined ? [] : [branch.whenTrue, branch.whenFalse];
}

/** How opset 5 writes a tree of one leaf. */
function isSingleLeaf({ whenTrue, whenFalse }: Branch): boolean {
  return whenTrue.kind === "leaf" && whenFalse.kind === "leaf" && whenTrue.at === whenFalse.at;
}

function list(node: OnnxNode, name: string, length?: number): readonly number[] {
  const values = intsAttribute(node, name) ?? [];
  if (length !== undefined && values.length !== length) {
    invalidAttribute(node, name, `it has ${values.length} elements, others have ${length}`);
  }
  return values;
}

/** A list of floats, or the tensor that opset 3 has beside it. */
function reals(node: OnnxNode, name: string, length: number): ArrayLike<number> {
  const tensor = numbersAttribute(node, `${name}_as_tensor`)?.values;
  return ofLength(node, name, tensor ?? floatsAttribute(node, name) ?? [], length);
}

function tensorOf(node: OnnxNode, name: string, length: number): ArrayLike<number> {
  return ofLength(node, name, numbersAttribute(node, name)?.values ?? [], length);
}

function ofLength(
  node: OnnxNode,
  name: string,
  values: ArrayLike<number>,
  length: number,
): ArrayLike<number> {
  if (values.length === length) return values;
  return invalidAttribute(node, name, `it has ${values.length} elements, others have ${length}`);
}
