import { expect } from "chai";
import type { Template } from "../../offchain/compiler/emit/templates.ts";
import { compileCircuit, literalOf } from "./circuit.ts";

/**
 * Expects that an instance adds just the constraints that its template states to a circuit that feeds it from private
 * inputs and multiplies each of its outputs.
 *
 * @param inputs lengths of the inputs, or expressions
 * @param declared lengths of further inputs of the circuit, for the expressions
 */
export async function expectCost(
  { file, parameters, constraints }: Template,
  inputs: Readonly<Record<string, number | string>>,
  outputs: number,
  declared: Readonly<Record<string, number>> = {},
): Promise<void> {
  const operands = Object.entries(inputs);
  const signals = [
    ...operands.filter(([, it]) => typeof it === "number"),
    ...Object.entries(declared),
  ];
  const source = `pragma circom 2.2.0;

include "${file}.circom";

template Consumer() {
${signals.map(([name, length]) => `    signal input ${name}[${length}];\n`).join("")}
    component instance = ${file.slice(file.lastIndexOf("/") + 1)}(${parameters.map(literalOf).join(", ")});
${operands.map(([name, it]) => `    instance.${name} <== ${typeof it === "number" ? name : it};\n`).join("")}
    signal output sum;
    signal squares[${outputs}];
    var total = 0;
    for (var i = 0; i < ${outputs}; i++) {
        squares[i] <== instance.out[i] * instance.out[i];
        total += squares[i];
    }
    sum <== total;
}

component main = Consumer();
`;
  const { r1cs } = await compileCircuit(source);
  expect(r1cs.constraints.length - outputs, `${file}(${parameters.join(", ")})`).to.equal(
    constraints,
  );
}
