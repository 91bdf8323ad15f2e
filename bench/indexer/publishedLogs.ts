import type { Hex } from "@vouch/protocol";
import { encodePolicy, NO_FLOOR } from "@vouch/protocol";
import { DEPLOYMENT, address, hash32 } from "./addresses.ts";
import { encodedData, eventLog } from "./eventLog.ts";
import type { SyntheticTransaction } from "./syntheticEpoch.ts";

export const CIRCUITS = 60;
const WORDS = ["credit", "fraud", "volatility", "mnist", "sentiment", "spam", "heart", "price"];
const SHAPES = ["mlp", "cnn", "lstm", "forest", "gpt"];
const VERSIONS = 3;

/** Returns the transaction that publishes a release; three in a row are versions of one model. */
export function published(index: number): SyntheticTransaction {
  const model = Math.floor(index / VERSIONS);
  const publisher = address("publisher", model % 300);
  const name = `${WORDS[model % WORDS.length] ?? ""}-${SHAPES[model % SHAPES.length] ?? ""}-${model}`;
  const circuit = hash32("circuit", index % CIRCUITS);
  const data = encodedData("models", "ReleasePublished", [
    {
      publisher,
      model: name,
      version: `1.${index % VERSIONS}.0`,
      content: hash32("content", index),
      weights: BigInt(hash32("weights", index)) >> 8n,
      circuit,
      inputFractionBits: 8,
      outputFractionBits: 8,
      runtime: 0,
      manifest: hash32("manifest", index),
      licence: model % 2 === 0 ? "MIT" : "Apache-2.0",
      royaltyBps: 200,
      floor: encodePolicy(NO_FLOOR),
    },
    `ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzd${index}`,
  ]);
  const log = eventLog("models", "ReleasePublished", [releaseOf(index), publisher, circuit], data);
  return { from: publisher, to: DEPLOYMENT.modelRegistry, logs: [log] };
}

/** Returns the id of a release. */
export function releaseOf(index: number): Hex {
  return hash32("release", index);
}
