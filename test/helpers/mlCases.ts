import { expect } from "chai";
import { readModel } from "../../offchain/compiler/onnx/readModel.ts";
import { codeOf } from "./codeOf.ts";
import type { Attributes, OpCase, OpInput } from "./opCase.ts";
import { expectAgreement, opModel } from "./opCase.ts";

export const FEATURES = 4;
export const rows = (count: number): OpInput => ({ shape: [count, FEATURES] });

type Cases = Readonly<Record<string, OpCase>>;

/** A test for each case: both forms agree with onnxruntime. */
export function agrees(cases: Cases): void {
  for (const [name, it_] of Object.entries(cases)) {
    it(name, async () => {
      await expectAgreement(it_);
    });
  }
}

/** A test for each case: it is refused by the code. */
export function refuses(cases: Cases, code: string): void {
  for (const [name, it_] of Object.entries(cases)) {
    it(`is refused where ${name}`, () => {
      expect(codeOf(() => readModel(opModel(it_)))).to.equal(code);
    });
  }
}

/** An op of ai.onnx.ml. */
export const ml = (op: string, attributes: Attributes, input: OpInput = rows(3)): OpCase => ({
  op,
  domain: "ai.onnx.ml",
  attributes,
  inputs: [input],
});
