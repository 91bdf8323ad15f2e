// A phase-2 contribution and its verification, ours beside snarkjs', on the same keys in one run. Prints JSON.
//
//   npm run bench:ceremony -- [power ...]    default 12 14
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildCircuit,
  contribute,
  developmentPowers,
  domainPower,
  terminate,
  verifyContributions,
} from "@vouch/prover";
import { zKey } from "snarkjs";
import { layeredCircuit } from "../test/offchain/prover/layeredCircuit.ts";

type Seconds = { readonly wall: number; readonly cpu: number };

/** Seconds of the wall clock and of all threads of this process. */
async function measure(work: () => Promise<unknown>): Promise<Seconds> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  const round = (seconds: number): number => Math.round(seconds * 100) / 100;
  return {
    wall: round((performance.now() - start) / 1000),
    cpu: round((user + system) / 1e6),
  };
}

async function benchmark(power: number, folder: string): Promise<object> {
  const file = (name: string): string => join(folder, `${power}-${name}`);
  const factor = 2 ** (power - 14);
  const shape = { inputs: 20, neurons: Math.ceil(32 * factor), hashes: Math.ceil(24 * factor) };
  const circuit = await buildCircuit(layeredCircuit(shape), { cache: folder });
  const needed = domainPower(circuit);
  const powers = await measure(() => developmentPowers(needed, file("powers.ptau")));
  const initial = await measure(() =>
    zKey.newZKey(circuit.r1cs, file("powers.ptau"), file("0.zkey")),
  );
  const ours = await measure(() =>
    contribute(file("0.zkey"), file("1.zkey"), { name: "bench", entropy: "typed" }),
  );
  const theirs = await measure(() =>
    zKey.contribute(file("0.zkey"), file("2.zkey"), "bench", "typed"),
  );
  const verify = await measure(() => verifyContributions(file("0.zkey"), file("1.zkey")));
  // In memory, since snarkjs does not close the files that it verifies.
  const inMemory = async (name: string): Promise<{ type: "mem"; data: Uint8Array }> => ({
    type: "mem",
    data: await readFile(file(name)),
  });
  const files = [
    await inMemory("0.zkey"),
    await inMemory("powers.ptau"),
    await inMemory("1.zkey"),
  ] as const;
  const snarkjsVerify = await measure(async () => {
    if (!(await zKey.verifyFromInit(...files))) throw new Error("snarkjs refuses our contribution");
  });
  return {
    power: needed,
    constraints: circuit.constraints,
    wires: circuit.wires,
    zkeyBytes: (await stat(file("0.zkey"))).size,
    seconds: {
      developmentPowers: powers,
      "snarkjs newZKey": initial,
      contribute: ours,
      "snarkjs contribute": theirs,
      verifyContributions: verify,
      "snarkjs verifyFromInit": snarkjsVerify,
    },
  };
}

const given = process.argv.slice(2).filter((it) => /^\d+$/.test(it));
const powers = given.length > 0 ? given.map(Number) : [12, 14];
const folder = await mkdtemp(join(tmpdir(), "vouch-bench-"));
try {
  const circuits: object[] = [];
  for (const power of powers) circuits.push(await benchmark(power, folder));
  const command = ["npm run bench:ceremony --", ...process.argv.slice(2)].join(" ");
  const machine = { cpu: cpus()[0]?.model, threads: availableParallelism(), node: process.version };
  console.log(JSON.stringify({ command, machine, circuits }, undefined, 2));
} finally {
  await terminate();
  await rm(folder, { recursive: true });
}
