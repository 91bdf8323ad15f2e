import { join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, ReleaseId, TensorEncoding } from "@vouch/protocol";
import type { OnProgress } from "@vouch/prover";
import type { PreparedRelease, Published, Samples } from "@vouch/publisher";
import {
  planRelease,
  prepareRelease,
  publishRelease,
  readBundles,
  readModelFolder,
  storeProvingKeys,
  writeBundle,
} from "@vouch/publisher";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";

/** The model that the demo is about. */
export const MODEL = "credit-german-mlp";

/** Who takes part, by account of the network. */
export type Cast = {
  readonly publisher: HardhatEthersSigner;
  readonly operator: HardhatEthersSigner;
  readonly otherOperator: HardhatEthersSigner;
  readonly underwriter: HardhatEthersSigner;
  readonly applicants: readonly [HardhatEthersSigner, HardhatEthersSigner];
};

/** A published release with what it was made of. */
export type PublishedModel = {
  readonly id: ReleaseId;
  readonly prepared: PreparedRelease;
  readonly gas: Published;
  readonly samples: Samples;
};

/** Returns the accounts in their parts. */
export async function castOf({ connection }: Chain): Promise<Cast> {
  const signers = await connection.ethers.getSigners();
  const at = (index: number): HardhatEthersSigner => {
    const signer = signers[index];
    if (signer === undefined) throw new RangeError(`the network has no account ${index}`);
    return signer;
  };
  return {
    publisher: at(0),
    operator: at(1),
    otherOperator: at(2),
    underwriter: at(3),
    applicants: [at(4), at(5)],
  };
}

/** Publishes the demo's model; a second time under the same salt, so that the store does not grow with every run. */
export async function publishModel(
  chain: Chain,
  root: string,
  inputMode: TensorEncoding["mode"],
  onProgress: OnProgress,
): Promise<PublishedModel> {
  const folder = readModelFolder(join(root, "models"), MODEL);
  const publisher = (await castOf(chain)).publisher.address.toLowerCase() as Hex;
  const version = `demo-${inputMode}`;
  const earlier = readBundles(chain.home.releases).find(
    ({ release }) =>
      release.model === MODEL && release.version === version && release.publisher === publisher,
  );
  const plan = planRelease(folder, {
    version,
    publisher,
    inputMode,
    outputMode: "public",
    setup: { kind: "development" },
    ...(earlier?.salt === undefined ? {} : { salt: earlier.salt }),
  });
  const prepared = await prepareRelease(plan, { cache: chain.home.cache, onProgress });
  const { bundle, circuits, batches } = prepared;
  await storeProvingKeys(chain.home.keys, [...circuits, ...batches]);
  await writeBundle(chain.home.releases, bundle);
  const gas = await publishRelease(chain.contracts, bundle);
  return { id: bundle.id, prepared, gas, samples: folder.samples };
}

/** Returns the gas of every block since the chain began. */
export async function gasSpent({ connection }: Chain): Promise<bigint> {
  const { provider } = connection.ethers;
  let gas = 0n;
  for (let number = await provider.getBlockNumber(); number > 0; number--) {
    gas += (await provider.getBlock(number))?.gasUsed ?? 0n;
  }
  return gas;
}
