import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { contributeToFolder, takePart } from "@vouch/ceremony";
import type { Receipt } from "@vouch/ceremony";
import { contribute, terminate } from "@vouch/prover";
import { openKey, stopSignals } from "@vouch/worker";
import { progressLine } from "../progressLine.ts";
import { readTyped } from "../readTyped.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly to: string;
  readonly name: string;
  readonly out: string;
  readonly typed: boolean;
  readonly keyFile: string;
  readonly passwordFile: string;
  readonly json: boolean;
};

/** Contributes, and prints what the contributor keeps: the hashes that the transcript must list. */
export async function run(args: Args): Promise<void> {
  const { to, name } = args;
  const isUrl = /^https?:\/\//.test(to);
  const path = resolve(to);
  if (!isUrl && !existsSync(path)) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `${to} is no URL, and there is no such file or folder.`,
    );
  }
  const isFile = !isUrl && statSync(path).isFile();
  if (isFile === (args.out === "")) {
    const message = isFile
      ? "Give --out: where the next key is written."
      : "--out is for a key file; a folder and a coordinator keep the next key themselves.";
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  if (isFile && existsSync(resolve(args.out))) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `${args.out} exists; keys of a ceremony are not replaced.`,
    );
  }
  if (name === "") {
    throw new TaskError(
      "ARGUMENT_INVALID",
      "Give --name: how the transcript calls you, in public.",
    );
  }
  const entropy = args.typed ? { entropy: await readTyped("Type a line, it is not shown: ") } : {};
  const progress = progressLine(args.json);
  const { stop } = stopSignals();
  const options = { name, ...entropy, onProgress: progress.onProgress, signal: stop };
  try {
    if (isFile) {
      const { hash, sha256, number } = await contribute(path, resolve(args.out), options);
      progress.done();
      if (args.json) console.log(JSON.stringify({ hash, sha256, number, out: resolve(args.out) }));
      else {
        console.log(`Contribution ${number}, as ${name}: pass ${args.out} on, and keep this hash`);
        console.log(`  contribution ${hash}`);
        console.log(`  key file     sha256 ${sha256}`);
      }
      return;
    }
    const receipt = isUrl
      ? (await takePart({ ...options, url: to, ...(await signer(args)) })).receipt
      : await contributeToFolder(path, options);
    progress.done();
    if (args.json) console.log(JSON.stringify(receipt));
    else print(receipt);
  } finally {
    progress.done();
    await terminate();
  }
}

async function signer({
  keyFile,
  passwordFile,
}: Args): Promise<{ readonly sign?: (message: string) => Promise<string> }> {
  if (keyFile === "") return {};
  const source = { file: keyFile, passwordFile, passwordEnv: "VOUCH_KEY_PASSWORD" };
  const wallet = await openKey(source, process.env);
  return { sign: (message) => wallet.signMessage(message) };
}

function print({ ceremony, round, name, circuits }: Receipt): void {
  console.log(`Contribution ${round} to ceremony ${ceremony}, as ${name}. Keep these hashes:`);
  for (const [index, { contribution, key }] of circuits.entries()) {
    const part = circuits.length === 1 ? "" : ` ${index + 1}`;
    console.log(`  contribution${part} ${contribution}`);
    console.log(`  key file${part}     sha256 ${key}`);
  }
  console.log(
    "zk:verify --ceremony shows them in the transcript. Nothing secret is left on this machine's disk.",
  );
}
