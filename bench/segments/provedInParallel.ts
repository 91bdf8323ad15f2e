import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import type { ProvableModel } from "@vouch/compiler";
import { circuitInputs, claimSegments, constraintEstimate, runSegments } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { challenge, evaluateWords, segmentDigest } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import { artefactsOf } from "./segmentedModel.ts";

/** What a process of the bench proves again and again. */
export type Assignment = {
  readonly artefacts: ProvingArtefacts;
  readonly inputs: Readonly<Record<string, bigint | readonly bigint[]>>;
};

/** Seconds of one proof, by the clock and of a processor, witness and check included, and whose it was. */
export type Lap = { readonly prover: string; readonly seconds: number; readonly cpu: number };

const DIGEST: Hex = `0x${"22".repeat(32)}`;
const PROGRAM = join(import.meta.dirname, "segmentProcess.ts");
const ROUNDS = Number(process.env["ROUNDS"] ?? 9);

/**
 * Proves the two largest segments by two processes of one thread each: one after the other and both at once, in turns, so that
 * whatever else the machine does weighs on both alike. Seconds are medians.
 */
export async function provedInParallel(
  segments: readonly ProvableModel[],
  cache: string,
): Promise<object> {
  const pair = largestTwo(segments);
  const processes: ChildProcess[] = [];
  try {
    for (const index of pair)
      processes.push(await begin(await assignmentOf(segments, index, cache)));
    for (const it of processes) await prove(it); // the first reads the key
    const laps: Lap[] = [];
    const inSequence: number[] = [];
    const atOnce: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      inSequence.push(
        await secondsOf(async () => {
          for (const it of processes) laps.push(await prove(it));
        }),
      );
      atOnce.push(await secondsOf(() => Promise.all(processes.map(prove))));
    }
    const medians = { inSequence: median(inSequence), atOnce: median(atOnce) };
    return {
      segments: pair.map((index) => ({
        index,
        constraints: constraintEstimate(segments[index] as ProvableModel).total, // of these
      })),
      ...{ prover: laps[0]?.prover, threadsEach: 1, rounds: ROUNDS, seconds: medians },
      cpuSecondsEach: median(laps.map(({ cpu }) => cpu)),
      speedUp: Number((medians.inSequence / medians.atOnce).toFixed(2)),
      ...{ all: { inSequence, atOnce }, processors: cpus().length, load: loadavg()[0] },
    };
  } finally {
    for (const it of processes) it.kill();
  }
}

function largestTwo(segments: readonly ProvableModel[]): readonly number[] {
  const bySize = segments
    .map((it, index) => ({ index, size: constraintEstimate(it).total }))
    .sort((a, b) => b.size - a.size);
  return bySize.slice(0, 2).map(({ index }) => index);
}

async function assignmentOf(
  segments: readonly ProvableModel[],
  index: number,
  cache: string,
): Promise<Assignment> {
  const [first] = segments;
  if (first === undefined) throw new TypeError("a model has a segment");
  const elements = first.graph.input.shape.reduce((n, it) => n * it, 1);
  const input = Array.from({ length: elements }, (_, i) => BigInt(i % 7));
  const { claims, joins } = claimSegments(segments, {
    passed: runSegments(segments, input),
    weightsSalts: segments.map(() => 5n),
    joinSalts: segments.slice(1).map(() => 7n),
  });
  const [segment, claim] = [segments[index], claims[index]];
  if (segment === undefined || claim === undefined) throw new TypeError(`no segment ${index}`);
  const { opening, v, c } = claim;
  const z = challenge(c, segmentDigest(DIGEST, { index, count: segments.length, joins }));
  const inputs = circuitInputs(segment, { ...opening, c, z, e: evaluateWords(v, z) });
  return { artefacts: await artefactsOf(segment, cache), inputs };
}

async function begin(assignment: Assignment): Promise<ChildProcess> {
  const child = fork(PROGRAM, { serialization: "advanced" });
  const ready = answerOf(child);
  child.send(assignment);
  await ready;
  return child;
}

async function prove(child: ChildProcess): Promise<Lap> {
  const lap = answerOf(child);
  child.send("prove");
  return (await lap) as Lap; // of our own program
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`a process ended with ${code ?? "a signal"}`));
    };
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
