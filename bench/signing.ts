// Signed receipts a second in one process, one core at most: signed one by one and in batches, each with its sign log on
// the disk. `sign` takes statements that are there; `build` hashes the words, signs, and writes the receipt as JSON; `verify` is
// what a client does with each of those receipts. Prints JSON.
//
//   npm run bench:signing -- [--receipts 20000] [--alone 1000] [--callers 256] [--folder <where the log lies>]
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type {
  CircuitId,
  Domain,
  Hex,
  Receipt,
  Release,
  Statement,
  StatementSignature,
} from "@vouch/protocol";
import {
  NO_FLOOR,
  hashOfWords,
  parseAddress,
  parseReceipt,
  parseRequestId,
  releaseId,
  serializeReceipt,
  statementDigest,
  statementTypedData,
  verifyReceipt,
  wordToHex,
} from "@vouch/protocol";
import { createBatchSigner, openSignLog, useFastKeccak } from "@vouch/worker";
import { Wallet, id } from "ethers";

type Sign = (statement: Statement) => Promise<StatementSignature>;
type Way = { readonly callers: number; readonly sign: Sign; readonly close: () => Promise<void> };
type Rate = {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** CPU seconds for each second: 1 is a whole core. */
  readonly cores: number;
  /** What a core would do that this process has to itself. */
  readonly perCpuSecond: number;
};

const TARGET_PER_SECOND = 5000;
const WALLET = new Wallet(id("vouch.bench.operator"));
const OPERATOR = parseAddress(WALLET.address);
const DOMAIN: Domain = { chainId: 31_337n, router: parseAddress(`0x${"b2".repeat(20)}`) };
const ZERO: Hex = `0x${"00".repeat(32)}`;
const RELEASE: Release = {
  publisher: OPERATOR,
  model: "bench",
  version: "1.0.0",
  content: id("content") as Hex,
  weights: 0n,
  circuit: ZERO as CircuitId,
  inputFractionBits: 8,
  outputFractionBits: 8,
  runtime: "bitExact",
  manifest: id("manifest") as Hex,
  licence: "MIT",
  royaltyBps: 0,
  floor: NO_FLOOR,
};
const RELEASE_ID = releaseId(RELEASE);
const INPUT_WORDS = 8;

const { values } = parseArgs({
  options: {
    receipts: { type: "string", default: "20000" },
    alone: { type: "string", default: "1000" },
    callers: { type: "string", default: "256" },
    folder: { type: "string", default: tmpdir() },
  },
});
await useFastKeccak(); // as operators do
const folder = mkdtempSync(join(values.folder, "vouch-signing-"));
try {
  const alone = await measureWay("one by one", oneByOne, numberOf("alone"));
  const batched = await measureWay("batched", inBatches, numberOf("receipts"));
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
  };
  const command = ["npm run bench:signing --", ...process.argv.slice(2)].join(" ");
  const rows = [alone, batched];
  console.log(
    JSON.stringify({ command, machine, targetPerSecond: TARGET_PER_SECOND, rows }, undefined, 2),
  );
} finally {
  rmSync(folder, { recursive: true });
}

async function measureWay(way: string, open: (log: string) => Way, count: number): Promise<object> {
  await signMany(open(join(folder, `${way}, warm`)), count / 10);
  const { rate: sign } = await signMany(open(join(folder, `${way}, sign`)), count);
  const { rate: build, results } = await buildMany(open(join(folder, `${way}, build`)), count);
  const receipts = results.map((json) => parseReceipt(JSON.parse(json)));
  const { rate: verify } = await measure(receipts.length, 1, (index) => {
    const receipt = receipts[index];
    if (receipt !== undefined) verifyReceipt(receipt);
    return Promise.resolve();
  });
  const signatures = new Set(receipts.map(signatureOf)).size;
  return { way, receipts: count, signatures, sign, build, verify };
}

async function signMany(way: Way, count: number): Promise<{ readonly rate: Rate }> {
  const statements = Array.from({ length: count }, (_, index) => statementOf(wordsAt(index)));
  const signed = await measure(count, way.callers, (index) =>
    way.sign(statements[index] ?? statementOf(wordsAt(index))),
  );
  await way.close();
  return signed;
}

async function buildMany(
  way: Way,
  count: number,
): Promise<{ readonly rate: Rate; readonly results: readonly string[] }> {
  const built = await measure(count, way.callers, async (index) => {
    const words = wordsAt(index);
    const statement = statementOf(words);
    const signature = await way.sign(statement);
    const receipt: Receipt = {
      ...{ domain: DOMAIN, statement, ...words, release: RELEASE, circuit: null },
      evidence: [{ kind: "signature", ...signature }],
    };
    return serializeReceipt(receipt);
  });
  await way.close();
  return built;
}

/** One by one: one flush and one signature for each statement. */
function oneByOne(path: string): Way {
  const log = openSignLog(path);
  return {
    callers: 1,
    async sign(statement) {
      log.record(statement.request, statementDigest(DOMAIN, statement));
      const { domain, types, value } = statementTypedData(DOMAIN, statement);
      return { signature: (await WALLET.signTypedData(domain, types, value)) as Hex, path: [] };
    },
    close() {
      log.close();
      return Promise.resolve();
    },
  };
}

function inBatches(path: string): Way {
  const signLog = openSignLog(path);
  const options = { operator: OPERATOR, domain: DOMAIN };
  const { sign, close } = createBatchSigner(options, { signer: WALLET, signLog });
  return {
    callers: numberOf("callers"),
    sign,
    async close() {
      await close();
      signLog.close();
    },
  };
}

/** Does something `count` times by as many callers, each of whom waits for its own; times each from call to result. */
async function measure<T>(
  count: number,
  callers: number,
  act: (index: number) => Promise<T>,
): Promise<{ readonly rate: Rate; readonly results: readonly T[] }> {
  const results: T[] = [];
  const times: number[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const start = performance.now();
      results[index] = await act(index);
      times.push(performance.now() - start);
    }
  };
  const before = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, call));
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? 0;
  return {
    results,
    rate: {
      perSecond: Math.round((count / ms) * 1000),
      medianMs: rounded(at(0.5)),
      p99Ms: rounded(at(0.99)),
      cores: rounded(cpuMs / ms),
      perCpuSecond: Math.round((count / cpuMs) * 1000),
    },
  };
}

function wordsAt(index: number): Pick<Receipt, "input" | "output"> {
  const input = Array.from({ length: INPUT_WORDS }, (_, i) => BigInt(index * INPUT_WORDS + i));
  return { input, output: [BigInt(index)] };
}

function statementOf({ input, output }: Pick<Receipt, "input" | "output">): Statement {
  return {
    release: RELEASE_ID,
    request: parseRequestId(wordToHex(output[0] ?? 0n)),
    operator: OPERATOR,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
}

function signatureOf({ evidence }: Receipt): string {
  const [piece] = evidence;
  return piece?.kind === "signature" ? piece.signature : "";
}

function numberOf(name: "receipts" | "alone" | "callers"): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} is "${values[name]}"`);
  return value;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
