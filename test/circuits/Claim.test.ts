import { expect } from "chai";
import fc from "fast-check";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  mainOf,
} from "../helpers/circuit.ts";
import { hashReference } from "../helpers/packing.ts";

const element = fc.bigInt(0n, P - 1n);
/** Without hints and range checks: words, c, z and e are any field elements. */
const TEMPLATES = [
  { name: "Claim", behind: [] },
  { name: "ClaimEach", behind: [1n] },
] as const;

for (const { name, behind } of TEMPLATES) {
  const compile = () => compileCircuit(mainOf(`commitments/${name}`, [3]));
  const evaluate = (v: readonly bigint[], z: bigint) =>
    field([...v, ...behind].reduce((sum, it, i) => sum + it * z ** BigInt(i), 0n));

  describe(name, () => {
    it("holds for the hash and the evaluation of the words", async () => {
      const circuit = await compile();
      await fc.assert(
        fc.asyncProperty(element, element, element, element, async (a, b, c, z) => {
          const v = [a, b, c];
          const claim = { v, c: hashReference(4, v), z, e: evaluate(v, z) };
          expect(await isRefused(circuit, claim)).to.be.false;
        }),
        { seed: 14, numRuns: 20 },
      );
    });

    for (const z of [0n, 1n, P - 1n, 0x1234567n]) {
      it(`refuses another c, e or word at z = ${z}`, async () => {
        const circuit = await compile();
        const v = [11n, 22n, 33n];
        const claim = { v, c: hashReference(4, v), z, e: evaluate(v, z) };
        expect(await isRefused(circuit, claim)).to.be.false;
        expect(await isRefused(circuit, { ...claim, c: claim.c + 1n })).to.be.true;
        expect(await isRefused(circuit, { ...claim, e: field(claim.e + 1n) })).to.be.true;
        for (const place of [0, 1, 2]) {
          const other = v.with(place, 99n);
          expect(await isRefused(circuit, { ...claim, v: other })).to.be.true;
          // e recomputed: c still names the old words.
          const moved = { ...claim, v: other, e: evaluate(other, z) };
          expect(await isRefused(circuit, moved)).to.be.true;
        }
        // c recomputed: e still names the old words, though at z = 0 it covers the first one only.
        const other = [12n, 22n, 33n];
        const moved = { ...claim, v: other, c: hashReference(4, other) };
        expect(await isRefused(circuit, moved)).to.be.true;
      });
    }

    it("rejects every tampered wire, and leaves none free", async () => {
      const circuit = await compile();
      const v = [11n, 22n, 33n];
      const z = 5n;
      const witness = await circuit.calculate({ v, c: hashReference(4, v), z, e: evaluate(v, z) });
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });

    it("has the committed constraint count", async () => {
      expectConstraintCount(`${name}(3)`, await compile());
    });
  });
}
