import { ponder } from "ponder:registry";
import { model, release } from "ponder:schema";
import { numberToHex, zeroHash } from "viem";
import { addToNetwork } from "./addToNetwork.ts";
import { clip } from "./rows/clip.ts";
import { modelId } from "./rows/modelId.ts";
import { policyJson } from "./rows/policyJson.ts";

/** In the order of `RuntimeClass` on-chain. */
const RUNTIMES = ["bitExact", "tolerant", "sampled"] as const;

ponder.on("ModelRegistry:ReleasePublished", async ({ event, context: { db } }) => {
  const { id, publisher, circuit, release: published, uri } = event.args;
  const at = Number(event.block.timestamp);
  const ofModel = modelId(publisher, published.model);
  const [name, licence] = [clip(published.model), clip(published.licence)];
  const before = await db.find(model, { id: ofModel });
  await db.insert(release).values({
    ...{ id, modelId: ofModel, publisher, circuit, licence },
    model: name,
    version: clip(published.version),
    content: published.content,
    weights: numberToHex(published.weights, { size: 32 }),
    inputFractionBits: published.inputFractionBits,
    outputFractionBits: published.outputFractionBits,
    runtime: RUNTIMES[published.runtime] ?? "unknown",
    manifest: published.manifest,
    royaltyBps: published.royaltyBps,
    floor: policyJson(published.floor),
    uri: clip(uri),
    previous: before?.latest ?? null,
    ...{ requests: 0, answers: 0, fees: 0n, royalties: 0n },
    publishedAt: at,
    publishedBlock: Number(event.block.number),
    publishedTx: event.transaction.hash,
    lastUsedAt: 0,
  });
  const newest = {
    ...{ latest: id, circuit },
    search: `${name} ${publisher} ${licence}`.toLowerCase(),
    deprecated: false,
    publishedAt: at,
  };
  await db
    .insert(model)
    .values({
      ...{ id: ofModel, publisher, name, ...newest },
      ...{ releases: 1, requests: 0, answers: 0, fees: 0n, lastUsedAt: 0 },
    })
    .onConflictDoUpdate((row) => ({ ...newest, releases: row.releases + 1 }));
  await addToNetwork(db, at, { releases: 1, models: before === null ? 1 : 0 });
});

ponder.on("ModelRegistry:ReleaseDeprecated", async ({ event, context: { db } }) => {
  const { id, successor, reason } = event.args;
  const row = await db.find(release, { id });
  if (row === null) return;
  await db.update(release, { id }).set({
    successor: successor === zeroHash ? null : successor,
    deprecation: clip(reason),
    deprecatedAt: Number(event.block.timestamp),
  });
  await db
    .update(model, { id: row.modelId })
    .set((it) => ({ deprecated: it.deprecated || it.latest === id }));
});
