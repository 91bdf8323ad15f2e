import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf, stridesOf } from "../../ir/shape.ts";
import { find, invalidAttribute } from "../attributes.ts";
import { matrixProduct } from "../matrixProduct.ts";
import { alike, mismatch, one, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { MAX_RANK } from "../readTensor.ts";
import { toLastAxis } from "../toLastAxis.ts";

/** A tensor whose axes have distinct letters. */
type Lettered = { readonly id: FloatId; readonly letters: readonly string[] };

/** Operands are multiplied from the left, two at a time; `...` is not supported. */
const einsum: OpReader = {
  inputs: { least: 1, most: MAX_RANK },
  attributes: () => ["equation"],
  read(node, ops) {
    const text = new TextDecoder().decode(find(node, "equation", "string")?.s);
    const equation = text.replaceAll(" ", "");
    if (equation.includes(".")) refuse(node, "its equation has an ellipsis");
    if (!/^[a-zA-Z]*(,[a-zA-Z]*)*(->[a-zA-Z]*)?$/.test(equation)) {
      invalidAttribute(node, "equation", `${equation} is no equation`);
    }
    const [left = "", right] = equation.split("->");
    const terms = left.split(",");
    const { ids, dtype } = alike(node, "numbers");
    if (terms.length !== ids.length) mismatch(node, `${ids.length} operands of ${equation}`);
    const output = Array.from(right ?? implied(left));

    const lettered = ids.map((id, at) => diagonal(node, ops, id, Array.from(terms[at] ?? "")));
    checkLengths(node, ops, lettered, output);
    const last = lettered.length - 1;
    const result = lettered.reduce<Lettered | undefined>((product, next, at) => {
      const later = new Set(lettered.slice(at + 1).flatMap(({ letters }) => letters));
      const isKept = (letter: string): boolean => output.includes(letter) || later.has(letter);
      if (product === undefined) return last === 0 ? sumOver(ops, next, isKept) : next;
      return multiply(ops, product, next, isKept);
    }, undefined);
    if (result === undefined) return refuse(node, "it has no operands");
    const order = output.map((letter) => result.letters.indexOf(letter));
    const turned = ops.transpose(result.id, order);
    return one(dtype === "float" ? turned : ops.asInteger(turned), dtype);
  },
};

export const EINSUM_OPS = { Einsum: einsum } satisfies OpTable;

/** Letters that occur once, in alphabetical order. */
function implied(left: string): string {
  const letters = Array.from(left.replaceAll(",", "")).sort();
  return letters.filter((it) => letters.indexOf(it) === letters.lastIndexOf(it)).join("");
}

/** A letter that occurs twice takes the diagonal. */
function diagonal(
  node: OnnxNode,
  ops: FloatOps,
  id: FloatId,
  letters: readonly string[],
): Lettered {
  const shape = ops.shapeOf(id);
  if (letters.length !== shape.length)
    mismatch(node, `${letters.join("")} of ${shape.length} axes`);
  const distinct = [...new Set(letters)];
  if (distinct.length === letters.length) return { id, letters };
  const strides = stridesOf(shape);
  const axesOf = (letter: string): readonly number[] =>
    letters.flatMap((it, axis) => (it === letter ? [axis] : []));
  const lengths = distinct.map((letter) => {
    const [length = 1, ...others] = axesOf(letter).map((axis) => shape[axis]);
    if (others.some((it) => it !== length)) mismatch(node, `axes ${letter} differ`);
    return length;
  });
  const steps = distinct.map((letter) =>
    axesOf(letter).reduce((sum, axis) => sum + (strides[axis] ?? 0), 0),
  );
  return { id: ops.strided(id, lengths, steps), letters: distinct };
}

function checkLengths(
  node: OnnxNode,
  ops: FloatOps,
  operands: readonly Lettered[],
  output: readonly string[],
): void {
  const lengths = new Map<string, number>();
  for (const { id, letters } of operands) {
    ops.shapeOf(id).forEach((length, axis) => {
      const letter = letters[axis] ?? "";
      if ((lengths.get(letter) ?? length) !== length) mismatch(node, `axes ${letter} differ`);
      lengths.set(letter, length);
    });
  }
  const isFit = output.every((it) => lengths.has(it)) && new Set(output).size === output.length;
  if (!isFit) invalidAttribute(node, "equation", `its output ${output.join("")} is none`);
}

/** The tensor without the letters that nothing needs any more. */
function sumOver(
  ops: FloatOps,
  { id, letters }: Lettered,
  isKept: (letter: string) => boolean,
): Lettered {
  const gone = letters.flatMap((letter, axis) => (isKept(letter) ? [] : [axis]));
  if (gone.length === 0) return { id, letters };
  return { id: ops.reduceSum(toLastAxis(ops, id, gone)), letters: letters.filter(isKept) };
}

/** As one batched product of matrices: letters of both that stay are the batch, of both that go are summed over. */
function multiply(
  ops: FloatOps,
  left: Lettered,
  right: Lettered,
  isKept: (letter: string) => boolean,
): Lettered {
  const isShared = (letter: string): boolean =>
    left.letters.includes(letter) && right.letters.includes(letter);
  const a = sumOver(ops, left, (it) => isKept(it) || isShared(it));
  const b = sumOver(ops, right, (it) => isKept(it) || isShared(it));
  const shared = a.letters.filter((it) => b.letters.includes(it));
  const batch = shared.filter(isKept);
  const inner = shared.filter((it) => !isKept(it));
  const rows = a.letters.filter((it) => !shared.includes(it));
  const columns = b.letters.filter((it) => !shared.includes(it));
  const lengthOf = (letter: string): number => {
    const from = a.letters.includes(letter) ? a : b;
    return ops.shapeOf(from.id)[from.letters.indexOf(letter)] ?? 1;
  };
  const size = (letters: readonly string[]): number => elementsOf(letters.map(lengthOf));
  const matrix = (from: Lettered, outer: readonly string[]): FloatId => {
    const order = [...batch, ...outer, ...inner].map((it) => from.letters.indexOf(it));
    return ops.reshape(ops.transpose(from.id, order), [size(batch), size(outer), size(inner)]);
  };
  const product = matrixProduct(ops, matrix(a, rows), matrix(b, columns));
  const letters = [...batch, ...rows, ...columns];
  return { id: ops.reshape(product, letters.map(lengthOf)), letters };
}
