// Range checks of private 8-bit values by their bits under plain Groth16, and by lookups under commit-and-prove, side by side:
// constraints, key, set-up and proof on the same WebAssembly curve (snarkjs and ours). Medians of five. Prints JSON.
//
//   npm run bench:lookups -- [values ...]     default 1024 4096, multiples of 256
import { mkdtemp, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { evaluateWords, NO_WEIGHTS } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import {
  buildCircuit,
  calculateWitness,
  committedDevelopmentSetup,
  developmentSetup,
  drawBlind,
  encodeValues,
  portableProver,
  proveCommitted,
  terminate,
} from "@vouch/prover";
import { groth16 } from "snarkjs";

type Seconds = { readonly wall: number; readonly cpu: number };

const RUNS = 5;
const TABLE = 256;
const DIGEST: Hex = `0x${"11".repeat(32)}`;

const sizes = process.argv.slice(2).map(Number);
const cache = await mkdtemp(join(tmpdir(), "vouch-bench-"));
try {
  const results = [];
  for (const count of sizes.length > 0 ? sizes : [1024, 4096]) {
    results.push({ values: count, plain: await plain(count), committed: await committed(count) });
  }
  const machine = { cores: cpus().length, model: cpus()[0]?.model, node: process.version };
  const command = "npm run bench:lookups";
  process.stdout.write(`${JSON.stringify({ command, machine, results }, undefined, 2)}\n`);
} finally {
  await terminate();
  await rm(cache, { recursive: true });
}

async function plain(count: number): Promise<object> {
  const circuit = await buildCircuit(plainSource(count), { cache });
  const [setup, setUp] = await timed(() => developmentSetup(circuit, { cache }));
  const witness = await calculateWitness(circuit.wasm, { e: 1n, x: valuesOf(count) });
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(setup.zkey)).size,
    setUp,
    prove: await median(() => groth16.prove(setup.zkey, { type: "mem", data: witness })),
  };
}

async function committed(count: number): Promise<object> {
  const circuit = await buildCircuit(committedSource(count), { cache });
  const groups = { weights: 0, advice: count + TABLE + 1 };
  const [setup, setUp] = await timed(() => committedDevelopmentSetup(circuit, groups, { cache }));
  const x = valuesOf(count);
  const multiplicities = Array<bigint>(TABLE).fill(0n);
  for (const it of x) multiplicities[Number(it)] = (multiplicities[Number(it)] ?? 0n) + 1n;
  const adviceBlind = drawBlind();
  const inputs = { x, multiplicities, adviceBlind };
  const advice = encodeValues([...x, ...multiplicities, adviceBlind]);
  const claim = { weights: NO_WEIGHTS, digest: DIGEST, v: [0n, x[0] ?? 0n] };
  const witnessOf = ({ z, b }: { readonly z: bigint; readonly b: bigint }): Promise<Uint8Array> =>
    calculateWitness(circuit.wasm, { ...inputs, z, b, e: evaluateWords(claim.v, z) });
  await proveCommitted(setup, { advice, claim, witnessOf }); // verifies itself
  const witness = await witnessOf({ z: 12_345n, b: 6_789n });
  return {
    constraints: circuit.constraints,
    keyBytes: (await stat(setup.zkey)).size,
    setUp,
    commit: await median(() => portableProver.commit(setup.zkey, advice)),
    prove: await median(() => portableProver.prove(setup.zkey, witness)),
  };
}

function valuesOf(count: number): readonly bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt((i * 151 + 37) % TABLE));
}

function plainSource(count: number): string {
  return `pragma circom 2.2.0;
include "circomlib/circuits/bitify.circom";
template Main() {
    signal input e;
    signal input x[${count}];
    for (var i = 0; i < ${count}; i++) _ <== Num2Bits(8)(x[i]);
    signal bound <== e * x[0];
}
component main {public [e]} = Main();`;
}

function committedSource(count: number): string {
  return `pragma circom 2.2.0;
template Block(n) {
    signal input z;
    signal input numerators[n];
    signal input values[n];
    signal output sum;
    signal quotients[n];
    var total = 0;
    for (var i = 0; i < n; i++) {
        quotients[i] <-- numerators[i] / (z - values[i]);
        quotients[i] * (z - values[i]) === numerators[i];
        total += quotients[i];
    }
    sum <== total;
}
template Main() {
    signal input x[${count}];
    signal input multiplicities[${TABLE}];
    signal input adviceBlind;
    signal input z;
    signal input b;
    signal input e;
    signal square <== adviceBlind * adviceBlind;
    signal sums[${count / TABLE + 1}];
    var sum = 0;
    for (var k = 0; k < ${count / TABLE}; k++) {
        var ones[${TABLE}];
        var values[${TABLE}];
        for (var i = 0; i < ${TABLE}; i++) {
            ones[i] = 1;
            values[i] = x[${TABLE} * k + i];
        }
        sums[k] <== Block(${TABLE})(z, ones, values);
        sum += sums[k];
    }
    var entries[${TABLE}];
    for (var i = 0; i < ${TABLE}; i++) entries[i] = i;
    sums[${count / TABLE}] <== Block(${TABLE})(z, multiplicities, entries);
    sum === sums[${count / TABLE}];
    x[0] * z === e;
}
component main {public [z, b, e]} = Main();`;
}

/** CPU seconds are those of all threads of this process. */
async function timed<T>(work: () => Promise<T>): Promise<[T, Seconds]> {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const seconds = { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
  return [result, { wall: rounded(seconds.wall), cpu: rounded(seconds.cpu) }];
}

async function median(work: () => Promise<unknown>): Promise<Seconds> {
  const runs: Seconds[] = [];
  for (let i = 0; i < RUNS; i++) runs.push((await timed(work))[1]);
  const middle = (of: (it: Seconds) => number): number =>
    runs.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  return { wall: middle(({ wall }) => wall), cpu: middle(({ cpu }) => cpu) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
