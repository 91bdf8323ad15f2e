import type { Attributes } from "./opCase.ts";
import { randomNumbers } from "./onnxModel.ts";

export type TreeParts = {
  readonly prefix?: "class" | "target";
  readonly trees: number;
  /** Of every leaf, but for ragged trees. */
  readonly depth: number;
  readonly isRagged?: boolean;
  readonly targets?: number;
  /** Every leaf votes for every target; else for one, which changes from leaf to leaf. */
  readonly isDense?: boolean;
  /** All leaves of a tree vote for one target, which changes from tree to tree. */
  readonly byTree?: boolean;
  /** The only target that is voted for; 0 where there is one. */
  readonly only?: number;
  readonly modes?: readonly string[];
  /** Thresholds are whole numbers from -2 to 2. */
  readonly isWhole?: boolean;
  /** Range of the leaves' weights. */
  readonly weights?: readonly [number, number];
};

const FEATURES = 4;

type Leaf = { readonly tree: number; readonly node: number };
type Node = {
  readonly tree: number;
  readonly node: number;
  readonly feature: number;
  readonly threshold: number;
  readonly mode: string;
  readonly whenTrue: number;
  readonly whenFalse: number;
};

/** Random trees over four features, the same for the same parts. */
function draw(parts: TreeParts): {
  readonly nodes: readonly Node[];
  readonly votes: readonly (Leaf & { readonly target: number; readonly weight: number })[];
} {
  const random = randomNumbers(11);
  const { modes = ["BRANCH_LEQ"], targets = 1, weights: [low, high] = [-1, 1] } = parts;
  const nodes: Node[] = [];
  const leaves: Leaf[] = [];
  for (let tree = 0; tree < parts.trees; tree++) {
    let count = 0;
    const grow = (depth: number): number => {
      const node = count++;
      const isLeaf = depth === 0 || (parts.isRagged === true && random() > 0.4);
      const at = nodes.length;
      const feature = Math.floor(((random() + 1) / 2) * FEATURES);
      const threshold = parts.isWhole ? Math.round(2 * random()) : Math.fround(1.5 * random());
      const mode = isLeaf ? "LEAF" : modes[Math.floor(((random() + 1) / 2) * modes.length)]!;
      const base = { tree, node, feature, threshold, mode, whenTrue: 0, whenFalse: 0 };
      nodes.push(base);
      if (isLeaf) leaves.push({ tree, node });
      else nodes[at] = { ...base, whenTrue: grow(depth - 1), whenFalse: grow(depth - 1) };
      return node;
    };
    grow(parts.depth);
  }
  const votes = leaves.flatMap((leaf, k) => {
    const all = Array.from({ length: targets }, (_, target) => target);
    const own = parts.isDense ? all : [parts.only ?? (parts.byTree ? leaf.tree : k) % targets];
    return own.map((target) => ({
      ...leaf,
      target: parts.prefix === "class" && targets === 1 ? (parts.only ?? 0) : target,
      weight: Math.fround(low + ((random() + 1) / 2) * (high - low)),
    }));
  });
  return { nodes, votes };
}

/** As attributes of TreeEnsembleClassifier or Regressor. */
export function randomTrees(parts: TreeParts): Attributes {
  const { nodes, votes } = draw(parts);
  const { prefix = "target" } = parts;
  return {
    nodes_treeids: nodes.map((it) => it.tree),
    nodes_nodeids: nodes.map((it) => it.node),
    nodes_featureids: nodes.map((it) => it.feature),
    nodes_values: { floats: nodes.map((it) => it.threshold) },
    nodes_modes: nodes.map((it) => it.mode),
    nodes_truenodeids: nodes.map((it) => it.whenTrue),
    nodes_falsenodeids: nodes.map((it) => it.whenFalse),
    [`${prefix}_treeids`]: votes.map((it) => it.tree),
    [`${prefix}_nodeids`]: votes.map((it) => it.node),
    [`${prefix}_ids`]: votes.map((it) => it.target),
    [`${prefix}_weights`]: { floats: votes.map((it) => it.weight) },
  };
}

/** As attributes of TreeEnsemble. */
export function randomEnsemble(parts: TreeParts): Attributes {
  const { nodes, votes } = draw(parts);
  const keyOf = (tree: number, node: number): string => `${tree}:${node}`;
  const branches = nodes.filter((it) => it.mode !== "LEAF");
  const branchAt = new Map(branches.map((it, k) => [keyOf(it.tree, it.node), k]));
  const leafAt = new Map(votes.map((it, k) => [keyOf(it.tree, it.node), k]));
  const places = (side: "whenTrue" | "whenFalse"): readonly string[] =>
    branches.map((it) => keyOf(it.tree, it[side]));
  const at = (key: string): number => branchAt.get(key) ?? leafAt.get(key) ?? -1;
  const isLeaf = (key: string): number => Number(leafAt.has(key));
  const floats = (values: readonly number[]): { tensor: object } => ({
    tensor: { dataType: 1, dims: [BigInt(values.length)], floatData: values },
  });
  return {
    tree_roots: branches.flatMap((it, k) => (it.node === 0 ? [k] : [])),
    nodes_featureids: branches.map((it) => it.feature),
    nodes_splits: floats(branches.map((it) => it.threshold)),
    nodes_modes: {
      tensor: { dataType: 2, dims: [BigInt(branches.length)], int32Data: branches.map(() => 0) },
    },
    nodes_truenodeids: places("whenTrue").map(at),
    nodes_falsenodeids: places("whenFalse").map(at),
    nodes_trueleafs: places("whenTrue").map(isLeaf),
    nodes_falseleafs: places("whenFalse").map(isLeaf),
    leaf_targetids: votes.map((it) => it.target),
    leaf_weights: floats(votes.map((it) => it.weight)),
  };
}
