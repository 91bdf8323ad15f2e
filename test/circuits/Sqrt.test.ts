import { expect } from "chai";
import fc from "fast-check";
import { sqrt } from "../../offchain/compiler/emit/templates.ts";
import {
  P,
  compileCircuit,
  expectConstraintCount,
  field,
  inverseOf,
  isRefused,
  mainOf,
  outputOf,
  sabotaged,
  solutionsOverBits,
  wiresNamed,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import type { R1cs } from "../../offchain/prover/r1cs/readR1cs.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { expectCost } from "../helpers/templateCost.ts";

const compile = (bits: number, elements = 1) =>
  compileCircuit(mainOf("layers/Sqrt", sqrt({ elements, bits }).parameters));
const BITS = /Bits.*\.out\[|odd$/;

/** By Newton's method, from above. */
function rootOf(value: bigint): bigint {
  let root = value;
  while (root * root > value) root = (root + value / root) / 2n;
  return root;
}

describe("Sqrt", () => {
  for (const bits of [1, 24, 31, 62]) {
    const most = (1n << BigInt(bits)) - 1n;

    it(`equals the floor of the root of ${bits} bits, around squares too`, async () => {
      const circuit = await compile(bits);
      const root = fc.bigInt(0n, rootOf(most));
      const near = fc
        .tuple(root, fc.bigInt(-1n, 1n))
        .map(([it, step]) => it * it + step)
        .filter((it) => it >= 0n && it <= most);
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.bigInt(0n, most), near), async (value) => {
          const witness = await circuit.calculate({ in: [value] });
          const [out] = outputOf(circuit, witness, 1);
          expect(out).to.equal(rootOf(value));
          expect(out! * out! <= value && value < (out! + 1n) * (out! + 1n)).to.be.true;
        }),
        { seed: 31, numRuns: 60, examples: [[0n], [1n], [most]] },
      );
    });

    it(`refuses what is negative or far wider than ${bits} bits`, async () => {
      const circuit = await compile(bits);
      for (const value of [-1n, -2n, 4n << BigInt(bits + 1), P / 2n]) {
        expect(await isRefused(circuit, { in: [field(value)] })).to.be.true;
      }
    });
  }

  describe("given 4 bits, every hint tried", () => {
    /** First input of which the system has not just the root; what is out of range has its own or none. */
    const firstUnsound = (circuit: TestCircuit, system: { readonly r1cs: R1cs }) => {
      const bits = wiresNamed(circuit, BITS);
      const [input, out] = [circuit.wireOf("main.in[0]"), circuit.wireOf("main.out[0]")];
      const half = inverseOf(2n);
      for (let value = -4n; value < 24n; value++) {
        // Integers, halves modulo p, and both negated.
        const roots = new Set(
          Array.from({ length: 10 }, (_, i) => BigInt(i)).flatMap((it) =>
            [it, -it, it * half, -it * half].map(field),
          ),
        );
        const accepted = [...roots].filter((root) => {
          const inputs = new Map([
            [input, field(value)],
            [out, root],
          ]);
          return solutionsOverBits(system, inputs, bits, [out]).length > 0;
        });
        const isInside = value >= 0n && value < 16n;
        const expected = value >= 0n ? String(rootOf(value)) : "";
        if (accepted.join() !== expected && (isInside || accepted.length > 0)) return value;
      }
      return undefined;
    };

    it("has just the right root", async () => {
      const circuit = await compile(4);
      expect(firstUnsound(circuit, circuit)).to.equal(undefined);
    });

    it("would not without any one constraint, those that make bits of bits apart", async () => {
      const circuit = await compile(4);
      const bitWires = new Set([0, ...wiresNamed(circuit, BITS)]);
      const systems = sabotaged(circuit).filter((_, index) => {
        const { a, b, c } = circuit.r1cs.constraints[index]!;
        const wires = new Set([...a, ...b, ...c].map((it) => it[0]));
        return !(wires.size <= 2 && [...wires].every((it) => bitWires.has(it)));
      });
      expect(systems).to.have.length.of.at.least(2);
      for (const system of systems) expect(firstUnsound(circuit, system)).to.be.a("bigint");
    });
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compile(24);
    for (const value of [0n, 1n, 2n, 143n, 144n, (1n << 24n) - 1n]) {
      const witness = await circuit.calculate({ in: [value] });
      expectPinned(circuit, witness, 24, { more: /^main\.out/ });
    }
  });

  it("costs what the compiler says", async () => {
    await expectCost(sqrt({ elements: 2, bits: 24 }), { in: 2 }, 2);
    await expectCost(sqrt({ elements: 2, bits: 31 }), { in: 2 }, 2);
  });

  it("has the committed constraint count", async () => {
    expectConstraintCount("Sqrt(1, 24)", await compile(24));
  });
});
