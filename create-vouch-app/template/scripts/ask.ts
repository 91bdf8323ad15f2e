// Asks a model on a chain of its own, whose operator proves the answer, and keeps the receipt.
import { writeFileSync } from "node:fs";
import { serializeReceipt } from "@vouch/protocol";
import { network } from "hardhat";

const connection = await network.create();
const local = await connection.vouch.local();
const release = await local.publish("models/vol-eth-mlp");
const [row] = release.samples;
if (row === undefined) throw new Error("models/vol-eth-mlp/samples.json has no rows");

const { output, receipt, verification } = await local.sdk.infer(
  { release: release.id, input: row.x, policy: "zk:any+signature", fee: 10n ** 15n },
  {
    signal: AbortSignal.timeout(180_000),
    onProgress: ({ status }) => {
      console.log(`  ${status}`);
    },
  },
);
console.log(`Logarithm of the volatility after ${row.id}: ${String(output)}`);
for (const check of verification.checks) console.log(`  verified: ${check.name}`);
writeFileSync("receipt.json", serializeReceipt(receipt));
console.log("The receipt is in receipt.json.");
await connection.close();
