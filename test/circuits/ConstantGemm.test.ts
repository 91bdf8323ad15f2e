import { expect } from "chai";
import * as fc from "fast-check";
import { constantLinear } from "../../offchain/compiler/emit/templates.ts";
import { compileCircuit, field, mainOf, outputOf, signedOf } from "../helpers/circuit.ts";
import { expectCost } from "../helpers/templateCost.ts";

/** Rows of 70 elements: more than one part. */
const [ROWS, INPUTS, OUTPUTS] = [2, 70, 3] as const;
const WEIGHTS = Array.from({ length: OUTPUTS * INPUTS }, (_, i) => BigInt((i * 7919) % 255) - 127n);

describe("ConstantGemm", () => {
  const template = constantLinear({ rows: ROWS, inputs: INPUTS, outputs: OUTPUTS }, WEIGHTS);
  const compile = () => compileCircuit(mainOf(template.file, template.parameters));

  it("gives the sums of an integer reference", async () => {
    const circuit = await compile();
    const integers = (count: number) =>
      fc.array(fc.bigInt(-(2n ** 40n), 2n ** 40n), { minLength: count, maxLength: count });
    await fc.assert(
      fc.asyncProperty(integers(ROWS * INPUTS), integers(OUTPUTS), async (rows, bias) => {
        const inputs = { in: rows.map(field), bias: bias.map(field) };
        const witness = await circuit.calculate(inputs);
        const expected = Array.from({ length: ROWS * OUTPUTS }, (_, at) => {
          const [r, o] = [Math.floor(at / OUTPUTS), at % OUTPUTS];
          return rows
            .slice(r * INPUTS, (r + 1) * INPUTS)
            .reduce((sum, it, i) => sum + it * WEIGHTS[o * INPUTS + i]!, bias[o]!);
        });
        expect(outputOf(circuit, witness, ROWS * OUTPUTS).map(signedOf)).to.deep.equal(expected);
      }),
      { seed: 5, numRuns: 20 },
    );
  });

  it("costs nothing", async () => {
    expect(template.constraints).to.equal(0);
    await expectCost(template, { in: ROWS * INPUTS, bias: OUTPUTS }, ROWS * OUTPUTS);
  });
});
