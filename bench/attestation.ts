// Off-chain verification of quotes, by kind: the first one of a process, and many after it. Each kind is measured in a
// process of its own. Real quotes are measured where VOUCH_ATTESTATION names their folder. Prints JSON.
//
//   npm run bench:attestation -- [--runs 200]
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Collateral } from "@vouch/attestation";
import { readCollateral, verifyQuote } from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  simulatedPlatform,
  simulatedRoot,
} from "@vouch/attestation/simulated";

type Subject = {
  readonly quote: Uint8Array;
  readonly collateral: Collateral;
  readonly time: number;
  readonly root?: Uint8Array;
};

const TARGET_MS = 150;
const SAMPLES = process.env["VOUCH_ATTESTATION"] ?? "";
const SVNS = Array<number>(16).fill(2);
const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  "simulated TDX, version 4": () => simulated("TDX", 4),
  "simulated TDX, version 5": () => simulated("TDX", 5),
  "simulated SGX, version 3": () => simulated("SGX", 4),
  ...(existsSync(SAMPLES) ? { "real TDX": () => real("tdx"), "real SGX": () => real("sgx") } : {}),
};

const { values } = parseArgs({
  options: { runs: { type: "string", default: "200" }, subject: { type: "string" } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new RangeError(`--runs is "${values.runs}"`);

if (values.subject !== undefined) {
  const make = SUBJECTS[values.subject];
  if (make === undefined) throw new RangeError(`--subject: there is no ${values.subject}`);
  console.log(JSON.stringify(measure(make())));
} else {
  const rows = Object.keys(SUBJECTS).map((subject) => ({ subject, ...inProcess(subject) }));
  if (!existsSync(SAMPLES)) process.stderr.write("\n!!! real quotes are NOT MEASURED.\n\n");
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
  };
  const command = ["npm run bench:attestation --", ...process.argv.slice(2)].join(" ");
  console.log(JSON.stringify({ command, machine, targetMs: TARGET_MS, rows }, undefined, 2));
}

function inProcess(subject: string): object {
  const args = [import.meta.filename, "--subject", subject, "--runs", String(runs)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as object;
}

function measure({ quote, collateral, time, root }: Subject): object {
  const once = (): number => {
    const start = performance.now();
    verifyQuote(quote, collateral, time, root);
    return performance.now() - start;
  };
  const first = once();
  const warm = Array.from({ length: runs }, once).sort((a, b) => a - b);
  const at = (share: number): number => warm[Math.ceil(share * warm.length) - 1] ?? 0;
  const rounded = (ms: number): number => Math.round(ms * 100) / 100;
  return { firstMs: rounded(first), medianMs: rounded(at(0.5)), p95Ms: rounded(at(0.95)), runs };
}

function simulated(tee: "SGX" | "TDX", version: 4 | 5): Subject {
  const level = [{ isvSvn: 4, status: "UpToDate" }];
  const collateral = simulatedCollateral({
    tee,
    fmspc: "00b06f000000",
    period: { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") },
    evaluation: 17,
    levels: [{ sgx: SVNS, pceSvn: 11, tdx: SVNS, status: "UpToDate" }],
    modules: [{ version: 1, levels: level }],
    qeLevels: level,
  });
  const quote = simulateQuote({
    platform: simulatedPlatform("bench", 5n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: "00b06f000000",
    }),
    reportData: new Uint8Array(64),
    qeSvn: 4,
    ...(tee === "SGX" ? { enclave: {} } : { td: { version, teeTcbSvn: [4, 1, ...SVNS.slice(2)] } }),
  });
  const time = Date.parse("2026-01-10T00:00:00Z") / 1000;
  return { quote, collateral, time, root: simulatedRoot().certificate };
}

/** Phala's, within the window of its collateral. */
function real(tee: "sgx" | "tdx"): Subject {
  const file = (name: string): Buffer => readFileSync(join(SAMPLES, "phala-dcap-qvl", name));
  return {
    quote: Uint8Array.from(file(`${tee}_quote`)),
    collateral: readCollateral(file(`${tee}_quote_collateral.json`).toString()),
    time: Date.parse("2025-06-20T00:00:00Z") / 1000,
  };
}
