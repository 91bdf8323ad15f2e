import { compile, CompilerError } from "@vouch/compiler";
import { expect } from "chai";
import * as fc from "fast-check";
import type { ModelProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { decodeModel, encodeModel } from "../../../offchain/compiler/onnx/modelProto.ts";
import { CREDIT_OPTIONS, creditModel, randomNumbers } from "../../helpers/onnxModel.ts";
import { randomModel } from "../../helpers/randomModel.ts";

/** Mutations in each test. */
const RUNS = Number(process.env["VOUCH_FUZZ_RUNS"] ?? 1000);
const MAX_MS = 5000;

/** These take a second or two each; a busy machine may take much longer. */
const TIMEOUT_MS = 120_000;

describe("compile, mutated files", () => {
  it("compiles every mutation of the credit model, or names what is wrong with it", () => {
    const { file, samples } = creditModel();
    const inputs = samples.slice(0, 2).map((it) => it.input);
    const codes = new Map<string, number>();
    for (let seed = 0; seed < RUNS; seed++) {
      count(codes, outcome(mutate(file, seed), inputs, seed));
    }
    // Some reach behind the decoder, or none of this says anything.
    expect([...codes.keys()]).to.include.members(["compiled", "MODEL_MALFORMED"]);
    expect(codes.size).to.be.above(5);
  }).timeout(TIMEOUT_MS);

  it("does so for models of all ops, several mutations in each", () => {
    const codes = new Map<string, number>();
    fc.assert(
      fc.property(randomModel, fc.nat(), fc.integer({ min: 1, max: 4 }), (model, seed, times) => {
        let file = model.file;
        for (let i = 0; i < times; i++) file = mutate(file, seed + i);
        count(codes, outcome(file, model.samples.slice(0, 2), seed));
      }),
      { numRuns: RUNS, seed: 5 },
    );
    expect(codes.size).to.be.above(5);
  }).timeout(TIMEOUT_MS);

  it("does so for models of all ops whose fields were exchanged, well-formed as files", () => {
    const codes = new Map<string, number>();
    fc.assert(
      fc.property(randomModel, fc.nat(), fc.integer({ min: 1, max: 3 }), (model, seed, times) => {
        let proto = decodeModel(model.file);
        for (let i = 0; i < times; i++) proto = exchange(proto, seed + i);
        count(codes, outcome(encodeModel(proto), model.samples.slice(0, 2), seed));
      }),
      { numRuns: RUNS, seed: 6 },
    );
    expect([...codes.keys()]).not.to.include("MODEL_MALFORMED");
    expect(codes.size).to.be.above(10);
  }).timeout(TIMEOUT_MS);
});

/** Replaces one number, name, list or message somewhere in the model by another value of its kind. */
function exchange(model: ModelProto, seed: number): ModelProto {
  const random = randomNumbers(seed);
  const upTo = (limit: number): number => Math.floor(((random() + 1) / 2) * limit);
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)]!;
  const names = (model.graph?.node ?? []).flatMap((it) => [
    ...(it.input ?? []),
    ...(it.output ?? []),
  ]);
  const ops = ["Add", "Gemm", "MatMul", "Relu", "Reshape", "Flatten", "Constant", "Conv"];
  const change = (value: unknown): unknown => {
    if (typeof value === "string") return pick([...names, ...ops, "", "axis", "transB", "ai.onnx"]);
    if (typeof value === "bigint") return pick([0n, 1n, -1n, value + 1n, 2n ** 40n, -(2n ** 63n)]);
    if (typeof value === "number") return pick([0, 1, 2, 7, value + 1, 1e30, -1e30]) % 2 ** 31;
    if (value instanceof Uint8Array) {
      return pick([
        value.slice(4),
        Uint8Array.from(value, () => upTo(256)),
        new Uint8Array(value.length),
      ]);
    }
    if (isList(value)) {
      if (value.length > 0 && upTo(4) > 0) {
        const at = upTo(value.length);
        return value.map((it, i) => (i === at ? change(it) : it));
      }
      return pick<readonly unknown[]>([
        [],
        value.slice(1),
        [...value, ...value.slice(0, 1)],
        value.toReversed(),
      ]);
    }
    const entries = Object.entries(value as object);
    const at = upTo(entries.length);
    return Object.fromEntries(entries.map(([key, it], i) => [key, i === at ? change(it) : it]));
  };
  // Half of the changes within one node: most fields of a file are those of its nodes.
  const { graph } = model;
  if (upTo(2) === 0 || graph?.node?.length === undefined) return change(model) as ModelProto;
  const at = upTo(graph.node.length);
  const node = graph.node.map((it, i) => (i === at ? (change(it) as typeof it) : it));
  return { ...model, graph: { ...graph, node } };
}

/** `compiled` or an error's code; anything else fails the test. */
function outcome(file: Uint8Array, samples: readonly (readonly number[])[], seed: number): string {
  const start = performance.now();
  try {
    compile(file, { ...CREDIT_OPTIONS, calibration: { samples } });
    return "compiled";
  } catch (error) {
    if (!(error instanceof CompilerError)) {
      throw new Error(`mutation ${seed} escaped as another error`, { cause: error });
    }
    expect(error.code).not.to.equal("GRAPH_INVALID");
    return error.code;
  } finally {
    expect(performance.now() - start, `mutation ${seed}`).to.be.below(MAX_MS);
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function count(codes: Map<string, number>, code: string): void {
  codes.set(code, (codes.get(code) ?? 0) + 1);
}

/** One of: flip a bit, set a byte, cut, repeat, insert, truncate; mostly near the headers, where structure is. */
function mutate(file: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const upTo = (limit: number): number => Math.floor(((random() + 1) / 2) * limit);
  const at = upTo(2) === 0 ? upTo(file.length) : upTo(Math.min(file.length, 600));
  const length = 1 + upTo(12);
  const [before, after] = [file.subarray(0, at), file.subarray(at)];
  switch (upTo(6)) {
    case 0: {
      const copy = Uint8Array.from(file);
      copy[at] = (copy[at] ?? 0) ^ (1 << upTo(8));
      return copy;
    }
    case 1: {
      const copy = Uint8Array.from(file);
      copy[at] = [0, 0x7f, 0x80, 0xff, upTo(256)][upTo(5)] ?? 0;
      return copy;
    }
    case 2:
      return joined(before, after.subarray(length));
    case 3:
      return joined(before, after.subarray(0, length), after);
    case 4:
      return joined(
        before,
        Uint8Array.from({ length }, () => upTo(256)),
        after,
      );
    default:
      return upTo(4) === 0 ? before : joined(file, file.subarray(at));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
