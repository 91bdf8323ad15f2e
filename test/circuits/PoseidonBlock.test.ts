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
import { IS_DEEP } from "../helpers/deepOnly.ts";

const MOST = 16;
const ARITIES = IS_DEEP ? Array.from({ length: MOST }, (_, i) => i + 1) : [1, 2, 5];
const element = fc.oneof(fc.constantFrom(0n, 1n, P - 1n), fc.bigInt(0n, P - 1n));

/** One block of each arity, all on the same inputs. */
const blocksOf = (
  arities: readonly number[],
  template: string,
  include: string,
  input: string,
): string => `
pragma circom 2.2.0;
include "${include}.circom";
template Blocks() {
    var arities[${arities.length}] = [${arities.join(", ")}];
    signal input in[${Math.max(...arities)}];
    signal output out[${arities.length}];
    component blocks[${arities.length}];
    for (var n = 0; n < ${arities.length}; n++) {
        blocks[n] = ${template}(arities[n]);
        for (var i = 0; i < arities[n]; i++) {
            blocks[n].${input}[i] <== in[i];
        }
        out[n] <== blocks[n].out;
    }
}
component main = Blocks();
`;
const ours = (arities: readonly number[]) =>
  compileCircuit(blocksOf(arities, "PoseidonBlock", "lib/PoseidonBlock", "in"));

function hash(inputs: readonly bigint[]): bigint {
  const name = `poseidon${inputs.length}` as "poseidon2";
  return poseidonLite[name](inputs as [bigint, bigint]);
}

describe("PoseidonBlock", function () {
  this.timeout(120_000);

  it("equals Poseidon of each arity", async () => {
    const circuit = await ours(ARITIES);
    const length = Math.max(...ARITIES);
    await fc.assert(
      fc.asyncProperty(
        fc.array(element, { minLength: length, maxLength: length }),
        async (inputs) => {
          const witness = await circuit.calculate({ in: inputs });
          const expected = ARITIES.map((n) => hash(inputs.slice(0, n)));
          expect(outputOf(circuit, witness, ARITIES.length)).to.deep.equal(expected);
        },
      ),
      { seed: 51, numRuns: 20 },
    );
  });

  it("has the constraints of circomlib's", async () => {
    const theirs = blocksOf([1, 2, 5], "Poseidon", "circomlib/circuits/poseidon", "inputs");
    const [{ r1cs }, known] = [await ours([1, 2, 5]), await compileCircuit(theirs)];
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
