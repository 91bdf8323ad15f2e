// Models of models/ cut into segments, by budget. Prints JSON.
//
//   npm run bench:segments -- [model:budget ...]            constraints of each segment and what the joins carry
//   npm run bench:segments -- --prove [model:budget ...]    and seconds to prove the whole, and its segments one by one,
//                                                        several at a time, and each by itself
//   npm run bench:segments -- --parallel [model:budget ...] and the two largest segments, by two processes of one thread
//                                                        each against one after the other (ROUNDS, VOUCH_PROVER)
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import {
  circuitInputs,
  claimWords,
  constraintEstimate,
  runSegments,
  segmentGraph,
} from "@vouch/compiler";
import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import { challenge, evaluateWords } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { prove, proveSegments, terminate } from "@vouch/prover";
import type { ProveSegmentsOptions, ProvingArtefacts } from "@vouch/prover";
import { provedInParallel } from "./segments/provedInParallel.ts";
import { artefactsOf, compileModel } from "./segments/segmentedModel.ts";

const CASES = [
  "mnist-cnn-tiny:40000",
  "mnist-cnn:65000",
  "vol-eth-lstm:131000",
  "vol-eth-lstm:65000",
];
const DIGEST: Hex = `0x${"11".repeat(32)}`;

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return secondsSince(start);
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10;
}

/**
 * Seconds to prove one input with one circuit and with one for each segment, both after a first proof. `longest` is what it
 * takes where each segment has a machine to itself.
 */
async function proving(
  compiled: CompiledModel,
  segments: readonly ProvableModel[],
  cache: string,
): Promise<object> {
  const x = compiled.graph.input.shape.reduce((n, it) => n * it, 1);
  const input = Array.from({ length: x }, (_, i) => BigInt(i % 7));
  const passed = runSegments(segments, input);
  const weightsSalts = segments.map(() => 5n);
  const joinSalts = segments.slice(1).map(() => 7n);
  const opening = { input, output: passed.at(-1) ?? [], weightsSalt: 5n };
  const { v, c } = claimWords(compiled, opening);
  const z = challenge(c, DIGEST);
  const inputs = circuitInputs(compiled, { ...opening, c, z, e: evaluateWords(v, z) });

  const whole = await artefactsOf(compiled, cache);
  const parts: ProvingArtefacts[] = [];
  for (const segment of segments) parts.push(await artefactsOf(segment, cache));
  const each: number[] = [];
  let begun = 0;
  const onProgress = (step: string): void => {
    if (step.startsWith("prove ")) begun = performance.now();
    else if (step.startsWith("proved ")) each.push(secondsSince(begun));
  };
  const inParts = (atOnce: number, options: ProveSegmentsOptions = {}): Promise<unknown> => {
    const witness = { passed, weightsSalts, joinSalts };
    return proveSegments(segments, parts, witness, DIGEST, { atOnce, ...options });
  };
  await prove(whole, inputs);
  await inParts(1);
  const seconds = {
    whole: await secondsOf(() => prove(whole, inputs)),
    oneByOne: await secondsOf(() => inParts(1, { onProgress })),
    twoAtOnce: await secondsOf(() => inParts(2)),
    allAtOnce: await secondsOf(() => inParts(segments.length)),
  };
  const longest = Math.max(...each);
  const best = Math.min(seconds.twoAtOnce, seconds.allAtOnce);
  return {
    ...seconds,
    ...{ each, longest },
    speedUp: {
      oneProcess: Number((seconds.oneByOne / best).toFixed(2)),
      machineEach: Number((seconds.oneByOne / longest).toFixed(2)),
    },
    ...{ processors: cpus().length, load: loadavg()[0] },
  };
}

async function benchmark(name: string, budget: number, cache: string | undefined): Promise<object> {
  const compiled = compileModel(name);
  const { total } = constraintEstimate(compiled);
  const start = performance.now();
  const segments = segmentGraph(compiled, budget);
  const milliseconds = Math.round(performance.now() - start);
  const constraints = segments.map((it) => constraintEstimate(it).total);
  const sum = constraints.reduce((a, b) => a + b, 0);
  const joins = segments.flatMap(({ output }) =>
    output.mode === "join"
      ? [
          output.tensors
            .map(({ shape, type }) => `${shape.reduce((a, b) => a * b, 1)} x ${type.bits}`)
            .join(" + "),
        ]
      : [],
  );
  return {
    ...{ model: name, nodes: compiled.graph.nodes.length, whole: total, budget, constraints },
    ...{ more: `${((sum / total - 1) * 100).toFixed(1)} %`, joins, milliseconds },
    ...(prover && cache !== undefined ? { seconds: await proving(compiled, segments, cache) } : {}),
    ...(parallel && cache !== undefined ? { pair: await provedInParallel(segments, cache) } : {}),
  };
}

const prover = process.argv.includes("--prove");
const parallel = process.argv.includes("--parallel");
const given = process.argv.slice(2).filter((it) => !it.startsWith("--"));
const cache = prover || parallel ? await mkdtemp(join(tmpdir(), "vouch-segments-")) : undefined;
const results: object[] = [];
for (const it of given.length > 0 ? given : CASES) {
  const [name = "", budget = ""] = it.split(":");
  process.stderr.write(`  … ${name}, segments of at most ${budget} constraints\n`);
  results.push(await benchmark(name, Number(budget), cache));
}
const command = ["npm run bench:segments --", ...process.argv.slice(2)].join(" ");
const [cpu] = cpus();
const machine = { cpu: cpu?.model, cores: cpus().length, node: process.version };
process.stdout.write(`${JSON.stringify({ command, machine, results }, null, 2)}\n`);
if (cache !== undefined) {
  await terminate();
  await rm(cache, { recursive: true });
}
