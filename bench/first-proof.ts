// The first proof of the example model: constraints, seconds, memory and gas by step. Prints JSON.
//
//   npm run bench:first-proof          in a store of its own, so that compilation and set-up are cold
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { interpret } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { allOf, packWords, quantizeTensor, requireSignature, requireZk } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { chainTime, completeAsk, fetchReceipt, requestInference } from "@vouch/sdk";
import type { WorkerEvent } from "@vouch/worker";
import { proveClaim } from "@vouch/worker";
import hre from "hardhat";
import { encodeReceipt } from "../scripts/demo/receipt.ts";
import { castOf, gasSpent, MODEL, publishModel } from "../scripts/demo/scenario.ts";
import { startChain } from "../offchain/hardhat/tasks/openChain.ts";
import { ensureStake, openWorker } from "../offchain/hardhat/tasks/openWorker.ts";

const REPEATS = 5;

const home = await mkdtemp(join(tmpdir(), "vouch-bench-"));
process.env["VOUCH_HOME"] = home;
try {
  const chain = await startChain(hre, await hre.network.create());
  const deployGas = await gasSpent(chain);
  const cast = await castOf(chain);
  const cold = await seconds(() =>
    publishModel(chain, hre.config.paths.root, "public", () => undefined),
  );
  const { prepared, gas, samples, id } = cold.value;
  await ensureStake(chain, cast.operator, 10n ** 18n);
  const events: WorkerEvent[] = [];
  const { worker, releases, close } = await openWorker(chain, cast.operator, {
    silent: true,
    onEvent: (event) => events.push(event),
  });
  const served = releases.get(id);
  if (served === undefined) throw new Error("the release is not served");
  const [proving] = served.proving;
  if (proving === undefined) throw new Error("the release has no proving key");

  const input = quantizeTensor(samples.rows[0]?.x ?? [], served.compiled.input);
  const output = interpret(served.compiled.graph, input);
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const digest: Hex = `0x${(i + 1).toString(16).padStart(64, "0")}`;
    const witness = { weightsSalt: served.weightsSalts[0], input, output };
    times.push(
      (await seconds(() => proveClaim(served.compiled, proving, witness, digest))).seconds,
    );
  }

  const policy = allOf([requireZk("any"), requireSignature()]);
  const now = await chainTime(chain.connection.ethers.provider);
  const words = packWords(input, served.compiled.input);
  const ask = completeAsk({ release: id, input: words, policy, fee: 1n }, now, 10n ** 9n);
  const asked = await requestInference(chain.contracts, ask);
  await worker.poll();
  const { receipt } = await fetchReceipt(
    chain.contracts,
    chain.domain,
    asked.id,
    chain.deployment.fromBlock,
  );
  const gasOf = (status: WorkerEvent["status"]): number => {
    const event = events.find((it) => it.status === status);
    return event !== undefined && "gasUsed" in event ? Number(event.gasUsed) : 0;
  };
  const bring = await chain.contracts.router.assess.estimateGas(encodeReceipt(receipt));

  console.log(
    JSON.stringify(
      {
        command: "npm run bench:first-proof",
        machine: {
          cpu: cpus()[0]?.model ?? "unknown",
          threads: availableParallelism(),
          node: process.version,
        },
        model: MODEL,
        constraints: prepared.circuits[0]?.artefacts.constraints,
        coldPublishSeconds: cold.seconds,
        proveSeconds: { runs: REPEATS, first: times[0], median: median(times) },
        peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024),
        gas: {
          deploy: Number(deployGas),
          registerCircuit: Number(gas.circuitGas),
          publishRelease: Number(gas.releaseGas),
          request: Number(asked.gasUsed),
          lock: gasOf("locked"),
          fulfilZkAndSignature: gasOf("fulfilled"),
          assessReceipt: Number(bring),
        },
      },
      null,
      2,
    ),
  );
  await close();
} finally {
  await terminate();
  await rm(home, { recursive: true, force: true });
}

async function seconds<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: Math.round(performance.now() - start) / 1000 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
