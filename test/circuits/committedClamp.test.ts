import { expect } from "chai";
import { clampParts, clampPlan } from "../../offchain/compiler/emit/committed/clampPlan.ts";
import { signed, unsigned } from "../helpers/integerGraph.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
  signedOf,
} from "../helpers/circuit.ts";
import type { TestCircuit } from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";
import { rescaleReference } from "../helpers/rescale.ts";

const SHIFT = 2;
/** Every value, excess and remainder that their ranges admit is tried. */
const CASES = [
  { name: "RoundedSums", parameters: [1, -3, SHIFT], least: -3n, values: 8n, excesses: 1n },
  { name: "RectifiedSums", parameters: [1, -2, SHIFT], least: -2n, values: 4n, excesses: 4n },
  { name: "ClampedSums", parameters: [1, -2, 3, SHIFT], least: -2n, values: 4n, excesses: 4n },
] as const;

async function partsTaken(
  circuit: TestCircuit,
  { name, values, excesses }: (typeof CASES)[number],
): Promise<readonly { readonly out: bigint; readonly sum: bigint }[]> {
  const taken: { out: bigint; sum: bigint }[] = [];
  for (let value = 0n; value < values; value++) {
    for (let excess = 0n; excess < excesses; excess++) {
      for (let low = 0n; low < 1n << BigInt(SHIFT); low++) {
        const parts = { value: [value], low: [low] };
        const inputs = name === "RoundedSums" ? parts : { ...parts, excess: [excess] };
        if (await isRefused(circuit, inputs)) continue;
        const [out, sum] = outputOf(circuit, await circuit.calculate(inputs), 2).map(signedOf);
        taken.push({ out: out!, sum: sum! });
      }
    }
  }
  return taken;
}

for (const example of CASES) {
  const { name, parameters, least, values } = example;
  describe(`${name}(${parameters.join(", ")})`, () => {
    it("has one value, excess and remainder for each sum, that of the rescale", async () => {
      const circuit = await compileCircuit(mainOf(`committed/${name}`, parameters));
      const taken = await partsTaken(circuit, example);
      const sums = taken.map((it) => it.sum).sort((a, b) => (a < b ? -1 : 1));
      expect(new Set(sums).size).to.equal(sums.length);
      // A run without gaps: every sum of the range has its parts.
      expect(sums.at(-1)! - sums[0]! + 1n).to.equal(BigInt(sums.length));
      for (const { out, sum } of taken) {
        const quotient = (sum + 2n) >> BigInt(SHIFT);
        const lower = name === "RoundedSums" || quotient > least ? quotient : least;
        const most = least + values - 1n;
        expect(out).to.equal(name === "ClampedSums" && lower > most ? most : lower);
      }
    });
  });
}

describe("ClampedSums", () => {
  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compileCircuit(mainOf("committed/ClampedSums", [3, 0, 255, 6]));
    const witness = await circuit.calculate({
      ...{ value: [0n, 17n, 255n], excess: [9n, 0n, 4n], low: [1n, 63n, 0n] },
    });
    // What is above is dropped: the sum tells it.
    expectPinned(circuit, witness, 3, { more: /above\[|sums\[/ });
    expectConstraintCount("committed ClampedSums(3, 0, 255, 6)", circuit);
  });
});

describe("clampParts", () => {
  for (const [name, output, range, isRelu] of [
    ["no end", signed(8), { lo: -500n, hi: 400n }, false],
    ["the lower end", unsigned(8), { lo: -5000n, hi: 900n }, true],
    ["the upper end", signed(4), { lo: -20n, hi: 900n }, false],
    ["both ends", unsigned(3), { lo: -777n, hi: 801n }, true],
  ] as const) {
    it(`gives the rescale that saturates at ${name}`, () => {
      const plan = clampPlan(range, 2, output, [3, 5]);
      const sums = Array.from({ length: Number(range.hi - range.lo) + 1 }, (_, i) => {
        return range.lo + BigInt(i);
      });
      const parts = clampParts(plan, sums);
      expect(parts.value.map((it) => it + plan.least)).to.deep.equal(
        sums.map((it) => rescaleReference(it, 1n, 2, output.bits, !isRelu)),
      );
      const limit = (limbs: typeof plan.value): bigint =>
        1n << BigInt(limbs.reduce((total, it) => total + it.bits, 0));
      for (const [values, limbs] of [
        [parts.value, plan.value],
        [parts.excess, plan.excess],
        [parts.low, plan.low],
      ] as const) {
        const most = limit(limbs);
        expect(values.every((it) => it >= 0n && it < most)).to.be.true;
      }
      expect(field(parts.low.reduce((sum, it) => sum + it, 0n)) > 0n).to.be.true;
    });
  }
});
