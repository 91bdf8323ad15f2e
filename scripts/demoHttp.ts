// Two inferences bought over HTTP, on a chain of this machine, with nothing simulated: a streamed text and a proven tensor.
import { terminate } from "@vouch/prover";
import hre from "hardhat";
import { ensureStake } from "../offchain/hardhat/tasks/openWorker.ts";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";
import { buyCompletion } from "./demo/http/buyCompletion.ts";
import { buyProof } from "./demo/http/buyProof.ts";
import { reconcile } from "./demo/http/reconcile.ts";
import { openPurse, openStage, publishText } from "./demo/http/stage.ts";
import { startGateway } from "./demo/http/startGateway.ts";
import { gasSpent, MODEL, publishModel } from "./demo/scenario.ts";
import { createStepLog, formatStep } from "./demo/steps.ts";

const STAKE = 10n ** 18n;
const FUNDS = 1_000_000n;
const TEXT_PRICE = 1_000n;
const PROOF_PRICE = 25_000n;
const PROOF = "zk:any+signature";

const log = createStepLog();
const started = performance.now();
console.log("Vouch: inference over HTTP, paid by x402, with receipts that the client verifies.");

log.heading("1  A chain of this machine, with the contracts that every deployment has");
const { stage } = await log.run(
  "start, deploy",
  async () => {
    const opened = await openStage();
    return { stage: opened, gas: await gasSpent(opened.chain) };
  },
  ({ gas }) => gas,
);
try {
  const { chain, cast } = stage;

  log.heading(`2  Publish ${MODEL} and char-gpt`);
  const { onProgress, done } = progressLine(false);
  const model = await log.run("compile, set up, register the tensor model", () =>
    publishModel(chain, hre.config.paths.root, "public", onProgress).finally(done),
  );
  log.note("DEVELOPMENT SET-UP: for this demo only, its maker can forge");
  const text = await log.run("register the language model", () => publishText(stage));
  log.note("no circuit: its answers are signed, and can be run again");

  log.heading("3  An operator with stake opens its gateway; a requester gets a purse");
  const purse = await openPurse(cast, FUNDS);
  await log.run("stake and bond", () => ensureStake(chain, cast.operator, STAKE));
  const prices = [
    `char-gpt:signature:${TEXT_PRICE}`,
    `${MODEL}:${PROOF}:${PROOF_PRICE}:individual`,
  ];
  const gateway = await log.run("start vouch-gateway", () =>
    startGateway(stage, purse, prices, PROOF_PRICE),
  );
  for (const price of prices) log.note(`sells ${price}`);
  try {
    log.heading("4  A paid, streamed completion: OpenAI's client, which pays and verifies");
    const { url } = gateway;
    await buyCompletion(log, stage, purse, text, { url, price: TEXT_PRICE });

    log.heading("5  A paid proof: the contract holds the money, and pays when the proof verifies");
    const proof = { url, policy: PROOF, price: PROOF_PRICE };
    await buyProof(log, stage, purse, model, proof);

    log.heading("6  The money, in the token's smallest unit");
    await reconcile(log, stage, purse, { funds: FUNDS, spent: TEXT_PRICE + PROOF_PRICE });
  } finally {
    await log.run("stop vouch-gateway", () => gateway.stop());
  }
} finally {
  await stage.close();
  await terminate();
}
console.log(`\n${"─".repeat(84)}`);
for (const step of log.steps) console.log(formatStep(step));
console.log(`Done in ${((performance.now() - started) / 1_000).toFixed(1)} s.`);
