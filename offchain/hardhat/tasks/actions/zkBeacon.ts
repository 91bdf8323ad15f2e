import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { endCeremony } from "@vouch/ceremony";
import { applyBeacon, terminate } from "@vouch/prover";
import { progressLine } from "../progressLine.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly to: string;
  readonly source: string;
  readonly value: string;
  readonly iterations: string;
  readonly out: string;
  readonly json: boolean;
};

/** Ends a ceremony by a public value. */
export async function run(args: Args): Promise<void> {
  const path = resolve(args.to);
  if (!existsSync(path)) throw new TaskError("ARGUMENT_INVALID", `There is no ${args.to}.`);
  const isFile = statSync(path).isFile();
  if (isFile === (args.out === "")) {
    const message = isFile
      ? "Give --out: where the final key is written."
      : "--out is for a key file; a ceremony's folder keeps the final keys itself.";
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  if (isFile && existsSync(resolve(args.out))) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `${args.out} exists; keys of a ceremony are not replaced.`,
    );
  }
  if (args.source === "" || args.value === "") {
    const message =
      "Give --source and --value: a public random value, and where everybody finds it.";
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const beacon = { hash: args.value, iterationsExponent: Number(args.iterations) };
  const progress = progressLine(args.json);
  const options = { source: args.source, beacon, onProgress: progress.onProgress };
  try {
    if (isFile) {
      const { hash, sha256 } = await applyBeacon(path, resolve(args.out), options);
      progress.done();
      if (args.json) console.log(JSON.stringify({ hash, sha256, out: resolve(args.out) }));
      else console.log(`The ceremony is over: ${args.out}, sha256 ${sha256}\n  beacon ${hash}`);
      return;
    }
    const receipt = await endCeremony(path, options);
    progress.done();
    if (args.json) {
      console.log(JSON.stringify(receipt));
      return;
    }
    console.log(`The ceremony is over, after ${receipt.round} rounds. Its keys, for --zkey:`);
    for (const { key } of receipt.circuits) console.log(`  sha256 ${key}`);
    console.log(`  in ${args.to}/keys/${String(receipt.round).padStart(4, "0")}`);
  } finally {
    progress.done();
    await terminate();
  }
}
