import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { intsAttribute, stringsAttribute } from "./attributes.ts";
import { oneHot } from "./oneHot.ts";
import { argMax } from "./ops/selection.ts";
import { refuse } from "./operands.ts";
import type { OnnxNode, OnnxValue } from "./opReader.ts";

/**
 * Labels of a classifier. Texts have no place in a circuit: instead of a text label the index of its class is returned.
 */
export function readLabels(node: OnnxNode, integers: string): readonly number[] {
  const texts = stringsAttribute(node, "classlabels_strings") ?? [];
  const labels = intsAttribute(node, integers) ?? [];
  if (texts.length > 0 && labels.length > 0) refuse(node, "it has two lists of labels");
  if (texts.length + labels.length < 2) refuse(node, "it has fewer than two classes");
  return labels.length > 0 ? labels : texts.map((_, k) => k);
}

/** Label of the first largest of scores `[N, classes]`. */
export function bestLabel(ops: FloatOps, scores: FloatId, labels: readonly number[]): OnnxValue {
  return labelAt(ops, argMax(ops, scores), labels);
}

/** Label of the class that a tensor of indices names. */
export function labelAt(ops: FloatOps, index: FloatId, labels: readonly number[]): OnnxValue {
  const [first = 0, second = 1] = labels;
  const dtype = "integer";
  if (labels.every((label, k) => label === k)) return { id: index, dtype };
  if (labels.length === 2) {
    const base = ops.constant([], [first], "structure", "integer");
    return { id: ops.sum([base, 1], [index, second - first]), dtype };
  }
  const chosen = oneHot(ops, index, labels.length);
  const values = ops.constant([labels.length], labels, "structure", "integer");
  return { id: ops.reduceSum(ops.multiply(chosen, values)), dtype };
}
