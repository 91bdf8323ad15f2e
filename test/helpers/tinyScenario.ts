import { join } from "node:path";
import type { WeightsMode } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { NO_FLOOR } from "@vouch/protocol";
import type { PreparedRelease, ReleasePlan, Samples } from "@vouch/publisher";
import { prepareRelease, publishRelease, storeProvingKeys, writeBundle } from "@vouch/publisher";
import { id } from "ethers";
import hre from "hardhat";
import type { PublishedModel } from "../../scripts/demo/scenario.ts";
import { castOf } from "../../scripts/demo/scenario.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { startChain } from "../../offchain/hardhat/tasks/openChain.ts";
import { ensureStake, openWorker } from "../../offchain/hardhat/tasks/openWorker.ts";
import type { Scenario } from "./creditScenario.ts";
import { TINY_ROWS } from "./tinyRows.ts";
import { floats, node, onnxModel, randomNumbers } from "./onnxModel.ts";

const [INPUTS, HIDDEN, OUTPUTS] = [4, 3, 2];
const STAKE = 10n ** 18n;

/** A training of the architecture 4-3-2 with ReLU; `change` is added to its first weight. */
export function tinyModel(seed: number, change = 0): Uint8Array {
  const next = randomNumbers(seed);
  const draw = (count: number): number[] => Array.from({ length: count }, next);
  const first = draw(HIDDEN * INPUTS).map((it, i) => (i === 0 ? it + change : it));
  return onnxModel({
    input: ["N", INPUTS],
    nodes: [
      node("Gemm", ["x", "w0", "b0"], "a"),
      node("Relu", ["a"], "h"),
      node("Gemm", ["h", "w1", "b1"], "y"),
    ],
    initializers: [
      floats("w0", [INPUTS, HIDDEN], first),
      floats("b0", [HIDDEN], draw(HIDDEN)),
      floats("w1", [HIDDEN, OUTPUTS], draw(HIDDEN * OUTPUTS)),
      floats("b1", [OUTPUTS], draw(OUTPUTS)),
    ],
  });
}

/** `TINY_ROWS` as samples. */
export const TINY_SAMPLES: Samples = {
  prompts: false,
  rows: TINY_ROWS.map((x, row) => ({ id: `row ${row}`, x })),
};

/** The plan of a release of such a file by account 0, with a development set-up. */
export async function planTiny(
  chain: Chain,
  file: Uint8Array,
  weights: WeightsMode,
  version: string,
): Promise<ReleasePlan> {
  const { publisher } = await castOf(chain);
  const rows = TINY_SAMPLES.rows.map(({ x }) => x);
  return {
    file,
    model: "tiny",
    version,
    publisher: publisher.address.toLowerCase() as Hex,
    calibration: rows.slice(0, 4),
    heldOut: rows.slice(4),
    input: { mode: "public", bits: 8, fractionBits: 6 },
    output: { mode: "public", bits: 24, fractionBits: 12 },
    weights,
    setup: { kind: "development" },
    licence: "MIT",
    royaltyBps: 0,
    floor: NO_FLOOR,
    ...(weights === "private" ? { salt: id(`tiny ${version}`) as Hex } : {}),
  };
}

/** Prepares a plan, keeps its bundle and key, and publishes it. */
export async function publishPlan(chain: Chain, plan: ReleasePlan): Promise<PublishedModel> {
  const prepared: PreparedRelease = await prepareRelease(plan, { cache: chain.home.cache });
  const { bundle, circuits, batches } = prepared;
  await storeProvingKeys(chain.home.keys, [...circuits, ...batches]);
  await writeBundle(chain.home.releases, bundle);
  const gas = await publishRelease(chain.contracts, bundle);
  return { id: bundle.id, prepared, gas, samples: TINY_SAMPLES };
}

/**
 * Opens a chain with one tiny model published, and a staked operator that serves it. The store lies beside the other tests'
 * and is `VOUCH_HOME` until `close` is called.
 */
export async function openTinyScenario(
  weights: WeightsMode,
  file: Uint8Array,
  change: Partial<ReleasePlan> = {},
): Promise<Scenario & { readonly close: () => void }> {
  const outer = process.env["VOUCH_HOME"];
  const home = join(hre.config.paths.root, ".vouch", "test-tiny");
  process.env["VOUCH_HOME"] = home;
  const chain = await startChain(hre, await hre.network.create());
  const cast = await castOf(chain);
  const open = await publishPlan(chain, {
    ...(await planTiny(chain, file, weights, "1")),
    ...change,
  });
  await ensureStake(chain, cast.operator, STAKE);
  const { worker, releases } = await openWorker(chain, cast.operator, {
    silent: true,
    pollIntervalMs: 20,
  });
  const served = releases.get(open.id);
  if (served === undefined) throw new Error("the worker does not serve the release");
  const close = (): void => {
    if (outer === undefined) delete process.env["VOUCH_HOME"];
    else process.env["VOUCH_HOME"] = outer;
  };
  return { chain, cast, open, served, worker, close };
}
