// Gas of verifying N receipts of one proof each, one by one and by `assessMany`: whole transactions, calldata and their
// 21,000 included. Proofs are made by trapdoors, of circuits with one word in and one out. Prints JSON.
//
//   npm run bench:batch
import { network } from "hardhat";
import type { ProvenRelease } from "../test/helpers/batchScenario.ts";
import {
  gasUsedBy,
  ownRelease,
  provenReceipt,
  publishProven,
} from "../test/helpers/batchScenario.ts";
import type { Receipt } from "../test/helpers/vouchScenario.ts";
import { scenarioOn } from "../test/helpers/vouchScenario.ts";

const COUNTS = [1, 2, 4, 8, 16, 32, 64];
const CIRCUITS = 4;

const chain = await network.create();
const scenario = await scenarioOn(chain);
const { router } = scenario;
const releases: ProvenRelease[] = [ownRelease(scenario)];
for (let i = 1; i < CIRCUITS; i++)
  releases.push(await publishProven(scenario, `circuit ${String(i)}`));

const rows = [];
for (const count of COUNTS) {
  const one = receipts(count, 1);
  // A proof of another receipt, in the last place: every left half holds.
  const evidence = receiptAt(1000, releases).evidence;
  const bad = one.with(-1, { ...receiptAt(count - 1, releases.slice(0, 1)), evidence });
  const single = await assess(receiptAt(0, releases));
  rows.push({
    receipts: count,
    "one by one, each": single,
    "one circuit, each": await assessMany(one),
    "one circuit, one bad, each": await assessMany(bad),
    "four circuits, each": await assessMany(receipts(count, CIRCUITS)),
  });
}
console.log(JSON.stringify({ command: "npm run bench:batch", gas: rows }, undefined, 2));

function receipts(count: number, circuits: number): Receipt[] {
  return Array.from({ length: count }, (_, i) => receiptAt(i, releases.slice(0, circuits)));
}

/** Receipt `index`, of the releases in turn. */
function receiptAt(index: number, of: readonly ProvenRelease[]): Receipt {
  const release = of[index % of.length];
  if (release === undefined) throw new RangeError("no release");
  return provenReceipt(scenario, release, index);
}

async function assess(receipt: Receipt): Promise<number> {
  const data = router.interface.encodeFunctionData("assess", [receipt]);
  return gasUsedBy(chain, { to: router, data });
}

async function assessMany(all: readonly Receipt[]): Promise<number> {
  const data = router.interface.encodeFunctionData("assessMany", [[...all]]);
  return Math.round((await gasUsedBy(chain, { to: router, data })) / all.length);
}
