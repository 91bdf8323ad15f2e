import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { productReference } from "../helpers/productReference.ts";

const [ROWS, INPUTS, OUTPUTS, BITS, TILE_ROWS, TILE_OUTPUTS] = [3, 5, 6, 20, 2, 3];
const parameters = [ROWS, INPUTS, OUTPUTS, BITS, TILE_ROWS, TILE_OUTPUTS];
const compile = () => compileCircuit(mainOf("layers/TiledProducts", parameters));

/** Sums of each tile as one number, without regard to whether they fit. */
function tilesOf(sums: readonly bigint[]): readonly bigint[] {
  const tiles: bigint[] = [];
  for (let row = 0; row < ROWS; row += TILE_ROWS) {
    for (let output = 0; output < OUTPUTS; output += TILE_OUTPUTS) {
      const width = Math.min(TILE_OUTPUTS, OUTPUTS - output);
      let tile = 0n;
      for (let r = row; r < Math.min(ROWS, row + TILE_ROWS); r++) {
        for (let o = output; o < output + width; o++) {
          tile += sums[r * OUTPUTS + o]! << BigInt(BITS * (width * (r - row) + o - output));
        }
      }
      tiles.push(field(tile));
    }
  }
  return tiles;
}

describe("TiledProducts", () => {
  it("equals the sums of each tile, wider ones too", async () => {
    const circuit = await compile();
    const values = (length: number) =>
      fc.array(fc.bigInt(-(1n << 40n), 1n << 40n), { minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(values(ROWS * INPUTS), values(OUTPUTS * INPUTS), async (a, b) => {
        const witness = await circuit.calculate({ a: a.map(field), b: b.map(field) });
        const expected = tilesOf(productReference(a, b, ROWS, OUTPUTS));
        expect(outputOf(circuit, witness, 4)).to.deep.equal(expected);
      }),
      { seed: 19, numRuns: 30 },
    );
  });

  it("rejects every tampered wire, and leaves none free", async () => {
    const circuit = await compile();
    const value = (_: unknown, i: number) => field(BigInt((i * 37) % 101) - 50n);
    const witness = await circuit.calculate({
      a: Array.from({ length: ROWS * INPUTS }, value),
      b: Array.from({ length: OUTPUTS * INPUTS }, value),
    });
    expectPinned(circuit, witness, 0);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount(`TiledProducts(${parameters.join(", ")})`, await compile());
  });
});
