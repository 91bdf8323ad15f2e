import { expect } from "chai";
import fc from "fast-check";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  loneChanges,
  lyingHints,
  mainOf,
  outputOf,
  signedOf,
  wiresNamed,
} from "../helpers/circuit.ts";

/** Five products of 12 and 8 bits; four sums of 22 bits. */
const [N, COUNT, BITS] = [5, 4, 22];
const compile = (count = COUNT) => compileCircuit(mainOf("layers/DotProducts", [N, count, BITS]));
/** The optimizer has a sum stand for its top bit. */
const HINTS = /digitBits\[|Bits_.*\.out\[|main\.out\[/;
const repeat = (count: number, value: bigint) => Array.from({ length: count }, () => value);

/** The ranges of `a` and `b` are assumed: the header says so. */
describe("DotProducts", () => {
  for (const count of [1, COUNT]) {
    it(`equals ${count} sums of products, at the ends of the types too`, async () => {
      const circuit = await compile(count);
      const near = (bits: bigint) => {
        const edge = 1n << (bits - 1n);
        return fc.oneof(fc.constantFrom(-edge, edge - 1n), fc.bigInt(-edge, edge - 1n));
      };
      const vector = (length: number, bits: bigint) =>
        fc.array(near(bits), { minLength: length, maxLength: length });
      await fc.assert(
        fc.asyncProperty(vector(N, 12n), vector(count * N, 8n), async (a, b) => {
          const witness = await circuit.calculate({ a: a.map(field), b: b.map(field) });
          const expected = Array.from({ length: count }, (_, j) =>
            a.reduce((sum, it, i) => sum + it * b[j * N + i]!, 0n),
          );
          expect(outputOf(circuit, witness, count).map(signedOf)).to.deep.equal(expected);
        }),
        {
          seed: 8,
          numRuns: 60,
          examples: [-2048n, 2047n].flatMap((a) =>
            [-128n, 127n].map((b): [bigint[], bigint[]] => [repeat(N, a), repeat(count * N, b)]),
          ),
        },
      );
    });

    it(`rejects every tampered wire and hint of ${count}, and leaves none free`, async () => {
      const circuit = await compile(count);
      const a = [1n, 2047n, 0n, field(-2048n), 5n];
      const b = Array.from({ length: count * N }, (_, i) => field(BigInt((i * 37) % 256) - 128n));
      const witness = await circuit.calculate({ a, b });
      const hints = wiresNamed(circuit, HINTS);
      expect(hints).to.have.length(count === 1 ? 1 : COUNT * BITS);
      expect(loneChanges(circuit, witness)).to.deep.equal([]);
      expect(lyingHints(circuit, witness, hints)).to.deep.equal([]);
      expect(freeNames(circuit, witness)).to.deep.equal([]);
    });

    it(`has the committed constraint count for ${count}`, async () => {
      expectConstraintCount(`DotProducts(${N}, ${count}, ${BITS})`, await compile(count));
    });
  }

  it("refuses a last sum that is wider", async () => {
    const circuit = await compile();
    const last = repeat(COUNT * N, 0n).with(-1, 1n << 21n);
    expect(await isRefused(circuit, { a: repeat(N, 1n), b: last.with(-1, (1n << 21n) - 1n) })).to.be
      .false;
    expect(await isRefused(circuit, { a: repeat(N, 1n), b: last })).to.be.true;
  });
});
