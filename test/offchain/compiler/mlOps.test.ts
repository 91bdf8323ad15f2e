import { readFileSync } from "node:fs";
import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";
import type { Attributes, OpCase, OpInput } from "../../helpers/opCase.ts";
import { expectAgreement, opModel } from "../../helpers/opCase.ts";
import type { TreeParts } from "../../helpers/randomTrees.ts";
import { randomEnsemble, randomTrees } from "../../helpers/randomTrees.ts";

import { FEATURES, agrees, ml, refuses, rows } from "../../helpers/mlCases.ts";

const classifier = (op: string, attributes: Attributes, input?: OpInput): OpCase => ({
  ...ml(op, attributes, input),
  outputs: ["int64", "float"],
});

const TRANSFORMS = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"];
const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

describe("tree ensembles against onnxruntime", () => {
  describe("TreeEnsembleRegressor", () => {
    const regressor = (parts: TreeParts, attributes: Attributes = {}, count = 3): OpCase =>
      ml(
        "TreeEnsembleRegressor",
        {
          ...randomTrees({ prefix: "target", ...parts }),
          n_targets: parts.targets ?? 1,
          ...attributes,
        },
        { ...rows(count), ...(parts.isWhole ? { values: whole(count) } : {}) },
      );
    /** Whole numbers, which meet the thresholds of whole-numbered trees. */
    const whole = (count: number): number[] =>
      Array.from({ length: count * FEATURES }, (_, i) => ((i * 7) % 5) - 2);

    agrees({
      "of one tree": regressor({ trees: 1, depth: 3 }),
      "of one row": regressor({ trees: 5, depth: 4 }, {}, 1),
      "of many rows": regressor({ trees: 5, depth: 4 }, {}, 7),
      "of many trees": regressor({ trees: 40, depth: 5 }),
      "of trees that are a single leaf": regressor({ trees: 3, depth: 0 }),
      "of trees some of which are a single leaf": regressor({ trees: 6, depth: 3, isRagged: true }),
      "of several targets": regressor({ trees: 6, depth: 3, targets: 3 }),
      "with a base": regressor({ trees: 3, depth: 3 }, { base_values: { floats: [0.75] } }),
      "of several targets with a base": regressor(
        { trees: 3, depth: 3, targets: 2, isDense: true },
        { base_values: { floats: [0.75, -0.5] } },
      ),
      ...Object.fromEntries(
        MODES.map((mode) => [
          `of ${mode}`,
          regressor({ trees: 4, depth: 3, modes: [mode], isWhole: true }),
        ]),
      ),
      ...Object.fromEntries(
        ["SUM", "AVERAGE", "MIN", "MAX"].flatMap((aggregate_function) => [
          [
            `by ${aggregate_function}`,
            regressor(
              { trees: 4, depth: 3 },
              { aggregate_function, base_values: { floats: [0.75] } },
            ),
          ],
          [
            `by ${aggregate_function} of several targets`,
            regressor({ trees: 4, depth: 3, targets: 2, isDense: true }, { aggregate_function }),
          ],
          [
            `by ${aggregate_function} of a target for each tree`,
            regressor({ trees: 4, depth: 3, targets: 2, byTree: true }, { aggregate_function }),
          ],
        ]),
      ),
      ...Object.fromEntries(
        TRANSFORMS.map((post_transform) => [
          `with ${post_transform}`,
          regressor({ trees: 4, depth: 3, targets: 3 }, { post_transform }),
        ]),
      ),
      // onnxruntime loses digits between the logarithms.
      "with PROBIT": {
        ...regressor(
          { trees: 2, depth: 3, targets: 2, isDense: true, weights: [0.1, 0.4] },
          { post_transform: "PROBIT" },
        ),
        tolerance: 1e-4,
      },
    });
    it("mixes modes in one comparison each", async () => {
      const { nodes } = await expectAgreement(
        regressor({ trees: 6, depth: 4, modes: MODES, isWhole: true }),
      );
      expect(nodes.filter((it) => it.op === "compare").length).to.equal(3);
    });
    it("has as many nodes as it is deep, however many trees there are", () => {
      const few = readModel(opModel(regressor({ trees: 2, depth: 5 })));
      const many = readModel(opModel(regressor({ trees: 60, depth: 5 })));
      expect(many.nodes.length).to.equal(few.nodes.length);
      expect(many.nodes.length).to.be.at.most(30);
    });
    it("commits to every threshold and leaf once, and to nothing else", () => {
      const { constants } = readModel(opModel(regressor({ trees: 3, depth: 3 }, {}, 1)));
      const weights = [...constants.values()].filter((it) => it.role === "weight");
      expect(weights.map(({ values }) => values.length)).to.have.members([3 * 7, 3 * 8]);
    });
    const base = randomTrees({ prefix: "target", trees: 2, depth: 2 });
    const changed = (name: string, change: (values: number[]) => number[]): OpCase =>
      ml("TreeEnsembleRegressor", { ...base, [name]: change([...(base[name] as number[])]) });
    refuses(
      {
        "a branch leads to itself": changed("nodes_truenodeids", ([, ...rest]) => [0, ...rest]),
        "two branches lead to one node": changed("nodes_truenodeids", (ids) =>
          ids.with(0, (base["nodes_falsenodeids"] as number[])[0]!),
        ),
        "it compares a feature that is not there": changed("nodes_featureids", (ids) =>
          ids.with(0, FEATURES),
        ),
        "a branch has a weight": changed("target_nodeids", (ids) => ids.with(0, 0)),
        "a leaf votes for a target that is not there": changed("target_ids", (ids) =>
          ids.with(0, 1),
        ),
        "the transform of one score is left out by runtimes": ml("TreeEnsembleRegressor", {
          ...base,
          post_transform: "LOGISTIC",
        }),
        "a minimum lacks votes": regressor(
          { trees: 3, depth: 3, targets: 2 },
          { aggregate_function: "MIN" },
        ),
        "a mode is unknown": ml("TreeEnsembleRegressor", {
          ...base,
          nodes_modes: (base["nodes_modes"] as string[]).with(0, "BRANCH_MEMBER"),
        }),
      },
      "OP_FORM_UNSUPPORTED",
    );
    refuses(
      {
        "a list is shorter than others": changed("nodes_falsenodeids", (ids) => ids.slice(1)),
        "a node is there twice": changed("nodes_nodeids", (ids) => ids.with(1, 0)),
        "a child does not exist": changed("nodes_truenodeids", (ids) => ids.with(0, 99)),
      },
      "ATTRIBUTE_INVALID",
    );
  });

  describe("TreeEnsembleClassifier", () => {
    const trees = (parts: TreeParts, attributes: Attributes = {}, count = 3): OpCase =>
      classifier(
        "TreeEnsembleClassifier",
        {
          ...randomTrees({ prefix: "class", ...parts }),
          classlabels_int64s: Array.from({ length: parts.targets ?? 2 }, (_, k) => k),
          ...attributes,
        },
        rows(count),
      );
    const dense = { trees: 5, depth: 3, targets: 3, isDense: true };
    agrees({
      "of three classes": trees(dense),
      "of one row": trees(dense, {}, 1),
      "of three classes with a tree for each": trees({
        trees: 6,
        depth: 3,
        targets: 3,
        byTree: true,
      }),
      "of labels that are no indices": trees(dense, { classlabels_int64s: [7, -2, 30] }),
      "of text labels, which are indices here": {
        ...trees(dense, { classlabels_int64s: [], classlabels_strings: ["0", "1", "2"] }),
        outputs: ["string", "float"],
      },
      "of three classes with a base": trees(dense, { base_values: { floats: [0.5, -0.25, 0.1] } }),
      ...Object.fromEntries(
        TRANSFORMS.map((post_transform) => [
          `of three classes with ${post_transform}`,
          trees(dense, { post_transform }),
        ]),
      ),
      "of two classes by the probability of one": trees({
        trees: 3,
        depth: 3,
        weights: [0.05, 0.3],
      }),
      "of two classes by the score of one": trees({ trees: 3, depth: 3 }),
      "of two classes by the score of one with labels": trees(
        { trees: 3, depth: 3 },
        { classlabels_int64s: [4, 2] },
      ),
      "of two classes with LOGISTIC": trees({ trees: 3, depth: 3 }, { post_transform: "LOGISTIC" }),
      "of two classes with a base": trees(
        { trees: 3, depth: 3 },
        { post_transform: "LOGISTIC", base_values: { floats: [-0.3] } },
      ),
      "of two classes with weights for the second": trees({ trees: 3, depth: 3, only: 1 }),
      "of two classes with weights for the second and SOFTMAX": trees(
        { trees: 3, depth: 3, only: 1 },
        { post_transform: "SOFTMAX" },
      ),
    });
    for (const post_transform of TRANSFORMS) {
      it(`of two classes, both with weights and ${post_transform}, gives the label of the larger score`, async () => {
        // The label of onnxruntime 1.30 is 1 for every input here.
        const model = trees(
          { trees: 4, depth: 3, targets: 2, isDense: true },
          { post_transform },
          8,
        );
        await expectAgreement({ ...model, unchecked: [0] });
        const graph = readModel(opModel(model));
        const input = Array.from({ length: 8 * FEATURES }, (_, i) => 2 * Math.sin(1 + i * i));
        const output = [...runFloat(graph, input)];
        const labels = output.slice(0, 8);
        const scores = output.slice(8);
        expect(labels).to.deep.equal(
          labels.map((_, k) => Number(scores[2 * k + 1]! > scores[2 * k]!)),
        );
        expect(new Set(labels).size).to.equal(2);
      });
    }
    refuses(
      {
        "it has one class": trees({ trees: 1, depth: 2 }, { classlabels_int64s: [3] }),
        "it has text and whole labels": trees(dense, { classlabels_strings: ["a", "b", "c"] }),
        "the base does not fit": trees(dense, { base_values: { floats: [0.5] } }),
        "SOFTMAX of one score is left out by runtimes": trees(
          { trees: 1, depth: 2 },
          { post_transform: "SOFTMAX" },
        ),
      },
      "OP_FORM_UNSUPPORTED",
    );
  });

  describe("TreeEnsemble", () => {
    const ensemble = (parts: TreeParts, attributes: Attributes = {}): OpCase => ({
      ...ml("TreeEnsemble", {
        ...randomEnsemble(parts),
        n_targets: parts.targets ?? 1,
        ...attributes,
      }),
      opset: 5,
    });
    agrees({
      "of one tree": ensemble({ trees: 1, depth: 3 }),
      "of many trees": ensemble({ trees: 20, depth: 4 }),
      "of several targets": ensemble({ trees: 6, depth: 3, targets: 3 }),
      "by AVERAGE": ensemble({ trees: 6, depth: 3, targets: 3 }, { aggregate_function: 0 }),
      "by MAX": ensemble(
        { trees: 6, depth: 3, targets: 2, byTree: true },
        { aggregate_function: 3 },
      ),
      "with SOFTMAX_ZERO": ensemble({ trees: 6, depth: 3, targets: 3 }, { post_transform: 3 }),
    });
    it("takes 1 for SOFTMAX and 2 for LOGISTIC", () => {
      // onnxruntime 1.30 takes them the other way round, against the definition of the op.
      const run = (post_transform: number): readonly number[] => {
        const model = ensemble({ trees: 6, depth: 3, targets: 3 }, { post_transform });
        return [...runFloat(readModel(opModel(model)), new Array<number>(3 * FEATURES).fill(0.3))];
      };
      const scores = run(0).slice(0, 3);
      const total = scores.reduce((sum, it) => sum + Math.exp(it), 0);
      scores.forEach((it, k) => {
        expectClose(run(1)[k], Math.exp(it) / total, 1e-9);
        expectClose(run(2)[k], 1 / (1 + Math.exp(-it)), 1e-9);
      });
    });
  });

  describe("trained models", () => {
    for (const [name, outputs] of [
      ["credit-german-tree", ["label", "probabilities"]],
      ["heart-forest", ["label", "probabilities"]],
      ["credit-default-gbdt", ["logit"]],
    ] as const) {
      it(name, () => {
        const folder = new URL(`../../../models/${name}/`, import.meta.url);
        const graph = readModel(readFileSync(new URL("model.onnx", folder)));
        const { samples } = JSON.parse(readFileSync(new URL("samples.json", folder), "utf8")) as {
          samples: { inputs: { x: number[] }; outputs: Record<string, number[]> }[];
        };
        expect(graph.nodes.length).to.be.at.most(60);
        expect(samples.length).to.be.greaterThan(0);
        for (const { inputs, outputs: all } of samples) {
          const expected = outputs.flatMap((it) => all[it] ?? []);
          const actual = runFloat(graph, inputs.x);
          expect(actual.length).to.equal(expected.length);
          expected.forEach((it, k) => {
            expectClose(actual[k], it, 1e-5);
          });
        }
      });
    }
  });
});

