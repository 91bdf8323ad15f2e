// Every model of `models/`, and of the folder that VOUCH_ZOO names, from ONNX file to a receipt that a local chain accepts:
// constraints, seconds, memory, gas, error against onnxruntime. Prints JSON; a table with --table, on stderr.
//
//   npm run bench:zoo -- [--only name[,name]] [--max-constraints 131072] [--weights private|public] [--table]
//
// Cold, in a store of its own, unless VOUCH_HOME names one. VOUCH_ZOO holds <name>/network.onnx and <name>/input.json.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openHome } from "@vouch/publisher";
import hre from "hardhat";
import { parseChoice } from "../offchain/hardhat/tasks/arguments.ts";
import { startChain } from "../offchain/hardhat/tasks/openChain.ts";
import { printTables } from "../offchain/hardhat/tasks/printTables.ts";
import { assessOnChain } from "./zoo/assessOnChain.ts";
import { measureApart } from "./zoo/measureApart.ts";
import { listEntries } from "./zoo/zooEntry.ts";
import { optionsFor } from "./zoo/optionsFor.ts";
import type { ZooRow } from "./zoo/zooRow.ts";
import { zooTable } from "./zoo/zooTable.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    "max-constraints": { type: "string", default: `${2 ** 17}` },
    weights: { type: "string", default: "private" },
    table: { type: "boolean", default: false },
  },
});
const weights = parseChoice("weights", values.weights, ["private", "public"]);
const maxConstraints = Number(values["max-constraints"]);
if (!Number.isInteger(maxConstraints)) throw new RangeError("--max-constraints is no whole number");
const zoo = process.env["VOUCH_ZOO"];
const all = listEntries(
  join(hre.config.paths.root, "models"),
  zoo === undefined || zoo === "" ? undefined : resolve(zoo),
);
const wanted = values.only?.split(",");
const unknown = wanted?.find((it) => !all.some(({ name }) => name === it));
if (unknown !== undefined) throw new RangeError(`there is no model ${unknown}`);
const entries = all.filter(({ name }) => wanted?.includes(name) ?? true);

const own = await mkdtemp(join(tmpdir(), "vouch-zoo-"));
try {
  const { cache } = openHome(process.env["VOUCH_HOME"] ?? own);
  const chain = await startChain(hre, await hre.network.create());
  const options = await optionsFor(chain, { weights, maxConstraints, cache });
  const rows: ZooRow[] = [];
  for (const [at, entry] of entries.entries()) {
    let last = "";
    const { row, proven } = await measureApart(entry, options, (step) => {
      if (step === last) return;
      last = step;
      process.stderr.write(`  … ${at + 1} of ${entries.length}, ${entry.name}: ${step}\n`);
    });
    if (proven === undefined) {
      rows.push(row);
      continue;
    }
    const gas = await assessOnChain(chain, proven).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      rows.push({ ...row, failure: { step: "assess", code: "RECEIPT_REFUSED", message } });
    });
    if (gas !== undefined) rows.push({ ...row, onChain: { accepted: true, gas } });
  }

  if (values.table) process.stderr.write(`${printTables([zooTable(rows)])}\n`);
  const command = ["npm run bench:zoo --", ...process.argv.slice(2)].join(" ");
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    threads: availableParallelism(),
    node: process.version,
  };
  console.log(JSON.stringify({ command, machine, zoo: zoo ?? null, rows }, undefined, 2));
} finally {
  await rm(own, { recursive: true, force: true });
}
