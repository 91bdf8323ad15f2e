// How fast a model file is sealed and opened: OpenSSL's chunks in age's format beside the library's own, in turns, on one core each. Megabytes
// a second of plaintext, medians, by the clock and by the processor. Prints JSON.
//
//   npm run bench:sealing -- [--megabytes 64] [--rounds 5]
import { randomFillSync } from "node:crypto";
import { parseArgs } from "node:util";
import { createIdentity, recipientOf, seal, unseal } from "@vouch/sealing";
import { sealStream, unsealStream } from "@vouch/sealing/files";
import { machineOf } from "./proofs/machineOf.ts";

const PART = 1 << 20;
const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "64" },
    rounds: { type: "string", default: "5" },
  },
});
const bytes = Number(values.megabytes) << 20;
const plaintext = randomFillSync(Buffer.alloc(bytes));
const identity = await createIdentity();
const recipients = [await recipientOf(identity)];
const sealed = Buffer.from(await seal(plaintext, recipients));

const ways = {
  seal: () => drain(sealStream(parts(plaintext), recipients)),
  sealByLibrary: () => seal(plaintext, recipients),
  open: () => drain(unsealStream(parts(sealed), identity)),
  openByLibrary: () => unseal(sealed, identity),
};
type Speed = { readonly clock: number; readonly processor: number };
const speeds = new Map<string, Speed[]>(Object.keys(ways).map((way) => [way, []]));
for (let round = 0; round < Number(values.rounds); round++)
  for (const [way, run] of Object.entries(ways)) speeds.get(way)?.push(await speedOf(run));

const megabytesPerSecond = Object.fromEntries(
  [...speeds].map(([way, list]) => [
    way,
    {
      clock: median(list.map((it) => it.clock)),
      processor: median(list.map((it) => it.processor)),
    },
  ]),
);
const command = `npm run bench:sealing -- --megabytes ${values.megabytes} --rounds ${values.rounds}`;
console.log(JSON.stringify({ command, machine: machineOf(), megabytesPerSecond }, undefined, 2));

async function speedOf(run: () => Promise<unknown>): Promise<Speed> {
  const before = process.cpuUsage();
  const started = performance.now();
  await run();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { clock: bytes / 1e6 / seconds, processor: bytes / (user + system) };
}

function* parts(whole: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < whole.length; from += PART) yield whole.subarray(from, from + PART);
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of stream)
    if (part.length > PART) throw new RangeError("a part is too large");
}

function median(list: readonly number[]): number {
  return Math.round(list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0);
}
