import { compile, driftReport } from "@vouch/compiler";
import type { CompiledModel } from "@vouch/compiler";
import { readModelFolder } from "@vouch/publisher";
import { expect } from "chai";
import { decoderDrift } from "../../bench/decoderDrift.ts";
import { expectClose } from "../helpers/expectClose.ts";

const { file, choices } = readModelFolder("models", "char-gpt");
const STATE = 2 * 2 * 4 * 128 * 16;
const first = (token: number): readonly number[] => [token, 0, ...new Array<number>(STATE).fill(0)];

describe("decoderDrift", function () {
  this.timeout(60_000);

  let compiled: CompiledModel;
  before(() => {
    compiled = compile(file, {
      name: "char-gpt",
      input: { mode: "public", ...choices.input },
      output: { mode: "public", ...choices.output },
      weights: "private",
      calibration: { samples: [first(14), first(20)] },
    });
  });

  it("reports of a first step what the drift report does", async () => {
    const drift = await decoderDrift(compiled, [[14, 13]]);
    const { outputs, metric, agreement } = driftReport(compiled, [first(14)], [13]);
    expect(drift.metric).to.deep.equal(metric);
    expect(drift.agreement).to.equal(agreement);
    expectClose(drift.maxAbsError, outputs[0]?.maxAbsError ?? NaN, 1e-9);
    expectClose(drift.meanAbsError, outputs[0]?.meanAbsError ?? NaN, 1e-9);
  });

  it("carries the state of each form to its next step", async () => {
    const [whole, apart] = [
      await decoderDrift(compiled, [[14, 13, 28]]),
      await decoderDrift(compiled, [
        [14, 13],
        [13, 28],
      ]),
    ];
    expect(whole.rows).to.equal(2);
    expect(whole.meanAbsError).not.to.equal(apart.meanAbsError);
  });

  it("refuses encodings by which no output is an input", async () => {
    const { output, ...rest } = compiled;
    const finer = { ...rest, output: { ...output, fractionBits: output.fractionBits + 1 } };
    const failure = await decoderDrift(finer, [[14, 13]]).catch((it: unknown) => it);
    expect(failure).to.be.instanceOf(RangeError);
  });
});
