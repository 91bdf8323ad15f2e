import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import {
  find,
  floatAttribute,
  floatsAttribute,
  intsAttribute,
  invalidAttribute,
  numbersAttribute,
} from "../attributes.ts";
import { not, scalar } from "../formulas.ts";
import { STRING } from "../modelProto.ts";
import { alike, mismatch, one, operand, refuse } from "../operands.ts";
import type { Dtype, OnnxNode, OpReader, OpTable } from "../opReader.ts";
import type { OnnxTensor } from "../readTensor.ts";

/** Turns a tensor into one map for each row, which here stays the tensor. */
const zipMap: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["classlabels_int64s", "classlabels_strings"],
  read: (node) => [operand(node, 0)],
};

/** `x > threshold`. */
const binarizer: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["threshold"],
  read(node, ops) {
    const threshold = scalar(ops, floatAttribute(node, "threshold", 0));
    const { id, dtype } = operand(node, 0);
    return one(ops.compare("less", threshold, id), dtype);
  },
};

/** Inputs of one row each, side by side. */
const featureVectorizer: OpReader = {
  inputs: { least: 1, most: Infinity },
  attributes: () => ["inputdimensions"],
  read(node, ops) {
    const columns = alike(node, "numbers").ids.map((id) => {
      const [rows = 1, ...rest] = ops.shapeOf(id);
      return ops.reshape(id, [rows, elementsOf(rest)]);
    });
    return one(ops.concat(columns, 1));
  },
};

/** Numbers to numbers; texts have no place in a circuit. Of a key that is there twice the first counts. */
const labelEncoder: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => [
    ...["keys", "values"].flatMap((it) => [`${it}_int64s`, `${it}_floats`, `${it}_strings`]),
    ...["classes_strings", "default_float", "default_int64", "default_string"],
    ...(opset < 4 ? [] : ["default_tensor", "keys_tensor", "values_tensor"]),
  ],
  read(node, ops) {
    const { id } = operand(node, 0);
    const keys = listOf(node, "keys");
    const values = listOf(node, "values");
    if (keys.list.length !== values.list.length) mismatch(node, "keys and values are not as many");
    const fallback = fallbackOf(node, values.dtype);
    const pairs = new Map<number, number>();
    keys.list.forEach((key, at) => {
      if (!pairs.has(key)) pairs.set(key, values.list[at] ?? fallback);
    });
    return one(mapped(ops, id, [...pairs.keys()], [...pairs.values()], fallback), values.dtype);
  },
};

/** Replaces a number that stands for a missing value; that it is none, or infinite, never holds here. */
const imputer: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () =>
    ["imputed_value", "replaced_value"].flatMap((it) =>
      it === "imputed_value" ? [`${it}_floats`, `${it}_int64s`] : [`${it}_float`, `${it}_int64`],
    ),
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const isReal = dtype === "float";
    const missing = isReal
      ? (find(node, "replaced_value_float", "float")?.f ?? 0)
      : Number(find(node, "replaced_value_int64", "int")?.i ?? 0n);
    if (!Number.isFinite(missing)) return [{ id, dtype }];
    const values = isReal
      ? floatsAttribute(node, "imputed_value_floats")
      : intsAttribute(node, "imputed_value_int64s");
    if (values === undefined) return refuse(node, "it has no imputed values");
    const kind = isReal ? "real" : "integer";
    const imputed = ops.constant([values.length], values, "structure", kind);
    const isMissing = ops.compare("equal", id, scalar(ops, missing));
    return one(ops.select(isMissing, imputed, id), dtype);
  },
};

export const RECORD_OPS = {
  Binarizer: binarizer,
  FeatureVectorizer: featureVectorizer,
  Imputer: imputer,
  LabelEncoder: labelEncoder,
  ZipMap: zipMap,
} satisfies OpTable;

function listOf(
  node: OnnxNode,
  name: "keys" | "values",
): { readonly list: readonly number[]; readonly dtype: Dtype } {
  const integers = intsAttribute(node, `${name}_int64s`);
  if (integers !== undefined) return { list: integers, dtype: "integer" };
  const reals = floatsAttribute(node, `${name}_floats`);
  if (reals !== undefined) return { list: reals, dtype: "float" };
  const tensor = numberTensor(node, `${name}_tensor`);
  if (tensor !== undefined) return { list: Array.from(tensor.values), dtype: tensor.dtype };
  return refuse(node, `its ${name} are texts; map them outside the model`);
}

/** What a number that is no key becomes. */
function fallbackOf(node: OnnxNode, dtype: Dtype): number {
  const given = numberTensor(node, "default_tensor")?.values;
  if (given !== undefined && given.length !== 1) {
    invalidAttribute(node, "default_tensor", "it is not one element");
  }
  if (given?.[0] !== undefined) return given[0];
  if (dtype === "float") return floatAttribute(node, "default_float", 0);
  return Number(find(node, "default_int64", "int")?.i ?? -1n);
}

/** A tensor of numbers; one of texts is refused as such. */
function numberTensor(node: OnnxNode, name: string): OnnxTensor | undefined {
  if (find(node, name, "tensor")?.t?.dataType === STRING) {
    refuse(node, `its ${name} holds texts; map them outside the model`);
  }
  return numbersAttribute(node, name);
}

/** `Σ value · [x = key] + fallback · [x is no key]`. */
function mapped(
  ops: FloatOps,
  input: FloatId,
  keys: readonly number[],
  values: readonly number[],
  fallback: number,
): FloatId {
  const column = ops.reshape(input, [...ops.shapeOf(input), 1]);
  const isKey = ops.compare("equal", column, ops.constant([keys.length], keys));
  const kind = values.every(Number.isInteger) ? "integer" : "real";
  const weights = ops.constant([values.length], values, "structure", kind);
  const found = ops.reduceSum(ops.multiply(isKey, weights));
  const isNone = not(ops, ops.reduceSum(isKey));
  return fallback === 0 ? found : ops.sum([found, 1], [isNone, fallback]);
}
