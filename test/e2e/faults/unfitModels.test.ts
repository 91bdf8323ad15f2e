import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExecutionError } from "@vouch/execution";
import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { publishRelease, writeBundle } from "@vouch/publisher";
import type { Item, Store } from "@vouch/queue";
import type { RequestItem, ServedRelease, StepQueueDeps, StepQueues } from "@vouch/worker";
import {
  ATTEMPTS,
  createBatchSigner,
  createHealthRecord,
  createStakeKeeper,
  DEFENCE_COSTS,
  loadedReleases,
  memoryAnswers,
  memorySignLog,
  stepQueues,
  toRequestItem,
} from "@vouch/worker";
import { expect } from "chai";
import type { PublishedModel } from "../../../scripts/demo/scenario.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { Scenario } from "../../helpers/creditScenario.ts";
import { askRow } from "../../helpers/creditScenario.ts";
import type { DaemonSite } from "../../helpers/daemonProcess.ts";
import { openDaemonSite } from "../../helpers/daemonProcess.ts";
import { dutiesOf } from "../../helpers/dutyScenario.ts";
import { freePort } from "../../helpers/freePort.ts";
import { POISONED_MODELS } from "../../helpers/poisonedModels.ts";
import type { Parties } from "../../helpers/reconcile.ts";
import { differences, openBooks, reconcile, tableOf } from "../../helpers/reconcile.ts";
import { fillFolder } from "../../helpers/stores.ts";
import { openTinyScenario, planTiny, publishPlan, tinyModel } from "../../helpers/tinyScenario.ts";
import { bundleOf, deepModel } from "../../helpers/unfitReleases.ts";
import { until } from "../../helpers/until.ts";

const SIGNED = allOf([requireSignature()]);
const [OPEN, FULFILLED] = [1n, 5n];
const BUDGET_MB = "1";
const ROWS = 3;

