import { join } from "node:path";
import type { Hex, Policy, ReleaseId } from "@vouch/protocol";
import { parsePolicy } from "@vouch/protocol";
import type { OnProgress } from "@vouch/prover";
import type { ReleaseBundle, Sample, TextRelease } from "@vouch/publisher";
import {
  openHome,
  prepareRelease,
  prepareTextRelease,
  publishTextRelease,
  storeProvingKeys,
  writeBundle,
  writeTextBundle,
} from "@vouch/publisher";
import { NO_FLOOR } from "@vouch/protocol";
import hre from "hardhat";
import { planModel } from "../../offchain/hardhat/local/modelPlan.ts";
import { homeOf } from "../../offchain/hardhat/tasks/openChain.ts";
import type { StepLog } from "../demo/steps.ts";
import type { Town } from "./town.ts";

type Entry = {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly weights: "public" | "private";
  readonly royaltyBps: number;
  readonly floor: Policy;
};

/** A release that can be asked, with rows to ask it. */
export type Listed = {
  readonly id: ReleaseId;
  /** The model's own folder. */
  readonly model: string;
  readonly bundle: ReleaseBundle;
  readonly samples: readonly Sample[];
};

/** What is on offer. `tree` and `network` are releases of one model, the second of which comes some days later. */
export type Catalog = {
  readonly tree: Listed;
  readonly network: Listed;
  readonly digits: Listed;
  readonly eth: Listed;
  readonly brent: Listed;
  readonly text: TextRelease;
};

const plain = { weights: "public", royaltyBps: 0, floor: NO_FLOOR } as const;
const ENTRIES = {
  tree: { ...plain, folder: "credit-german-tree", name: "credit-german", version: "1" },
  eth: { ...plain, folder: "vol-eth-mlp", name: "vol-eth-mlp", version: "1" },
  brent: {
    ...plain,
    folder: "vol-brent-mlp",
    name: "vol-brent-mlp",
    version: "1",
    weights: "private",
  },
  digits: { ...plain, folder: "mnist-mlp", name: "mnist-mlp", version: "1", royaltyBps: 100 },
  network: {
    ...{ folder: "credit-german-mlp", name: "credit-german", version: "2", weights: "public" },
    ...{ royaltyBps: 250, floor: parsePolicy("signature") },
  },
} as const satisfies Readonly<Record<string, Entry>>;

/** Where releases are published, and who hears how far they are. */
export type PublishSite = {
  readonly town: Town;
  /** Bundles are kept there. */
  readonly folder: string;
  readonly onProgress: OnProgress;
  readonly done: () => void;
};

/** Publishes what is there from the first day on. */
export async function publishCatalog(
  site: PublishSite,
  step: StepLog["run"],
): Promise<Omit<Catalog, "network">> {
  const publish = (key: keyof typeof ENTRIES): Promise<Listed> =>
    step(`publish ${ENTRIES[key].folder}`, () => publishEntry(site, key));
  return {
    tree: await publish("tree"),
    eth: await publish("eth"),
    brent: await publish("brent"),
    digits: await publish("digits"),
    text: await step("publish char-gpt", () => publishText(site)),
  };
}

/**
 * Publishes one model of this repository, under a DEVELOPMENT set-up, and has the operators serve it. Bundles are kept in `folder`; circuits are made
 * once and found in the project's cache after that.
 */
export async function publishEntry(
  { town: { local, publisher }, folder, onProgress, done }: PublishSite,
  key: keyof typeof ENTRIES,
): Promise<Listed> {
  const { folder: model, name, version, weights, royaltyBps, floor } = ENTRIES[key];
  const home = homeOf(hre);
  const path = join(hre.config.paths.root, "models", model);
  const owner = publisher.address.toLowerCase() as Hex;
  const { plan, samples } = planModel(path, owner, { name, version, weights });
  const prepared = await prepareRelease(
    { ...plan, royaltyBps, floor },
    { cache: home.cache, onProgress },
  ).finally(done);
  await storeProvingKeys(home.keys, [...prepared.circuits, ...prepared.batches]);
  const { bundle } = prepared;
  await local.publish(await writeBundle(openHome(folder).releases, bundle));
  return { id: bundle.id, model: path, bundle, samples };
}

/** Publishes the language model of this repository, and keeps its bundle in `folder`. */
async function publishText({
  town: { chain, publisher },
  folder,
}: PublishSite): Promise<TextRelease> {
  const prepared = await prepareTextRelease(join(hre.config.paths.root, "models/char-gpt"), {
    ...{ model: "char-gpt", version: "1", licence: "MIT", royaltyBps: 0, floor: NO_FLOOR },
    publisher: publisher.address.toLowerCase() as Hex,
  });
  await publishTextRelease(chain.contracts, prepared);
  return writeTextBundle(openHome(folder).texts, prepared);
}
