import { expect } from "chai";
import { CHALLENGES } from "../helpers/committedCircuit.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  isRefused,
  mainOf,
  outputOf,
} from "../helpers/circuit.ts";
import type { CircuitInputs } from "../helpers/circuit.ts";
import { expectPinned } from "../helpers/expectPinned.ts";

const [FIRST] = CHALLENGES;
const BITS = 3;
const WIRES = /fractions\[|shares\[|\.out$|Found/;

/** Three bits as they are, and one bit that a table of three checks. */
const RANGES = `pragma circom 2.2.0;

include "committed/Fractions.circom";
include "committed/RangeTable.circom";

template Ranges() {
    signal input z;
    signal input values[5];
    signal input narrow[2];
    signal input multiplicities[8];
    signal wide <== Fractions(5, 1)(values, z);
    signal own <== Fractions(2, 1)(narrow, z);
    signal scaled <== Fractions(2, 4)(narrow, z);
    RangeTable(${BITS})(multiplicities, z, wide + own + scaled);
}

component main {public [z, values, narrow, multiplicities]} = Ranges();
`;

/** Rows (h, base[h], slope[h]) of a function of two bits. */
const BASE = [5n, -3n, 0n, 9n];
const SLOPE = [1n, 0n, -2n, 4n];
const FUNCTION = `pragma circom 2.2.0;

include "committed/TupleFractions.circom";
include "committed/FunctionTable.circom";

template Function() {
    signal input z;
    signal input b;
    signal input row[3];
    signal input base[3];
    signal input slope[3];
    signal input multiplicities[4];
    signal square <== b * b;
    signal found <== TupleFractions(3)(row, base, slope, b, square, z);
    FunctionTable(4, [${BASE.join(", ")}], [${SLOPE.join(", ")}])(multiplicities, b, square, z, found);
}

component main {public [z, b, row, base, slope, multiplicities]} = Function();
`;

/** How often each row is looked up; what is outside is credited to the row that `credit` names. */
function countRows(found: readonly bigint[], rows: number, credit = 0): bigint[] {
  const counts = Array<bigint>(rows).fill(0n);
  for (const it of found) {
    const row = it >= 0n && it < BigInt(rows) ? Number(it) : credit;
    counts[row]! += 1n;
  }
  return counts;
}

describe("RangeTable", () => {
  const inputs = (
    z: bigint,
    values: readonly bigint[],
    narrow: readonly bigint[],
    credit = 0,
  ): CircuitInputs => ({
    ...{ z, values: values.map(field), narrow: narrow.map(field) },
    multiplicities: countRows(
      [...values, ...narrow, ...narrow.map((it) => it * 4n)],
      2 ** BITS,
      credit,
    ),
  });
  const VALUES = [0n, 7n, 3n, 3n, 6n];

  it("takes every value of its range, at any challenge", async () => {
    const circuit = await compileCircuit(RANGES);
    for (const { z } of CHALLENGES) {
      for (let value = 0n; value < 8n; value++) {
        const taken = inputs(z, VALUES.with(2, value), [value & 1n, 1n]);
        expect(await isRefused(circuit, taken)).to.be.false;
      }
    }
  });

  it("refuses a value outside, whatever row it is counted for", async () => {
    const circuit = await compileCircuit(RANGES);
    for (const { z } of CHALLENGES) {
      for (const value of [-1n, 8n, 9n, 1n << 200n]) {
        for (const credit of [0, 3, 7]) {
          const outside = inputs(z, VALUES.with(4, value), [0n, 1n], credit);
          expect(await isRefused(circuit, outside)).to.be.true;
        }
      }
    }
  });

  it("refuses a narrow value that is in the table, but wider than its limb", async () => {
    const circuit = await compileCircuit(RANGES);
    for (const value of [2n, 3n, 7n, -1n]) {
      expect(await isRefused(circuit, inputs(FIRST!.z, VALUES, [value, 0n]))).to.be.true;
    }
  });

  it("refuses forged multiplicities", async () => {
    const circuit = await compileCircuit(RANGES);
    const honest = inputs(FIRST!.z, VALUES, [1n, 0n]);
    const counts = honest["multiplicities"] as bigint[];
    for (const [row, it] of counts.entries()) {
      for (const other of [it + 1n, field(it - 1n)]) {
        const lie = { ...honest, multiplicities: counts.with(row, other) };
        expect(await isRefused(circuit, lie)).to.be.true;
      }
    }
    // One looked up too often for one too seldom.
    const moved = { ...honest, multiplicities: counts.with(3, 1n).with(5, 1n) };
    expect(await isRefused(circuit, moved)).to.be.true;
  });

  it("refuses a challenge that is a value", async () => {
    const circuit = await compileCircuit(RANGES);
    expect(await isRefused(circuit, inputs(6n, VALUES, [0n, 0n]))).to.be.true;
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compileCircuit(RANGES);
    const witness = await circuit.calculate(inputs(FIRST!.z, VALUES, [1n, 0n]));
    expectPinned(circuit, witness, 10, { more: WIRES });
    expectConstraintCount("committed RangeTable(3), 9 lookups", circuit);
  });
});

describe("FunctionTable", () => {
  const inputs = (
    { z, b }: { readonly z: bigint; readonly b: bigint },
    rows: readonly number[],
    change: { readonly base?: bigint; readonly slope?: bigint } = {},
  ): CircuitInputs => ({
    ...{ z, b, row: rows.map(BigInt) },
    base: rows.map((it, i) => field(BASE[it]! + (i === 0 ? (change.base ?? 0n) : 0n))),
    slope: rows.map((it, i) => field(SLOPE[it]! + (i === 0 ? (change.slope ?? 0n) : 0n))),
    multiplicities: countRows(rows.map(BigInt), 4),
  });

  it("takes its rows, at any challenge", async () => {
    const circuit = await compileCircuit(FUNCTION);
    for (const challenge of CHALLENGES) {
      for (const rows of [
        [0, 1, 2],
        [3, 3, 0],
      ]) {
        expect(await isRefused(circuit, inputs(challenge, rows))).to.be.false;
      }
    }
  });

  it("refuses a row with another value, or parts of two rows", async () => {
    const circuit = await compileCircuit(FUNCTION);
    for (const challenge of CHALLENGES) {
      const lies = [
        inputs(challenge, [1, 2, 3], { base: 1n }),
        inputs(challenge, [1, 2, 3], { slope: -1n }),
        inputs(challenge, [1, 2, 3], { base: 1n, slope: -1n }),
        { ...inputs(challenge, [1, 2, 3]), row: [2n, 1n, 3n] },
        { ...inputs(challenge, [1, 2, 3]), row: [4n, 2n, 3n] },
      ];
      for (const lie of lies) expect(await isRefused(circuit, lie)).to.be.true;
    }
  });

  it("rejects every tampered wire and hint, and leaves none free", async () => {
    const circuit = await compileCircuit(FUNCTION);
    const witness = await circuit.calculate(inputs(FIRST!, [1, 3, 3]));
    expectPinned(circuit, witness, 5, { more: WIRES });
    expectConstraintCount("committed FunctionTable of 4 rows, 3 lookups", circuit);
  });
});

describe("Largest", () => {
  const compile = () => compileCircuit(mainOf("committed/Largest", [2, 3]));

  it("takes an element alone, and gives what it exceeds the others by", async () => {
    const circuit = await compile();
    const rows = [4n, 9n, 9n, -1n, -5n, -3n].map(field);
    const witness = await circuit.calculate({ in: rows, out: [9n, field(-1n)] });
    expect(outputOf(circuit, witness, 6)).to.deep.equal([5n, 0n, 0n, 0n, 4n, 2n]);
    // Smaller ones too: their negative differences are for the range check to refuse.
    expect(await isRefused(circuit, { in: rows, out: [4n, field(-1n)] })).to.be.false;
    for (const out of [8n, 10n, 0n]) {
      expect(await isRefused(circuit, { in: rows, out: [out, field(-1n)] })).to.be.true;
    }
    expectPinned(circuit, witness, 0);
    expectConstraintCount("committed Largest(2, 3)", circuit);
  });
});
