import type { OpCase, OpInput } from "./opCase.ts";
import { expectAgreement } from "./opCase.ts";

/** An op, its inputs, and what differs from a node of opset 13 with one output of floats. */
export type OpRow = readonly [
  op: string,
  inputs: readonly (OpInput | undefined)[],
  rest?: Omit<OpCase, "op" | "inputs">,
];

/** An input of real numbers in [-2, 2). */
export const x = (...shape: readonly number[]): OpInput => ({ shape });
/** One of real numbers in [0.25, 3.75). */
export const above = (...shape: readonly number[]): OpInput => ({ shape, offset: 2, spread: 1.75 });
/** One of integers from -9 to 9, and one of bits. */
export const whole = (...shape: readonly number[]): OpInput => ({
  shape,
  dtype: "int64",
  spread: 9,
});
export const bits = (...shape: readonly number[]): OpInput => ({ shape, dtype: "bool" });
/** A weight. */
export const weight = (...shape: readonly number[]): OpInput => ({ shape, isConstant: true });
/** The same values in each run. */
export const given = (it: OpInput, ...values: readonly number[]): OpInput => ({ ...it, values });
export const fixed = (it: OpInput): OpInput => ({ ...it, isConstant: true });
/** Integers that the file holds; `list` is a vector. */
export const ints = (shape: readonly number[], ...values: readonly number[]): OpInput => ({
  shape,
  dtype: "int64",
  values,
  isConstant: true,
});
export const list = (...values: readonly number[]): OpInput => ints([values.length], ...values);
/** A real number of the file. */
export const real = (value: number): OpInput => ({ shape: [], values: [value], isConstant: true });

/** A test for each row: the op as read agrees with onnxruntime. */
export function agrees(rows: readonly OpRow[]): void {
  for (const [op, inputs, rest = {}] of rows) {
    const { opset = 13, attributes = {} } = rest;
    const shapes = inputs.map((it) => (it === undefined ? "-" : describeInput(it))).join(", ");
    const named = Object.keys(attributes).length === 0 ? "" : ` ${textOf(attributes)}`;
    it(`${op} of opset ${opset}, ${shapes}${named}`, async () => {
      await expectAgreement({ op, inputs, ...rest });
    });
  }
}

function textOf(attributes: OpCase["attributes"]): string {
  return JSON.stringify(attributes, (_, it: unknown) => (typeof it === "bigint" ? `${it}` : it));
}

function describeInput({ shape, dtype, isConstant, values }: OpInput): string {
  const text = isConstant === true && values !== undefined ? `=${values.join(" ")}` : "";
  return `${isConstant === true ? "constant " : ""}${dtype ?? "float"}[${shape.join()}]${text}`;
}
