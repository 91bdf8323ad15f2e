import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompiledModel } from "@vouch/compiler";
import { compile } from "@vouch/compiler";
import type { Executable } from "@vouch/execution";
import { writeExecutable } from "@vouch/execution";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import { id } from "ethers";
import { floats, node, onnxModel, randomNumbers } from "./onnxModel.ts";

const [INPUTS, HIDDEN, OUTPUTS] = [4, 3, 2];

/** A folder that nobody else uses. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "vouch-execution-"));
}

/** The id of a release that is only a name here. */
export function releaseNamed(name: string): ReleaseId {
  return parseReleaseId(id(name));
}

/** A training of the architecture 4-3-2 with ReLU, in floating point. */
export function perceptron(seed: number): Uint8Array {
  const next = randomNumbers(seed);
  const draw = (count: number): number[] => Array.from({ length: count }, next);
  return onnxModel({
    input: ["N", INPUTS],
    nodes: [
      node("Gemm", ["x", "w0", "b0"], "a"),
      node("Relu", ["a"], "h"),
      node("Gemm", ["h", "w1", "b1"], "y"),
    ],
    initializers: [
      floats("w0", [INPUTS, HIDDEN], draw(INPUTS * HIDDEN)),
      floats("b0", [HIDDEN], draw(HIDDEN)),
      floats("w1", [HIDDEN, OUTPUTS], draw(HIDDEN * OUTPUTS)),
      floats("b1", [OUTPUTS], draw(OUTPUTS)),
    ],
  });
}

/** Rows of floats, multiples of 2^-6 in [-1, 1). */
export function perceptronRows(count: number, seed = 1): number[][] {
  const next = randomNumbers(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: INPUTS }, () => Math.floor(next() * 64) / 64),
  );
}

/** The perceptron as it is released. */
export function compilePerceptron(seed: number): CompiledModel {
  return compile(perceptron(seed), {
    name: `perceptron ${seed}`,
    weights: "public",
    input: { mode: "public", bits: 12, fractionBits: 8 },
    output: { mode: "public", bits: 32, fractionBits: 16 },
    calibration: { samples: perceptronRows(8, 1000) },
  });
}

/** A perceptron that was verified, its integer form on disk. */
export async function perceptronOnDisk(
  cache: string,
  seed: number,
): Promise<{ readonly compiled: CompiledModel; readonly executable: Executable }> {
  const compiled = compilePerceptron(seed);
  const release = releaseNamed(`perceptron ${seed}`);
  const content = id(`file ${seed}`) as Hex;
  return { compiled, executable: await writeExecutable(cache, { release, content, compiled }) };
}
