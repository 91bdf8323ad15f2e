import { readBundle, requireWeightsR1cs, verifyRelease } from "@vouch/publisher";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { chooseRelease } from "../chooseRelease.ts";
import { openChain } from "../openChain.ts";
import { progressLine } from "../progressLine.ts";
import type { MaterialArgs } from "../releaseMaterial.ts";
import { readMaterial } from "../releaseMaterial.ts";
import { TaskError } from "../taskError.ts";

type Args = MaterialArgs & { readonly release: string; readonly json: boolean };

/** Derives a registered release again from its file and, where its weights are private, its salt. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const chain = await openChain(hre);
  const { id, release, circuit: registered } = await chooseRelease(chain, args.release);
  if (registered === null) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      `Release ${id} has no circuit: there is nothing to derive.`,
    );
  }
  const material = readMaterial(args, registered.weights === "committed", () =>
    readBundle(chain.home.releases, id),
  );
  const progress = progressLine(args.json);
  const verified = await verifyRelease({ release, circuit: registered }, material, {
    cache: chain.home.cache,
    onProgress: progress.onProgress,
  }).finally(progress.done);
  for (const { circuit: single, model } of [...verified.circuits, ...verified.batches])
    await requireWeightsR1cs(single, model, { cache: chain.home.cache });
  const { content, manifest, weights, circuit } = verified;
  const r1cs = verified.circuits.map(({ artefacts }) => artefacts.hash);
  const batches = verified.batches.map(({ count, artefacts: { hash } }) => ({ count, r1cs: hash }));
  if (args.json) {
    const constraints = {
      ...(r1cs.length === 1 ? { r1cs: r1cs[0] } : { segments: r1cs }),
      ...(batches.length === 0 ? {} : { batches }),
    };
    console.log(
      JSON.stringify({
        ...{ release: id, content, manifest, weights, ...constraints, circuit },
        verified: true,
      }),
    );
    return;
  }
  const isPublic = registered.weights === "constant";
  const shown = isPublic ? "public: constants of the circuit" : weights;
  console.log(`Release ${id} is what its file ${isPublic ? "gives" : "and salt give"}:`);
  const facts: (readonly [string, string])[] = [
    ["content", content],
    ["manifest", manifest],
    ["weights", shown],
    ...r1cs.map((it, i) => [r1cs.length === 1 ? "r1cs" : `r1cs ${i + 1}`, it] as const),
    ...batches.map((it) => [`r1cs x${it.count}`, it.r1cs] as const),
    ["circuit", circuit],
  ];
  for (const [name, value] of facts) console.log(`  ${name.padEnd(9)} ${value}`);
}
