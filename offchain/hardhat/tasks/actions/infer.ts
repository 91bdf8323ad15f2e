import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Hex, Policy } from "@vouch/protocol";
import { conjoin, describeAssurance, readTee, serializeReceipt } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { readSamples } from "@vouch/publisher";
import type { FetchedRelease } from "@vouch/sdk";
import { completeAsk, connect } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseAmount } from "../amounts.ts";
import { parsePolicy, parseWei, readNumbers } from "../arguments.ts";
import { chooseRelease } from "../chooseRelease.ts";
import { deliverOpening } from "../deliverOpening.ts";
import { inRed, markWeak } from "../markWeak.ts";
import type { Chain } from "../openChain.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { ensureStake, openWorker } from "../openWorker.ts";
import { progressLine } from "../progressLine.ts";
import { requireSamples } from "../requireHere.ts";
import { TaskError } from "../taskError.ts";
import { warnIfWeak } from "../warnIfWeak.ts";

type Args = {
  readonly release: string;
  readonly input: string;
  readonly policy: string;
  readonly fee: string;
  readonly value: string;
  readonly timeout: string;
  readonly out: string;
  readonly json: boolean;
};

const IN_PROCESS_STAKE = 10n ** 18n;

/**
 * Asks as account 0 and waits. On an in-process chain nobody else could answer, so an operator runs beside it; elsewhere a
 * worker must be running.
 */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const policy = parsePolicy(args.policy);
  const fee = parseWei("fee", args.fee);
  const valueAtStake = parseAmount("value", args.value);
  const timeout = Number(args.timeout);
  if (!(timeout > 0 && timeout <= 86_400))
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--timeout is "${args.timeout}"; it takes seconds, at most a day.`,
    );
  const chain = await openChain(hre);
  const release = await chooseRelease(chain, args.release);
  if (valueAtStake !== undefined) {
    const { floor } = release.release;
    const terms = completeAsk({ release: release.id, input: [], policy, floor, fee }, 0, 0n); // what the request exposes by default
    for (const it of await warnIfWeak(chain, release, { policy, fee, terms, valueAtStake }))
      console.error(markWeak(`  mind: ${it}`, process.stderr));
  }
  const input = readInput(args.input, release, hre);
  const vouch = await connect({
    provider: await accountAt(chain, "0"),
    deployment: chain.deployment,
    pollIntervalMs: chain.inProcess ? 50 : 1_000,
  });
  const ask = { release: release.id, input, policy, fee };
  await vouch.estimate(ask); // what is wrong with it is said before an operator starts
  const say = (text: string): void => {
    if (!args.json) console.log(text);
  };
  const started = performance.now();
  const simulated = takesSimulated(conjoin(release.release.floor, policy));
  const helper = chain.inProcess
    ? await startHelper(chain, { root: hre.config.paths.root, simulated, silent: args.json })
    : undefined;
  try {
    if (helper?.measurement !== undefined) {
      await approve(chain, release, helper.measurement);
      say(
        inRed(
          "SIMULATED ENCLAVE: its measurement was approved in the publisher's name, on this chain alone.",
        ),
      );
    }
    const waiting = progressLine(args.json);
    const { id, output, receipt, verification, assurance } = await vouch
      .infer(ask, {
        signal: AbortSignal.timeout(timeout * 1000),
        // A committed input is kept off-chain: its opening goes, sealed, into the folder that operators of this store read.
        deliverOpening: async ({ commitment, ...opening }) => {
          await deliverOpening(chain, commitment, opening);
        },
        onProgress: (step) => {
          if (step.status !== "asked") return;
          say(`Asked: request ${step.id} (${step.txHash})`);
          waiting.onProgress("wait for an operator");
        },
      })
      .finally(waiting.done);
    const path = args.out === "" ? join(chain.home.receipts, `${id}.json`) : resolve(args.out);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, serializeReceipt(receipt));

    const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
    const assured = describeAssurance(assurance);
    if (args.json) {
      const facts = {
        request: id,
        release: release.id,
        output,
        assurance: assured,
        receipt: path,
        seconds,
      };
      console.log(JSON.stringify(facts));
      return;
    }
    say(
      `Output      ${output === null ? "committed; its opening is with the operator" : output.join(", ")}`,
    );
    say(markWeak(`Assurance   ${assured}`));
    say(`Receipt     ${path} (verified, ${seconds} s)`);
    for (const it of verification.notChecked) say(markWeak(`  not checked offline: ${it}`));
  } finally {
    await helper?.stop();
    await terminate();
  }
}

function readInput(
  input: string,
  { release }: FetchedRelease,
  hre: HardhatRuntimeEnvironment,
): readonly number[] {
  const sample = /^sample:(\d+)$/.exec(input)?.[1];
  if (sample === undefined) return readNumbers(input);
  // The name is the publisher's text, and becomes part of a path here.
  if (!/^[\w-]+$/.test(release.model)) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      "This model has no samples here; give --input a JSON file.",
    );
  }
  const path = join(hre.config.paths.root, "models", release.model, "samples.json");
  requireSamples(path, release.model);
  const { rows, prompts } = readSamples(path);
  if (prompts) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      "The samples of this model are prompts, not inputs; give --input a JSON file.",
    );
  }
  const row = rows[Number(sample)];
  if (row === undefined) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--input ${input}: the model has ${rows.length} samples, counted from 0.`,
    );
  }
  return row.x;
}

/** Whether a clause names an enclave, and takes one that proves nothing. */
function takesSimulated({ allOf }: Policy): boolean {
  return allOf.some(({ anyOf }) =>
    anyOf.some((it) => it.kind === "tee" && readTee(it)?.simulated === true),
  );
}

/** On a chain that lives in this process, account 0 is the publisher of what it restored. */
async function approve(chain: Chain, { id }: FetchedRelease, measurement: Hex): Promise<void> {
  const { enclaves } = contractsAs(chain, await accountAt(chain, "0"));
  await (await enclaves.approve(id, measurement, 0)).wait();
}

async function startHelper(
  chain: Chain,
  options: { readonly root: string; readonly simulated: boolean; readonly silent: boolean },
): Promise<{ readonly measurement: Hex | undefined; readonly stop: () => Promise<void> }> {
  const { root, silent } = options;
  const signer = await accountAt(chain, "1");
  await ensureStake(chain, signer, IN_PROCESS_STAKE);
  const { worker, enclave, close } = await openWorker(chain, signer, {
    silent,
    pollIntervalMs: 50,
    ...(options.simulated ? { enclave: { choice: "simulated", root } as const } : {}),
  });
  const controller = new AbortController();
  const running = worker.start(controller.signal);
  return {
    measurement: enclave?.measurement,
    async stop() {
      controller.abort();
      await running;
      await close();
    },
  };
}
