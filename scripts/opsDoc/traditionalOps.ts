import { list, whole, x } from "../../test/helpers/opRows.ts";
import { randomEnsemble, randomTrees } from "../../test/helpers/randomTrees.ts";
import type { OpEntries } from "./opEntry.ts";

const TEXTS = "text labels become their index";
const TWO_CLASSES =
  "of two classes the label differs from onnxruntime 1.30 on purpose, which says 1 to every input where both have weights, and where one has and none is negative takes 0.5 for the threshold of a sum that LOGISTIC or SOFTMAX makes a probability";
const SINGLE = "of a single score no transformation but PROBIT";
const spread = (count: number): { readonly floats: readonly number[] } => ({
  floats: Array.from({ length: count }, (_, i) => ((i * 7) % count) / count - 0.5),
});
const MACHINE = {
  coefficients: spread(4),
  kernel_params: { floats: [0.5, 0, 3] },
  kernel_type: "RBF",
  rho: { floats: [0.25] },
  support_vectors: spread(64),
} as const;
const FOREST = { trees: 2, depth: 3 } as const;
const BRANCHES = [14, "branch"] as const;
const VECTORS = [4, "support vector of 16"] as const;

/** Ops of the domain ai.onnx.ml. */
export const TRADITIONAL_OPS: OpEntries = {
  ArrayFeatureExtractor: { inputs: [x(1, 16), list(3, 0)], note: "as Gather" },
  Binarizer: { inputs: [x(1, 16)] },
  FeatureVectorizer: { inputs: [x(1, 8), x(1, 8)] },
  Imputer: {
    inputs: [x(1, 16)],
    attributes: { imputed_value_floats: { floats: [1] }, replaced_value_float: { float: -1 } },
    note: "nothing is missing where it replaces what is no number",
  },
  LabelEncoder: {
    inputs: [whole(1, 16)],
    attributes: { keys_int64s: [1, 2], values_int64s: [5, 6] },
    outputs: ["int64"],
    note: "numbers to numbers, as lists or tensors; of equal keys the first counts",
  },
  LinearClassifier: {
    inputs: [x(1, 16)],
    attributes: { coefficients: spread(48), intercepts: spread(3), classlabels_ints: [0, 1, 2] },
    outputs: ["int64", "float"],
    note: TEXTS,
  },
  LinearRegressor: {
    inputs: [x(1, 16)],
    attributes: { coefficients: spread(16), targets: 1 },
    note: SINGLE,
  },
  Normalizer: { inputs: [x(1, 16)], attributes: { norm: "L2" } },
  OneHotEncoder: {
    inputs: [whole(1, 4)],
    attributes: { cats_int64s: [0, 1, 2, 3], zeros: 1 },
    note: "whole categories, and `zeros` set",
  },
  SVMClassifier: {
    inputs: [x(1, 16)],
    attributes: { ...MACHINE, classlabels_ints: [0, 1], vectors_per_class: [2, 2] },
    outputs: ["int64", "float"],
    unit: VECTORS,
    note: `${TEXTS}; the label is that of the vote, also beside probabilities, which two classes alone may have; polynomials up to degree 16`,
  },
  SVMRegressor: {
    inputs: [x(1, 16)],
    attributes: { ...MACHINE, n_supports: 4 },
    unit: VECTORS,
    note: `polynomials up to degree 16; ${SINGLE}`,
  },
  Scaler: {
    inputs: [x(1, 16)],
    attributes: { offset: { floats: [1] }, scale: { floats: [0.5] } },
  },
  TreeEnsemble: {
    inputs: [x(1, 4)],
    attributes: { ...randomEnsemble(FOREST), n_targets: 1 },
    since: 5,
    unit: BRANCHES,
    note: SINGLE,
  },
  TreeEnsembleClassifier: {
    inputs: [x(1, 4)],
    attributes: {
      ...randomTrees({ ...FOREST, prefix: "class", targets: 3 }),
      classlabels_int64s: [0, 1, 2],
    },
    outputs: ["int64", "float"],
    until: 4,
    unit: BRANCHES,
    note: `${TEXTS}; ${TWO_CLASSES}`,
  },
  TreeEnsembleRegressor: {
    inputs: [x(1, 4)],
    attributes: { ...randomTrees(FOREST), n_targets: 1 },
    until: 4,
    unit: BRANCHES,
    note: SINGLE,
  },
  ZipMap: { inputs: [x(1, 16)], note: "dropped: the scores stay one tensor" },
};
