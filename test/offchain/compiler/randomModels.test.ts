import { quantizeTensor } from "@vouch/protocol";
import {
  compile,
  emitIntegerOnnx,
  inferRanges,
  interpret,
  interpretAll,
  runFloat,
} from "@vouch/compiler";
import { expect } from "chai";
import * as fc from "fast-check";
import { CREDIT_OPTIONS, randomNumbers, session } from "../../helpers/onnxModel.ts";
import { randomModel } from "../../helpers/randomModel.ts";
import { expectClose } from "../../helpers/expectClose.ts";

const RUNS = { numRuns: 150, seed: 20 };

/** These take a second or two each; a busy machine may take much longer. */
const TIMEOUT_MS = 120_000;

describe("compile, random models of all ops and opsets", () => {
  it("agrees with onnxruntime in real numbers", async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, async ({ file, shape, samples }) => {
        const compiled = compile(file, { ...CREDIT_OPTIONS, calibration: { samples } });
        const { float } = await session(file, shape);
        for (const sample of samples) {
          const expected = await float(sample.map(Math.fround));
          const actual = Array.from(runFloat(compiled.float, sample.map(Math.fround)));
          expect(actual).to.have.length(expected.length);
          const most = Math.max(1, ...actual.map(Math.abs));
          actual.forEach((it, i) => {
            expectClose(it, expected[i]!, 1e-5 * most);
          });
        }
      }),
      RUNS,
    );
  }).timeout(TIMEOUT_MS);

  it("emits what onnxruntime runs as the interpreter does, bit for bit, on any input", async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, fc.nat(), async ({ file, samples }, seed) => {
        const { graph, input } = compile(file, { ...CREDIT_OPTIONS, calibration: { samples } });
        const { integer } = await session(emitIntegerOnnx(graph), [input.elements]);
        const random = randomNumbers(seed);
        const anyInput = (): bigint[] =>
          Array.from({ length: input.elements }, () => BigInt(Math.floor(random() * 2048)));
        const ends = [-2048n, 2047n].map((it) => Array<bigint>(input.elements).fill(it));
        const inputs = [...ends, anyInput(), anyInput(), quantizeTensor(samples[0]!, input)];
        const ranges = inferRanges(graph);
        for (const it of inputs) {
          const values = interpretAll(graph, it);
          expect(await integer(it)).to.deep.equal(values.get(graph.output.id));
          for (const [id, elements] of values) {
            const { lo, hi } = ranges.get(id)!;
            expect(
              elements.every((value) => lo <= value && value <= hi),
              id,
            ).to.equal(true);
          }
        }
      }),
      RUNS,
    );
  }).timeout(TIMEOUT_MS);

  it("stays near the model in real numbers on the calibration samples", () => {
    const errors: number[] = [];
    fc.assert(
      fc.property(randomModel, ({ file, samples }) => {
        const { graph, input, float } = compile(file, {
          ...CREDIT_OPTIONS,
          calibration: { samples },
        });
        for (const sample of samples) {
          const integers = quantizeTensor(sample, input);
          const actual = interpret(graph, integers).map((it) => Number(it) / 2 ** 16);
          const exact = runFloat(float, sample);
          const most = Math.max(1, ...exact.map(Math.abs));
          errors.push(...actual.map((it, i) => Math.abs(it - exact[i]!) / most));
        }
      }),
      RUNS,
    );
    errors.sort((a, b) => a - b);
    expect(errors.at(-1)).to.be.below(0.25);
    expect(errors[Math.floor(errors.length * 0.5)]).to.be.below(0.01);
  }).timeout(TIMEOUT_MS);
});
