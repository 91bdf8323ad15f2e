import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCircuit, orientFactors, ProverError, readR1cs } from "@vouch/prover";
import type { LinearCombination, R1cs } from "@vouch/prover";
import { expect } from "chai";

const SOURCE = `pragma circom 2.2.0;
include "commitments/HashWords.circom";
include "lib/Bits.circom";
template Main() {
    signal input x[4];
    signal input y;
    signal output hash <== HashWords(1, 4)(x);
    signal bits[8] <== Bits(8)(y);
    signal product <== bits[0] * hash;
    signal output out <== hash * bits[1] + product;
}
component main = Main();
`;

describe("orientFactors", function () {
  this.timeout(120_000);
  let built: Uint8Array;
  let r1cs: R1cs;

  before(async () => {
    const cache = await mkdtemp(join(tmpdir(), "vouch-orient-"));
    const artefacts = await buildCircuit(SOURCE, { cache });
    built = await readFile(artefacts.r1cs);
    r1cs = readR1cs(built);
    await rm(cache, { recursive: true });
  });

  it("changes nothing but the order of factors", () => {
    const swapped = swapAll(built);
    const again = readR1cs(orientFactors(swapped));
    expect(again.constraints.length).to.equal(r1cs.constraints.length);
    again.constraints.forEach(({ a, b, c }, i) => {
      const before = r1cs.constraints[i];
      expect([text(a), text(b)].sort()).to.deep.equal(
        [text(before?.a ?? []), text(before?.b ?? [])].sort(),
      );
      expect(c).to.deep.equal(before?.c);
    });
  });

  it("keeps a wire that is no bit off the B side where its other factor is a bit", () => {
    const before = wiresOnB(readR1cs(swapAll(built)));
    const after = wiresOnB(readR1cs(orientFactors(swapAll(built))));
    expect(after).to.be.lessThan(before);
  });

  it("gives the same bytes for the same file", () => {
    expect(orientFactors(built)).to.deep.equal(orientFactors(Uint8Array.from(built)));
  });

  it("refuses a file that ends early", () => {
    expect(() => orientFactors(built.subarray(0, built.length - 5000)))
      .to.throw(ProverError)
      .with.property("code", "R1CS_INVALID");
  });
});

/** Distinct wires on a B side that no constraint makes a bit. */
function wiresOnB({ constraints }: R1cs): number {
  const bits = new Set(
    constraints.flatMap(({ a, b, c }) =>
      c.length === 0 && a.length + b.length === 3 ? [...a, ...b].map(([wire]) => wire) : [],
    ),
  );
  return new Set(
    constraints.flatMap(({ b }) => b.map(([wire]) => wire).filter((it) => !bits.has(it))),
  ).size;
}

function text(combination: LinearCombination): string {
  return combination.map(([wire, coefficient]) => `${wire}:${coefficient}`).join();
}

/** The file with the factors of every constraint swapped. */
function swapAll(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const swapped = Uint8Array.from(bytes);
  let at = 12;
  let body = 0;
  for (let i = 0; i < view.getUint32(8, true); i++) {
    if (view.getUint32(at, true) === 2) body = at + 12;
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  const length = (start: number): number => 4 + 36 * view.getUint32(start, true);
  for (let k = 0; k < readR1cs(bytes).constraints.length; k++) {
    const [a, b] = [length(body), length(body + length(body))];
    swapped.set(bytes.subarray(body + a, body + a + b), body);
    swapped.set(bytes.subarray(body, body + a), body + b);
    body += a + b;
    body += length(body);
  }
  return swapped;
}
