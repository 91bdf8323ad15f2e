import { compile } from "@vouch/compiler";
import { expect } from "chai";
import * as fc from "fast-check";
import { CompilerError } from "../../../offchain/compiler/errors.ts";
import { verifyFloat } from "../../../offchain/compiler/ir/verifyFloat.ts";
import { decodeModel, encodeModel } from "../../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { mutateBytes, mutateFields } from "../../helpers/mutateModel.ts";
import { opModel } from "../../helpers/opCase.ts";
import { OP_POOL } from "../../helpers/opPool.ts";
import { CREDIT_OPTIONS, creditModel } from "../../helpers/onnxModel.ts";
import { randomModel } from "../../helpers/randomModel.ts";

/** Mutated files in each test of the parser; a fifth of them are compiled where that is tested. */
const RUNS = Number(
  process.env["VOUCH_FUZZ_RUNS"] ?? (process.env["VOUCH_DEEP"] === undefined ? 500 : 10_000),
);
const COMPILED = Math.ceil(RUNS / 5);
/** No file may take this long, nor make the process grow by so much. */
const MAX_MS = 30_000;
const MAX_KILOBYTES = 2 ** 20;

/** These take a second or two each; a busy machine may take much longer. */
const TIMEOUT_MS = 600_000;

describe("readModel, mutated files", () => {
  const files = OP_POOL.map((it) => opModel(it));
  // The peak of a process never falls, so at the end it tells of every file.
  let peak = 0;
  before(() => {
    peak = process.resourceUsage().maxRSS;
  });
  const modelOf = (seed: number): Uint8Array => files[seed % files.length]!;

  it("reads every mutated byte string, or names what is wrong with it", () => {
    const codes = readAll((seed) => mutateBytes(modelOf(seed), seed));
    expect([...codes.keys()]).to.include.members(["read", "MODEL_MALFORMED"]);
    expect(codes.size).to.be.above(5);
  }).timeout(TIMEOUT_MS);

  it("reads every file whose fields were exchanged, well-formed as it is, or names what is wrong", () => {
    const codes = readAll((seed) => {
      let model = decodeModel(modelOf(seed));
      for (let i = 0; i <= seed % 4; i++) model = mutateFields(model, 5 * seed + i);
      return encodeModel(model);
    });
    expect([...codes.keys()]).not.to.include("MODEL_MALFORMED");
    expect([...codes.keys()]).to.include.members(["read", "LIMIT_EXCEEDED", "SHAPE_MISMATCH"]);
    expect(codes.size).to.be.above(10);
  }).timeout(TIMEOUT_MS);

  it("has taken little memory for them", () => {
    expect(process.resourceUsage().maxRSS - peak).to.be.below(MAX_KILOBYTES);
  });

  function readAll(file: (seed: number) => Uint8Array): ReadonlyMap<string, number> {
    const codes = new Map<string, number>();
    for (let seed = 0; seed < RUNS; seed++) {
      const bytes = file(seed);
      const run = (): string => {
        verifyFloat(readModel(bytes));
        return "read";
      };
      count(codes, outcome(seed, run));
    }
    return codes;
  }
});

describe("compile, mutated files", () => {
  const compiled = (file: Uint8Array, samples: readonly (readonly number[])[], seed: number) =>
    outcome(seed, () => {
      compile(file, { ...CREDIT_OPTIONS, calibration: { samples } });
      return "compiled";
    });

  it("compiles every mutation of the credit model, or names what is wrong with it", () => {
    const { file, samples } = creditModel();
    const inputs = samples.slice(0, 2).map((it) => it.input);
    const codes = new Map<string, number>();
    for (let seed = 0; seed < COMPILED; seed++) {
      count(codes, compiled(mutateBytes(file, seed), inputs, seed));
    }
    // Some reach behind the decoder, or none of this says anything.
    expect([...codes.keys()]).to.include.members(["compiled", "MODEL_MALFORMED"]);
  }).timeout(TIMEOUT_MS);

  it("does so for random models whose fields were exchanged, well-formed as files", () => {
    const codes = new Map<string, number>();
    fc.assert(
      fc.property(randomModel, fc.nat(), fc.integer({ min: 1, max: 3 }), (model, seed, times) => {
        let proto = decodeModel(model.file);
        for (let i = 0; i < times; i++) proto = mutateFields(proto, seed + i);
        count(codes, compiled(encodeModel(proto), model.samples.slice(0, 2), seed));
      }),
      { numRuns: COMPILED, seed: 6 },
    );
    expect([...codes.keys()]).not.to.include("MODEL_MALFORMED");
    expect(codes.size).to.be.above(5);
  }).timeout(TIMEOUT_MS);
});

/** What `run` returns, or the code of its error; anything else fails the test. */
function outcome(seed: number, run: () => string): string {
  const start = performance.now();
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CompilerError)) {
      throw new Error(`mutation ${seed} escaped as another error`, { cause: error });
    }
    expect(error.code, `mutation ${seed}`).not.to.equal("GRAPH_INVALID");
    return error.code;
  } finally {
    expect(performance.now() - start, `mutation ${seed}`).to.be.below(MAX_MS);
  }
}

function count(codes: Map<string, number>, code: string): void {
  codes.set(code, (codes.get(code) ?? 0) + 1);
}
