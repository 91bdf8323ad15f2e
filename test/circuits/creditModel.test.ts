import {
  circuitInputs,
  claimWords,
  compile,
  constraintEstimate,
  emitCircom,
  interpret,
} from "@vouch/compiler";
import type { TensorEncoding } from "@vouch/protocol";
import { quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { checkWitness } from "../../offchain/prover/r1cs/checkWitness.ts";
import { freeWires } from "../../offchain/prover/r1cs/freeWires.ts";
import {
  compileCircuit,
  expectConstraintCount,
  field,
  freeNames,
  isRefused,
  lyingHints,
  wiresNamed,
} from "../helpers/circuit.ts";
import { CREDIT_OPTIONS, creditModel, randomNumbers } from "../helpers/onnxModel.ts";

/**
 * Wires that the constraints leave free at a witness. `IsZero.inverse`: the rescaled value does not overflow upwards, so
 * all high bits are 0 and the inverse is multiplied by 0 only.
 */
const HARMLESS = /^main\.(GemmRescale|RescaleTensor)_.*\.IsZero_[\d_]+\.inverse$/;
const HINTS = /Bits_[\d_]+\.out\[|sumBits\[|digitBits\[|inverse$/;
const Z = 0x0fed_cba9_8765_4321_0fed_cba9_8765_4321_0fed_cba9n;
const SALTS = { weightsSalt: 101n, inputSalt: 202n, outputSalt: 303n };

describe("the circuit of the credit model", () => {
  const { file, samples } = creditModel();
  const calibration = { samples: samples.map((it) => it.input) };

  for (const mode of ["public", "committed"] as const) {
    describe(`given ${mode} input and output`, () => {
      const model = compile(file, {
        ...CREDIT_OPTIONS,
        input: { ...CREDIT_OPTIONS.input, mode },
        output: { ...CREDIT_OPTIONS.output, mode },
        calibration,
      });
      const circuit = () => compileCircuit(emitCircom(model));
      const typical = quantizeTensor(samples[0]!.input, model.input);

      /** Circuit inputs for what the interpreter computes. */
      const inputsFor = (x: readonly bigint[], change = 0n) => {
        const output = interpret(model.graph, x).map((it) => it + change);
        const opening = { ...SALTS, input: x, output };
        const { v, c } = claimWords(model, opening);
        const e = field(v.reduce((sum, it, i) => sum + it * Z ** BigInt(i), 0n));
        return circuitInputs(model, { ...opening, c, z: Z, e });
      };

      it("proves what the interpreter computes, at real rows and at the ends of the range", async () => {
        const { calculate, r1cs } = await circuit();
        for (const x of [typical, ...endsOf(model.input)]) {
          const inputs = inputsFor(x);
          const witness = await calculate(inputs);
          expect(witness.slice(1, 4)).to.deep.equal([inputs["c"], Z, inputs["e"]]);
          expect(checkWitness(r1cs, witness)).to.equal(undefined);
          expect(await isRefused(await circuit(), inputsFor(x, 1n))).to.be.true;
        }
      });

      it("leaves free only what is explained, and pins c and e by the private inputs and z", async () => {
        const compiled = await circuit();
        const [c, e] = [compiled.wireOf("main.c"), compiled.wireOf("main.e")];
        const others = [...compiled.inputWires].filter((it) => it !== c && it !== e);
        for (const x of [typical, ...endsOf(model.input)]) {
          const witness = await compiled.calculate(inputsFor(x));
          for (const wire of freeNames(compiled, witness)) expect(wire).to.match(HARMLESS);
          const free = freeWires(compiled.r1cs, witness, others);
          expect(free.includes(c) || free.includes(e)).to.be.false;
        }
      });

      it("rejects each of 200 tampered wires, the inputs among them", async () => {
        const { calculate, r1cs, names } = await circuit();
        const witness = await calculate(inputsFor(typical));
        const wires = names.flatMap((name, wire) => (HARMLESS.test(name) ? [] : [wire])).slice(1);
        const falsehoods = [
          (value: bigint) => value + 1n,
          (value: bigint) => (value === 0n ? 1n : 0n),
          (value: bigint) => value + 0x5eed_0123_4567_89ab_cdefn,
        ];
        for (const [i, wire] of pick(200, wires).entries()) {
          const value = falsehoods[i % 3]!(witness[wire]!);
          expect(checkWitness(r1cs, witness.with(wire, field(value))), names[wire]).to.be.a(
            "number",
          );
        }
      });

      it("rejects every lie of each of 40 hints, all that follows from it solved again", async () => {
        const compiled = await circuit();
        const witness = await compiled.calculate(inputsFor(typical));
        const hints = wiresNamed(compiled, HINTS);
        const tried = pick(
          40,
          hints.filter((it) => !HARMLESS.test(compiled.names[it]!)),
        );
        expect(lyingHints(compiled, witness, hints, tried)).to.deep.equal([]);
      });

      it("has the estimated and committed constraint count, and nothing for --inspect to find", async () => {
        const compiled = await circuit();
        expect(constraintEstimate(model).total).to.equal(compiled.r1cs.constraints.length);
        expectConstraintCount(`main: the credit model, ${mode} input and output`, compiled);
        expect(compiled.output).not.to.match(/warning|error/i);
      });
    });
  }
});

/** As many different items, the same each time. */
function pick<T>(count: number, items: readonly T[]): readonly T[] {
  const random = randomNumbers(count);
  const rest = [...items];
  expect(rest).to.have.length.above(count);
  return Array.from({ length: count }, () => {
    const at = Math.floor(((random() + 1) / 2) * rest.length);
    return rest.splice(at, 1)[0]!;
  });
}

/** All least, all most, and both in turn. */
function endsOf({ elements, bits }: TensorEncoding): bigint[][] {
  const most = (1n << BigInt(bits - 1)) - 1n;
  const ends = [-most - 1n, most];
  return [
    Array.from({ length: elements }, () => -most - 1n),
    Array.from({ length: elements }, () => most),
    Array.from({ length: elements }, (_, i) => ends[i % 2]!),
  ];
}
