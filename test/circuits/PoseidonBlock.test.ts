import { expect } from "chai";
import fc from "fast-check";
import * as poseidonLite from "poseidon-lite";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  freeNames,
  loneChanges,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";

const MOST = 16;
const ARITIES = Array.from({ length: MOST }, (_, i) => i + 1);
const element = fc.oneof(fc.constantFrom(0n, 1n, P - 1n), fc.bigInt(0n, P - 1n));

/** One block of each arity up to `most`, all on the same inputs. */
const everyArity = (most: number, template: string, include: string, input: string): string => `
pragma circom 2.2.0;
include "${include}.circom";
template Blocks() {
    signal input in[${most}];
    signal output out[${most}];
    component blocks[${most}];
    for (var n = 1; n <= ${most}; n++) {
        blocks[n - 1] = ${template}(n);
        for (var i = 0; i < n; i++) {
            blocks[n - 1].${input}[i] <== in[i];
        }
        out[n - 1] <== blocks[n - 1].out;
    }
}
component main = Blocks();
`;
const ours = (most: number) =>
  compileCircuit(everyArity(most, "PoseidonBlock", "lib/PoseidonBlock", "in"));

function hash(inputs: readonly bigint[]): bigint {
  const name = `poseidon${inputs.length}` as "poseidon2";
  return poseidonLite[name](inputs as [bigint, bigint]);
}

describe("PoseidonBlock", function () {
  this.timeout(120_000);

  it("equals Poseidon of each arity", async () => {
    const circuit = await ours(MOST);
    await fc.assert(
      fc.asyncProperty(fc.array(element, { minLength: MOST, maxLength: MOST }), async (inputs) => {
        const witness = await circuit.calculate({ in: inputs });
        const expected = ARITIES.map((n) => hash(inputs.slice(0, n)));
        expect(outputOf(circuit, witness, MOST)).to.deep.equal(expected);
      }),
      { seed: 51, numRuns: 20 },
    );
  });

  it("has the constraints of circomlib's", async () => {
    const theirs = everyArity(3, "Poseidon", "circomlib/circuits/poseidon", "inputs");
    const [{ r1cs }, known] = [await ours(3), await compileCircuit(theirs)];
    expect(r1cs.constraints).to.have.length(known.r1cs.constraints.length);
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compileCircuit(mainOf("lib/PoseidonBlock", [3]));
    const witness = await circuit.calculate({ in: [5n, 0n, P - 1n] });
    expect(loneChanges(circuit, witness)).to.deep.equal([]);
    expect(freeNames(circuit, witness)).to.deep.equal([]);
  });

  it("has the committed constraint count", async () => {
    const circuit = await compileCircuit(mainOf("lib/PoseidonBlock", [16]));
    expectConstraintCount("PoseidonBlock(16)", circuit);
  });
});
