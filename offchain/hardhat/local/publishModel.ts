import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import type { Home, ReleaseBundle, Sample } from "@vouch/publisher";
import {
  prepareRelease,
  publishRelease,
  readBundle,
  storeProvingKeys,
  writeBundle,
} from "@vouch/publisher";
import type { OnProgress } from "@vouch/prover";
import type { ServedRelease } from "@vouch/worker";
import { loadRelease } from "@vouch/worker";
import { PluginError } from "../errors.ts";
import type { Chain } from "../tasks/openChain.ts";
import type { PublishModelOptions } from "./modelPlan.ts";
import { planModel } from "./modelPlan.ts";

/** A release that is on the chain and served by the local operators. */
export type LocalRelease = {
  readonly id: ReleaseId;
  /** What `infer` takes, too: the name, or `name@version`. */
  readonly name: string;
  readonly version: string;
  readonly bundle: ReleaseBundle;
  /** The rows that the model came with: `samples[0].x` is an input. None of a bundle. */
  readonly samples: readonly Sample[];
};

/** Where a set-up publishes, and from where. */
export type PublishSite = {
  readonly chain: Pick<Chain, "contracts" | "home">;
  readonly publisher: Hex;
  /** Of the project: paths begin there. */
  readonly root: string;
  /** The project's own store, where bundles that tasks made have their keys. */
  readonly projectHome: Home;
  readonly onProgress: OnProgress;
};

/**
 * Publishes a model, or a bundle that a task made, and loads it. Circuits and set-ups come from the cache where this model, or one of
 * its architecture, was published before.
 *
 * @throws {PluginError} `MODEL_NOT_FOUND`, `SAMPLES_MISSING`, `PUBLISHER_OTHER`; {PublisherError}; {CompilerError}; {ProverError}.
 */
export async function publishModel(
  site: PublishSite,
  model: string,
  options: PublishModelOptions,
): Promise<{ readonly release: LocalRelease; readonly served: ServedRelease }> {
  const path = resolve(site.root, model);
  const { bundle, samples, stores } = isBundle(path)
    ? fromBundle(site, path)
    : await fromModel(site, path, options);
  await publishRelease(site.chain.contracts, bundle);
  const { cache } = site.chain.home;
  const served = await loadRelease(stores, bundle.id, { cache, onProgress: site.onProgress });
  const { model: name, version } = bundle.release;
  return { release: { id: bundle.id, name, version, bundle, samples }, served };
}

type Prepared = {
  readonly bundle: ReleaseBundle;
  readonly samples: readonly Sample[];
  /** Where bundle and keys lie. */
  readonly stores: Pick<Home, "releases" | "keys">;
};

async function fromModel(
  { chain, publisher, root, onProgress }: PublishSite,
  path: string,
  options: PublishModelOptions,
): Promise<Prepared> {
  const { home } = chain;
  const given =
    typeof options.samples === "string"
      ? { ...options, samples: resolve(root, options.samples) }
      : options;
  const { plan, samples } = planModel(path, publisher, given);
  const prepared = await prepareRelease(plan, { cache: home.cache, onProgress });
  await storeProvingKeys(home.keys, [...prepared.circuits, ...prepared.batches]);
  await writeBundle(home.releases, prepared.bundle);
  return { bundle: prepared.bundle, samples, stores: home };
}

function isBundle(path: string): boolean {
  return /^0x[0-9a-f]{64}$/.test(basename(path)) && existsSync(join(path, "release.json"));
}

function fromBundle({ publisher, projectHome }: PublishSite, path: string): Prepared {
  const releases = dirname(path);
  const bundle = readBundle(releases, parseReleaseId(basename(path)));
  if (bundle.release.publisher !== publisher) {
    const { publisher: theirs } = bundle.release;
    throw new PluginError({
      code: "PUBLISHER_OTHER",
      ...{ release: bundle.id, publisher: theirs, account: publisher },
    });
  }
  return { bundle, samples: [], stores: { releases, keys: projectHome.keys } };
}
