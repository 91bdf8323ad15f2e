import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SCALAR_FIELD } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  checkWitness,
  readR1cs,
  witnessValues,
} from "@vouch/prover";
import type { CircuitArtefacts } from "@vouch/prover";
import { expect } from "chai";
import fc from "fast-check";
import { wtns } from "snarkjs";
import { problemOf, temporaryFolder, TINY, TINY_INPUTS, TINY_SIGNALS } from "./fixture.ts";

const field = (value: bigint): bigint => ((value % SCALAR_FIELD) + SCALAR_FIELD) % SCALAR_FIELD;

describe("calculateWitness", function () {
  this.timeout(60_000);
  const cache = temporaryFolder();
  let circuit: CircuitArtefacts;

  before(async () => {
    circuit = await buildCircuit(TINY, { cache });
  });

  it("returns what snarkjs calculates, byte for byte", async () => {
    const file = join(cache, "snarkjs.wtns");
    await wtns.calculate(TINY_INPUTS, circuit.wasm, file);
    const witness = await calculateWitness(circuit.wasm, TINY_INPUTS);
    expect(Buffer.compare(witness, await readFile(file))).to.equal(0);
  });

  it("satisfies the constraints for every valid input", async () => {
    const r1cs = readR1cs(await readFile(circuit.r1cs));
    const element = fc.bigInt({ min: 0n, max: SCALAR_FIELD - 1n });
    await fc.assert(
      fc.asyncProperty(fc.bigInt(0n, 255n), element, element, async (x0, x1, c) => {
        const values = witnessValues(await calculateWitness(circuit.wasm, { x: [x0, x1], c }));
        expect(checkWitness(r1cs, values)).to.equal(undefined);
        expect(values.slice(1, 3)).to.deep.equal([field(x0 * x1 + c), c]);
      }),
      { seed: 2, numRuns: 30 },
    );
  });

  it("takes a negative integer as its field element", async () => {
    const values = witnessValues(await calculateWitness(circuit.wasm, TINY_INPUTS));
    expect(values.slice(1, 3)).to.deep.equal(TINY_SIGNALS.map(field));
  });

  describe("when the inputs violate a constraint", () => {
    it("refuses, naming the template and the line, and no value", async () => {
      const secret = 31_415_926_535n;
      const work = calculateWitness(circuit.wasm, { ...TINY_INPUTS, x: [secret, 1n] });
      const problem = await problemOf(work);
      expect(problem.code).to.equal("WITNESS_REFUSED");
      expect(problem)
        .to.have.property("at")
        .that.matches(/template Num2Bits\w*, line \d+/);
      const error: unknown = await work.catch((it: unknown) => it);
      expect(`${String(error)} ${JSON.stringify(error)}`).to.not.contain(String(secret));
    });

    it("calculates the next witness as ever", async () => {
      await problemOf(calculateWitness(circuit.wasm, { ...TINY_INPUTS, x: [256n, 1n] }));
      expect(await calculateWitness(circuit.wasm, TINY_INPUTS)).to.be.instanceOf(Uint8Array);
    });
  });

  it("refuses a signal that the circuit does not have", async () => {
    const problem = await problemOf(calculateWitness(circuit.wasm, { ...TINY_INPUTS, d: 1n }));
    expect(problem).to.deep.equal({ code: "INPUT_UNKNOWN", signal: "d" });
  });

  it("refuses a signal of another length", async () => {
    const problem = await problemOf(calculateWitness(circuit.wasm, { c: 1n, x: [1n, 2n, 3n] }));
    expect(problem).to.deep.equal({ code: "INPUT_LENGTH", signal: "x", length: 3, expected: 2 });
  });

  it("refuses too few inputs", async () => {
    const problem = await problemOf(calculateWitness(circuit.wasm, { c: 1n }));
    expect(problem).to.deep.equal({ code: "INPUT_COUNT", given: 1, expected: 3 });
  });

  it("refuses a file that is no calculator", async () => {
    const file = join(cache, "no.wasm");
    await writeFile(file, "no");
    for (const path of [file, join(cache, "missing.wasm")]) {
      const problem = await problemOf(calculateWitness(path, TINY_INPUTS));
      expect(problem).to.deep.equal({ code: "WASM_INVALID", file: path });
    }
  });
});
