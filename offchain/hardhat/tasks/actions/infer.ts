import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Hex, Policy, TensorEncoding } from "@vouch/protocol";
import {
  bytesToHex,
  conjoin,
  decodeAssurance,
  dequantizeTensor,
  describeAssurance,
  inputCommitment,
  inputSalt,
  packWords,
  quantizeTensor,
  readTee,
  serializeReceipt,
  unpackWords,
  wordToHex,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { readSamples } from "@vouch/publisher";
import type { FetchedRelease } from "@vouch/sdk";
import {
  chainTime,
  completeAsk,
  fetchReceipt,
  requestInference,
  waitForFulfilment,
} from "@vouch/sdk";
import { writeInputOpening } from "@vouch/worker";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseAmount } from "../amounts.ts";
import { parsePolicy, parseWei, readNumbers } from "../arguments.ts";
import { chooseRelease } from "../chooseRelease.ts";
import { inRed, markWeak } from "../markWeak.ts";
import type { Chain } from "../openChain.ts";
import { accountAt, contractsAs, openChain } from "../openChain.ts";
import { ensureStake, openWorker } from "../openWorker.ts";
import { progressLine } from "../progressLine.ts";
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
  if (valueAtStake !== undefined)
    for (const it of await warnIfWeak(chain, release, { policy, fee, valueAtStake }))
      console.error(markWeak(`  mind: ${it}`, process.stderr));
  const { input, output } = encodingsOf(release);
  const elements = quantizeTensor(readInput(args.input, release, hre), input);
  const words = await inputWords(chain, elements, input);

  const { provider } = chain.connection.ethers;
  const { gasPrice } = await provider.getFeeData();
  const params = completeAsk(
    { release: release.id, circuit: release.circuit, input: words, policy, fee },
    await chainTime(provider),
    gasPrice ?? 1_000_000_000n,
  );
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
    const { id, txHash } = await requestInference(chain.contracts, params);
    say(`Asked: request ${id} (${txHash})`);
    const signal = AbortSignal.timeout(timeout * 1000);
    const waiting = progressLine(args.json);
    waiting.onProgress("wait for an operator");
    await waitForFulfilment(chain.contracts, id, {
      signal,
      pollIntervalMs: chain.inProcess ? 50 : 1_000,
    }).finally(waiting.done);
    const { receipt, verification } = await fetchReceipt(
      chain.contracts,
      chain.domain,
      id,
      chain.deployment.fromBlock,
    );
    const path = args.out === "" ? join(chain.home.receipts, `${id}.json`) : resolve(args.out);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, serializeReceipt(receipt));

    const answer =
      output.mode === "public"
        ? dequantizeTensor(unpackWords(receipt.output, output), output)
        : undefined;
    const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
    // As the chain keeps it: a receipt alone does not tell an enclave from one that is simulated.
    const stored = await chain.contracts.requests.assuranceOf(id);
    const assurance = describeAssurance(decodeAssurance(stored));
    if (args.json) {
      const facts = {
        request: id,
        release: release.id,
        output: answer ?? null,
        assurance,
        receipt: path,
        seconds,
      };
      console.log(JSON.stringify(facts));
      return;
    }
    say(
      `Output      ${answer === undefined ? "committed; its opening is with the operator" : answer.join(", ")}`,
    );
    say(markWeak(`Assurance   ${assurance}`));
    say(`Receipt     ${path} (verified, ${seconds} s)`);
    for (const it of verification.notChecked) say(markWeak(`  not checked offline: ${it}`));
  } finally {
    await helper?.stop();
    await terminate();
  }
}

function encodingsOf({ id, release, circuit }: FetchedRelease): {
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
} {
  if (circuit === null)
    throw new TaskError(
      "NOTHING_PUBLISHED",
      `Release ${id} has no circuit; this version cannot ask for it.`,
    );
  return {
    input: { ...circuit.input, fractionBits: release.inputFractionBits },
    output: { ...circuit.output, fractionBits: release.outputFractionBits },
  };
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
  const { rows, prompts } = readSamples(
    join(hre.config.paths.root, "models", release.model, "samples.json"),
  );
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

/** A committed input is kept off-chain: its opening goes into the folder that operators of this store read. */
async function inputWords(
  chain: Chain,
  elements: readonly bigint[],
  input: TensorEncoding,
): Promise<bigint[]> {
  if (input.mode === "public") return packWords(elements, input);
  const secret: Hex = bytesToHex(randomBytes(32));
  const commitment = inputCommitment(inputSalt(secret), elements, input);
  await writeInputOpening(chain.home.inputs, wordToHex(commitment), { secret, input: elements });
  return [commitment];
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
