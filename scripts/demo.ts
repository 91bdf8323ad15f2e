// One inference, from ONNX file to a decision that a contract acts on, on an in-process chain, with nothing simulated.
import { ZeroAddress } from "ethers";
import { terminate } from "@vouch/prover";
import hre from "hardhat";
import { contractsAs, startChain } from "../offchain/hardhat/tasks/openChain.ts";
import { ensureStake, openWorker } from "../offchain/hardhat/tasks/openWorker.ts";
import { progressLine } from "../offchain/hardhat/tasks/progressLine.ts";
import { askCommitted, askPublic, deployCreditLine, untilDecided } from "./demo/creditLine.ts";
import { bringReceipt } from "./demo/creditDesk.ts";
import { showForgeries, showReceipt } from "./demo/receipt.ts";
import { castOf, gasSpent, MODEL, publishModel } from "./demo/scenario.ts";
import { createStepLog } from "./demo/steps.ts";
import { printSummary } from "./demo/summary.ts";

const STAKE = 10n ** 18n;

const log = createStepLog();
const started = performance.now();
console.log("Vouch: one inference with a receipt, on an in-process chain.");

log.heading("1  Deploy, through the module that every deployment uses");
const { chain } = await log.run(
  "deploy 7 contracts",
  async () => {
    const chain = await startChain(hre, await hre.network.create());
    return { chain, gas: await gasSpent(chain) };
  },
  ({ gas }) => gas,
);
const cast = await castOf(chain);

log.heading(`2  Publish ${MODEL}`);
const { onProgress, done } = progressLine(false);
const open = await log.run("compile, set up, register: public input", () =>
  publishModel(chain, hre.config.paths.root, "public", onProgress).finally(done),
);
log.add({ name: "  register circuit", gas: open.gas.circuitGas });
log.add({ name: "  publish release", gas: open.gas.releaseGas });
const closed = await log.run("compile, set up, register: committed input", () =>
  publishModel(chain, hre.config.paths.root, "committed", onProgress).finally(done),
);
const { bundle, circuits } = open.prepared;
log.note(`content ${bundle.release.content} (salted)`);
log.note(`weights ${"0x" + bundle.release.weights.toString(16)} (salted Poseidon commitment)`);
log.note(
  `circuit ${circuits[0]?.artefacts.constraints ?? 0} constraints; DEVELOPMENT SET-UP: for this demo only, its maker can forge`,
);
const { report } = bundle.manifest;
log.note(
  `int8 against float on ${report.rows} held-out rows: max error ${report.maxAbsError.toFixed(4)}, mean ${report.meanAbsError.toFixed(4)}`,
);
log.note(bundle.manifest.notice ?? "");

log.heading(
  "3  A consumer contract asks: policy zk AND signature, escrow for fee, verification and callback",
);
await ensureStake(chain, cast.operator, STAKE);
await ensureStake(chain, cast.otherOperator, STAKE);
const creditLine = await deployCreditLine(chain, cast, open.id);
const privateLine = await deployCreditLine(chain, cast, closed.id);
const { worker, releases, close } = await openWorker(chain, cast.operator, {
  pollIntervalMs: 50,
  silent: true,
  onEvent: (event) => {
    if (event.status === "skipped") log.note(`worker: ${event.status}: ${event.reason}`);
    // What is proven is in `proved`.
    else if ("ms" in event && event.status !== "proofMade") {
      log.add({
        name: `worker: ${event.status}`,
        ms: event.ms,
        ...("gasUsed" in event ? { gas: event.gasUsed } : {}),
      });
    }
  },
});
const controller = new AbortController();
const running = worker.start(controller.signal);
try {
  const asked = await askPublic(log, creditLine, cast, open);

  log.heading(
    "4  The worker locks, runs the integer model, signs, proves and fulfils in one transaction",
  );
  await untilDecided(log, creditLine, asked);

  log.heading("5  The receipt, offline and against forgers");
  const { receipt, path } = await showReceipt(log, chain, asked.id);
  const served = releases.get(open.id);
  if (served === undefined)
    throw new ReferenceError("the worker does not serve the release it just served");
  await showForgeries(log, chain, {
    honest: receipt,
    served,
    input: asked.elements,
    operator: cast.operator,
    otherOperator: cast.otherOperator,
  });

  log.heading(
    "6  A second consumer is brought the same receipt, in one transaction and without a callback",
  );
  await bringReceipt(log, chain, cast, receipt);

  log.heading("7  The same model on a private input: only its commitment reaches the chain");
  const askedPrivately = await askCommitted(log, chain, privateLine, cast, closed);
  await untilDecided(log, privateLine, askedPrivately);

  log.heading("8  Money leaves by pull only");
  const { requests } = contractsAs(chain, cast.operator);
  await log.run(
    "operator withdraws fee and gas",
    async () => (await requests.withdraw(ZeroAddress, cast.operator.address)).wait(),
    (it) => it?.gasUsed ?? 0n,
  );

  printSummary(log.steps, receipt, path, (performance.now() - started) / 1000);
} finally {
  controller.abort();
  await running;
  await close();
  await terminate();
}
