import { estimateModel } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { readEstimateRequest } from "../../offchain/hardhat/tasks/estimateArguments.ts";
import type { Listed } from "./publishCatalog.ts";

/** What `model:estimate` takes of a model folder where no option is given. */
const OWN = {
  ...{ inputBits: "", inputFractionBits: "", inputUnsigned: false, inputMode: "public" },
  ...{ outputBits: "", outputFractionBits: "", outputMode: "public" },
  ...{ dimensions: "", samples: "", budget: "" },
} as const;

/**
 * Returns what looks up, by the hash of a manifest, what `npx hardhat model:estimate --json` says of its model. A model is estimated when it is asked
 * for first, which takes a second or two.
 */
export function openEstimates(
  listed: readonly Listed[],
): (manifest: Hex) => Promise<string | undefined> {
  const models = new Map(listed.map(({ bundle, model }) => [bundle.release.manifest, model]));
  const known = new Map<Hex, string>();
  return (manifest) => {
    const model = models.get(manifest);
    if (model === undefined) return Promise.resolve(undefined);
    const estimate = known.get(manifest) ?? JSON.stringify(estimated(model));
    known.set(manifest, estimate);
    return Promise.resolve(estimate);
  };
}

function estimated(model: string): ReturnType<typeof estimateModel> {
  const { file, ...request } = readEstimateRequest({ ...OWN, file: model });
  return estimateModel(file, request);
}