describe("linear models against onnxruntime", () => {
  const numbers = (count: number, seed = 1): { readonly floats: readonly number[] } => ({
    floats: Array.from(
      { length: count },
      (_, i) => Math.round(1000 * Math.sin(seed + i * i)) / 1000,
    ),
  });
  describe("LinearRegressor", () => {
    const regressor = (targets: number, attributes: Attributes = {}): OpCase =>
      ml("LinearRegressor", {
        coefficients: numbers(targets * FEATURES),
        intercepts: numbers(targets, 2),
        targets,
        ...attributes,
      });
    agrees({
      "of one target": regressor(1),
      "of several targets": regressor(3),
      "without intercepts": ml("LinearRegressor", { coefficients: numbers(FEATURES) }),
      ...Object.fromEntries(
        TRANSFORMS.map((post_transform) => [
          `with ${post_transform}`,
          regressor(3, { post_transform }),
        ]),
      ),
    });
    refuses(
      {
        "LOGISTIC of one score is left out by runtimes": regressor(1, {
          post_transform: "LOGISTIC",
        }),
      },
      "OP_FORM_UNSUPPORTED",
    );
    refuses({ "coefficients do not fit": regressor(3, { targets: 2 }) }, "ATTRIBUTE_INVALID");
  });

  describe("LinearClassifier", () => {
    const linear = (classes: number, attributes: Attributes = {}, count = 3): OpCase =>
      classifier(
        "LinearClassifier",
        {
          coefficients: numbers(classes * FEATURES),
          intercepts: numbers(classes, 2),
          classlabels_ints: Array.from({ length: Math.max(classes, 2) }, (_, k) => k),
          ...attributes,
        },
        rows(count),
      );
    agrees({
      "of three classes": linear(3),
      "of one row": linear(3, {}, 1),
      "of labels that are no indices": linear(3, { classlabels_ints: [9, 4, -1] }),
      "of text labels, which are indices here": {
        ...linear(3, { classlabels_ints: [], classlabels_strings: ["0", "1", "2"] }),
        outputs: ["string", "float"],
      },
      "of two classes": linear(2),
      "of two classes by one score": linear(1),
      "of two classes by one score with labels": linear(1, { classlabels_ints: [5, 3] }),
      "of two classes by one score with LOGISTIC": linear(1, { post_transform: "LOGISTIC" }),
      ...Object.fromEntries(
        TRANSFORMS.map((post_transform) => [
          `of three classes with ${post_transform}`,
          linear(3, { post_transform }),
        ]),
      ),
    });
    refuses(
      { "SOFTMAX of one score is left out by runtimes": linear(1, { post_transform: "SOFTMAX" }) },
      "OP_FORM_UNSUPPORTED",
    );
  });

  describe("SVMRegressor", () => {
    const vectors = 5;
    const svr = (kernel_type: string, attributes: Attributes = {}): OpCase =>
      ml("SVMRegressor", {
        coefficients: numbers(vectors),
        support_vectors: numbers(vectors * FEATURES, 3),
        kernel_params: { floats: [0.3, 0.2, 3] },
        n_supports: vectors,
        rho: { floats: [0.4] },
        kernel_type,
        ...attributes,
      });
    agrees({
      ...Object.fromEntries(
        ["LINEAR", "POLY", "RBF", "SIGMOID"].map((it) => [`with ${it} kernels`, svr(it)]),
      ),
      "without an offset": svr("POLY", { kernel_params: { floats: [0.3, 0, 2] } }),
      "of one class": svr("RBF", { one_class: 1, rho: { floats: [-0.2] } }),
      "without support vectors": ml("SVMRegressor", {
        coefficients: numbers(FEATURES),
        kernel_params: { floats: [0.3, 0.2, 3] },
        kernel_type: "LINEAR",
        rho: { floats: [0.4] },
      }),
    });
  });

  describe("SVMClassifier", () => {
    const svc = (sizes: readonly number[], attributes: Attributes = {}): OpCase => {
      const vectors = sizes.reduce((a, b) => a + b, 0);
      const { length: classes } = sizes;
      return classifier(
        "SVMClassifier",
        {
          coefficients: numbers((classes - 1) * vectors),
          support_vectors: numbers(vectors * FEATURES, 3),
          kernel_params: { floats: [0.3, 0.2, 3] },
          kernel_type: "RBF",
          rho: numbers((classes * (classes - 1)) / 2, 5),
          vectors_per_class: sizes,
          classlabels_ints: sizes.map((_, k) => k),
          ...attributes,
        },
        rows(5),
      );
    };
    const probabilities = { prob_a: { floats: [-1.3] }, prob_b: { floats: [0.2] } };
    agrees({
      ...Object.fromEntries(
        ["LINEAR", "POLY", "RBF", "SIGMOID"].map((kernel_type) => [
          `of two classes with ${kernel_type} kernels`,
          svc([3, 2], { kernel_type }),
        ]),
      ),
      "of two classes with LOGISTIC": svc([3, 2], { post_transform: "LOGISTIC" }),
      "of two classes with labels": svc([3, 2], { classlabels_ints: [8, 5] }),
      // onnxruntime stops its iteration once it is this near.
      "of two classes with probabilities": { ...svc([3, 2], probabilities), tolerance: 2e-3 },
      "of three classes": svc([3, 2, 4]),
      "of four classes": svc([2, 1, 3, 2]),
      "of three classes with SOFTMAX": svc([3, 2, 4], { post_transform: "SOFTMAX" }),
      "without support vectors": classifier("SVMClassifier", {
        coefficients: numbers(3 * FEATURES),
        kernel_params: { floats: [0.3, 0.2, 3] },
        kernel_type: "LINEAR",
        rho: { floats: [0.4] },
        classlabels_ints: [0, 1, 2],
      }),
    });
    for (const kernel_type of ["LINEAR", "POLY", "RBF", "SIGMOID"]) {
      for (const [slope, offset] of [
        [-1.3, 0.2],
        [-1.2, 0.6],
        [-1.3, -0.8],
        [1.2, 0.1],
      ] as const) {
        it(`labels by the vote of ${kernel_type} kernels, not by probabilities of ${slope} and ${offset}`, async () => {
          const model = svc([3, 2], {
            kernel_type,
            classlabels_ints: [3, 8],
            prob_a: { floats: [slope] },
            prob_b: { floats: [offset] },
          });
          await expectAgreement({ ...model, inputs: [rows(200)], unchecked: [1] });
        });
      }
    }
    refuses(
      {
        "three classes have probabilities": svc([3, 2, 4], {
          prob_a: { floats: [1, 1, 1] },
          prob_b: { floats: [0, 0, 0] },
        }),
      },
      "OP_FORM_UNSUPPORTED",
    );
    refuses(
      {
        "support vectors do not fit": svc([3, 2], { support_vectors: { floats: [1, 2, 3] } }),
        "coefficients do not fit": svc([3, 2], { coefficients: { floats: [1, 2, 3] } }),
        "a polynomial has no whole degree": svc([3, 2], {
          kernel_type: "POLY",
          kernel_params: { floats: [0.3, 0.2, 2.5] },
        }),
      },
      "ATTRIBUTE_INVALID",
    );
  });
});
