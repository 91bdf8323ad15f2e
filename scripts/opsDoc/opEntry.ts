import type { OpCase } from "../../test/helpers/opCase.ts";

/** What `docs/ops.md` says about an op beside what the readers' tables say, and the model that its price is measured on. */
export type OpEntry = Pick<OpCase, "inputs" | "attributes" | "outputs" | "opset"> & {
  /** First opset of its domain in which ONNX has it, where that is above the lowest that is read. */
  readonly since?: number;
  /** Last opset before ONNX took it back. */
  readonly until?: number;
  /** Which forms are refused, or what a reader should know. */
  readonly note?: string;
  /** What the price is for, where that is not an element of the largest tensor, and how many of it the model has. */
  readonly unit?: readonly [count: number, name: string];
  /** Where inputs are drawn from, -1 to 1 where left out: a function such as a logarithm is not defined everywhere. */
  readonly drawn?: readonly [low: number, high: number];
};

/** Entries of one domain by op. */
export type OpEntries = Readonly<Record<string, OpEntry>>;
