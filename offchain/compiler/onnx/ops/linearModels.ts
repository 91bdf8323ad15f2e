import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import {
  find,
  flagAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  invalidAttribute,
  stringAttribute,
} from "../attributes.ts";
import { bestLabel, labelAt, readLabels } from "../classLabels.ts";
import { featuresOf } from "../features.ts";
import { scalar, truncate } from "../formulas.ts";
import { keepAxis, lastAxes } from "../lastAxes.ts";
import { mismatch, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { postTransform, readPostTransform } from "../postTransform.ts";
import { twoScores } from "../twoScores.ts";
import { normOf } from "./normalization.ts";

/** Label and scores; a text label is its index. */
const linearClassifier: OpReader = {
  inputs: { least: 1, most: 1 },
  outputs: { least: 1, most: 2 },
  attributes: () => [
    ...["classlabels_ints", "classlabels_strings", "coefficients", "intercepts"],
    ...["multi_class", "post_transform"],
  ],
  read(node, ops) {
    const labels = readLabels(node, "classlabels_ints");
    const features = featuresOf(node, ops);
    const scores = linearScores(node, ops, features);
    const [rows = 1, classes = 1] = ops.shapeOf(scores);
    const transform = readPostTransform(node);
    if (classes === labels.length) {
      const label = bestLabel(ops, scores, labels);
      return [label, ...one(postTransform(node, ops, scores, transform))];
    }
    if (classes !== 1 || labels.length !== 2) {
      return mismatch(node, `${classes} scores for ${labels.length} classes`);
    }
    const isSecond = ops.compare("less", scalar(ops, 0), scores);
    const label = labelAt(ops, ops.reshape(isSecond, [rows]), labels);
    return [label, ...one(twoScores(node, ops, scores, transform, "part"))];
  },
};

const linearRegressor: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["coefficients", "intercepts", "post_transform", "targets"],
  read(node, ops) {
    const targets = intAttribute(node, "targets", 1);
    const scores = linearScores(node, ops, featuresOf(node, ops));
    if (ops.shapeOf(scores).at(-1) !== targets) {
      invalidAttribute(node, "targets", `${targets} where there are other coefficients`);
    }
    return one(postTransform(node, ops, scores, readPostTransform(node)));
  },
};

/** `(x - offset) · scale`, a number for each feature or one for all. */
const scaler: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["offset", "scale"],
  read(node, ops) {
    const { id } = operand(node, 0);
    const count = ops.shapeOf(id).at(-1) ?? 1;
    const list = (name: string): FloatId | undefined => {
      const values = floatsAttribute(node, name);
      if (values === undefined) return undefined;
      if (values.length !== 1 && values.length !== count) {
        invalidAttribute(node, name, `${values.length} numbers for ${count} features`);
      }
      return ops.constant([values.length], values, "weight");
    };
    const [offset, scale] = [list("offset"), list("scale")];
    const scaled = scale === undefined ? id : ops.multiply(id, scale);
    if (offset === undefined) return one(scaled);
    return one(ops.subtract(scaled, scale === undefined ? offset : ops.multiply(offset, scale)));
  },
};

/** Divides each row by its norm; MAX is the largest element, whatever its sign. A row of norm 0 stays as it is. */
const normalizer: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["norm"],
  read(node, ops) {
    const { id } = operand(node, 0);
    const norm = stringAttribute(node, "norm", "MAX", ["MAX", "L1", "L2"]);
    const { length: rank } = ops.shapeOf(id);
    if (rank === 0) mismatch(node, "the input has no axis");
    const rows = lastAxes(ops, id, [rank - 1]);
    if (norm !== "MAX") {
      return one(rows.back(ops.divide(rows.id, normOf(ops, rows.id, norm === "L1" ? 1 : 2))));
    }
    const most = keepAxis(ops, rows.id, "reduceMax");
    const isZero = ops.compare("equal", most, scalar(ops, 0));
    return one(rows.back(ops.divide(rows.id, ops.select(isZero, scalar(ops, 1), most))));
  },
};

/** `[.., categories]`; a value that is no category gives zeros. */
const oneHotEncoder: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["cats_int64s", "cats_strings", "zeros"],
  read(node, ops) {
    const { id } = operand(node, 0);
    if (find(node, "cats_strings", "strings") !== undefined) {
      refuse(node, "its categories are texts; map them outside the model");
    }
    const categories = intsAttribute(node, "cats_int64s") ?? refuse(node, "it has no categories");
    if (!flagAttribute(node, "zeros", true)) {
      refuse(node, "it fails for a value that is no category; set zeros");
    }
    const column = ops.reshape(truncate(ops, id), [...ops.shapeOf(id), 1]);
    const values = ops.constant([categories.length], categories, "structure", "integer");
    return one(ops.compare("equal", column, values));
  },
};

export const LINEAR_MODEL_OPS = {
  LinearClassifier: linearClassifier,
  LinearRegressor: linearRegressor,
  Normalizer: normalizer,
  OneHotEncoder: oneHotEncoder,
  Scaler: scaler,
} satisfies OpTable;

/** `[N, targets]` by the lists of coefficients and intercepts. */
function linearScores(node: OnnxNode, ops: FloatOps, features: FloatId): FloatId {
  const coefficients = floatsAttribute(node, "coefficients") ?? [];
  const intercepts = floatsAttribute(node, "intercepts") ?? [];
  const count = ops.shapeOf(features).at(-1) ?? 1;
  const targets = coefficients.length / count;
  if (!Number.isInteger(targets) || targets < 1) {
    invalidAttribute(node, "coefficients", `${coefficients.length} for ${count} features`);
  }
  if (intercepts.length !== 0 && intercepts.length !== targets) {
    invalidAttribute(node, "intercepts", `${intercepts.length} for ${targets} scores`);
  }
  const weights = ops.constant([targets, count], coefficients, "weight");
  const bias = intercepts.length === 0 ? undefined : ops.constant([targets], intercepts, "weight");
  return ops.linear(features, weights, bias);
}