describe("a worker with releases that it cannot run", function () {
  this.timeout(240_000);

  let scenario: Scenario & { readonly close: () => void };
  let site: DaemonSite;
  /** What an operator's store holds beside the release that works. */
  let large: PublishedModel;
  let poisoned: PublishedModel;
  let torn: PublishedModel;

  before(async () => {
    scenario = await openTinyScenario("private", tinyModel(7));
    const { chain, open } = scenario;
    large = await publishPlan(chain, await planTiny(chain, deepModel(), "private", "deep"));
    torn = await publishPlan(chain, await planTiny(chain, tinyModel(8), "private", "torn"));
    const [, file] = POISONED_MODELS.find(([name]) => name.includes("2^44"))!; // it is one of them
    const bundle = bundleOf(open.prepared.bundle, file);
    await publishRelease(chain.contracts, bundle);
    poisoned = { ...open, id: bundle.id, prepared: { ...open.prepared, bundle } };
    site = await openDaemonSite(scenario);
  });
  after(async () => {
    await site.close();
    scenario.close();
  });

  const ask = async (of: PublishedModel): Promise<RequestId[]> => {
    const ids: RequestId[] = [];
    for (let row = 0; row < ROWS; row++)
      ids.push((await askRow({ ...scenario, open: of }, row, { policy: SIGNED })).id);
    return ids;
  };
  const statuses = (ids: readonly RequestId[]): Promise<bigint[]> =>
    Promise.all(ids.map((id) => scenario.chain.contracts.requests.statusOf(id)));
  const parties = async (): Promise<Parties> => ({
    contracts: scenario.chain.contracts,
    operator: scenario.cast.operator.address.toLowerCase() as Hex,
    requester: (await scenario.chain.connection.ethers.getSigners())[0]!.address as Hex,
  });

  /** A home of its own, for files in it are changed: what is published, and what the poisoned one's publisher hands out. */
  async function openHome(): Promise<string> {
    const { chain, open, cast } = scenario;
    const home = mkdtempSync(join(tmpdir(), "vouch-unfit-"));
    for (const shared of ["keys", "cache"] as const)
      symlinkSync(chain.home[shared], join(home, shared));
    const releases = join(home, "releases");
    mkdirSync(releases);
    for (const { id } of [open, large, torn])
      cpSync(join(chain.home.releases, id), join(releases, id), { recursive: true });
    await writeBundle(releases, poisoned.prepared.bundle);
    const file = join(releases, torn.id, "model.onnx");
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    const at = `${chain.domain.chainId}-${chain.deployment.anchor}`;
    const store = join(home, "operators", cast.operator.address.toLowerCase(), at, "store");
    mkdirSync(store, { recursive: true });
    await fillFolder(store);
    return home;
  }

  it("locks nothing for them, says why, and serves the others", async () => {
    const before = await openBooks(await parties());
    const port = String(await freePort());
    const worker = await site.start({
      ...{ VOUCH_HOME: await openHome(), VOUCH_OBSERVE_PORT: port },
      VOUCH_EXECUTION_BUDGET_MB: BUDGET_MB,
    });
    const page = async (name: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/${name}`)).text();
    const failed = (metrics: string, code: string): boolean =>
      new RegExp(`vouch_failures_total\\{step="infer",code="${code}"\\} [1-9]`).test(metrics);

    const unfit = [...(await ask(large)), ...(await ask(poisoned)), ...(await ask(torn))];
    const fit = await ask(scenario.open);
    await until(
      "the others are served, and these were looked at",
      async () => {
        await scenario.chain.connection.networkHelpers.mine();
        await delay(50);
        const metrics = await page("metrics");
        return (
          (await statuses(fit)).every((it) => it === FULFILLED) &&
          failed(metrics, "MODEL_TOO_LARGE") &&
          failed(metrics, "RELEASE_UNREADY")
        );
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(worker.text().slice(-4_000), { cause });
    });
    const said = worker.text();
    for (const { id } of [poisoned, torn]) expect(said).to.include(`Release ${id} cannot be run`);
    expect(await statuses(unfit)).to.deep.equal(unfit.map(() => OPEN));
    await until("it is ready", async () => (await page("readyz")) === "ready\n");
    expect(await worker.kill("SIGTERM")).to.equal(0);

    const { requests } = scenario.chain.contracts;
    for (const id of unfit)
      expect(await requests.queryFilter(requests.filters.RequestLocked(id))).to.be.empty;
    const rows = await reconcile(fit, before, await parties());
    process.stderr.write(tableOf("models that are too large, poisoned and torn", rows));
    expect(differences(rows)).to.be.empty;
  });

  describe("given one whose runs fail for want of memory", () => {
    const LIMITS = { maxFailures: 2, probeSeconds: 3_600, maxProbeSeconds: 3_600, recordSize: 10 };

    /** The queues' steps over the chain, with a release whose run ends as an allocation that is refused does. */
    async function queuesWith(
      broken: ServedRelease,
    ): Promise<{ readonly queues: StepQueues; readonly mayLock: () => boolean }> {
      const { cast, served, chain } = scenario;
      const duties = await dutiesOf(scenario, cast.operator);
      const { operator, domain } = duties;
      const signLog = memorySignLog();
      const releases = loadedReleases(new Map([broken, served].map((it) => [it.id, it])));
      const health = createHealthRecord(LIMITS);
      const steps = {
        ...{ ...duties, releases, signLog, answers: memoryAnswers(), emit: () => undefined },
        signer: createBatchSigner(
          { operator, domain, intervalMs: 0, maxBatch: 1 },
          { signer: cast.operator, signLog },
        ),
        stake: createStakeKeeper(
          { blockRange: 1_000, confirmations: 0 },
          { ...duties, fromBlock: chain.deployment.fromBlock },
        ),
      };
      const queue = { enqueue: () => Promise.resolve() };
      const options = {
        ...{ attempts: ATTEMPTS, minFee: 0n, tokens: new Map(), minVerificationGas: 0 },
        ...{ minServeSeconds: 0, maxHorizonSeconds: 3_600, defence: DEFENCE_COSTS },
      };
      const deps = {
        ...{ steps, health, store: { queue: () => queue } as unknown as Store },
        onFailure: () => undefined,
      } as unknown as StepQueueDeps; // settles nothing here
      return {
        queues: stepQueues(options as never, deps),
        mayLock: () => health.now().halt === undefined,
      };
    }

    it("gives each lock up, is halted by none, and answers for the others", async () => {
      const { served, chain, open } = scenario;
      const failure = new ExecutionError({ code: "MODEL_RUN_FAILED", release: torn.id });
      const broken: ServedRelease = {
        ...{ ...served, id: torn.id, release: torn.prepared.bundle.release },
        model: { ...served.model, run: () => Promise.reject(failure) },
      };
      const { queues, mayLock } = await queuesWith(broken);
      const infer = async (of: PublishedModel, row: number) => {
        const asked = await askRow({ ...scenario, open: of }, row, { policy: SIGNED });
        const { key, deadline, payload } = toRequestItem(asked, chain.contracts);
        const { signal } = new AbortController();
        const item: Item<RequestItem> = { key, deadline, payload, attempt: 1, since: 0, signal };
        return { id: asked.id, outcome: queues.handlers.infer(item) };
      };
      const { requests } = chain.contracts;
      for (let row = 0; row < ROWS; row++) {
        const { id, outcome } = await infer(torn, row);
        expect(await codeOfPromise(outcome)).to.equal("GIVEN_UP");
        expect(await requests.statusOf(id)).to.equal(OPEN);
        expect(await requests.queryFilter(requests.filters.RequestLocked(id))).to.have.length(1);
        expect(await requests.queryFilter(requests.filters.RequestUnlocked(id))).to.have.length(1);
      }
      expect(mayLock()).to.equal(true);
      const { outcome } = await infer(open, 0);
      expect(await outcome).to.include({ status: "done" });
    });
  });
});
