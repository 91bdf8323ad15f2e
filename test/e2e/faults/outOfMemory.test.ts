import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import type { PublishedModel } from "../../../scripts/demo/scenario.ts";
import type { Scenario } from "../../helpers/creditScenario.ts";
import { askRow } from "../../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../../helpers/daemonProcess.ts";
import { openDaemonSite } from "../../helpers/daemonProcess.ts";
import { freePort } from "../../helpers/freePort.ts";
import { hungrySettings } from "../../helpers/hungryModel.ts";
import type { Parties } from "../../helpers/reconcile.ts";
import { differences, openBooks, reconcile, tableOf } from "../../helpers/reconcile.ts";
import { fillFolder } from "../../helpers/stores.ts";
import { openTinyScenario, planTiny, publishPlan, tinyModel } from "../../helpers/tinyScenario.ts";
import { until } from "../../helpers/until.ts";

const SIGNED = allOf([requireSignature()]);
const [OPEN, FULFILLED] = [1n, 5n];
const GIBIBYTE = 2 ** 30;
const HUNGER = 3 * GIBIBYTE;
const ROWS = 3;
/** More than a worker of small models takes, less than the hungry one. */
const KILL_BEYOND = 1.5 * GIBIBYTE;
const MOST_ENDS = 3;

const missing = whatIsMissing();
if (missing !== undefined)
  process.stderr.write(`\n  NOT TRIED: a worker that runs out of memory: ${missing}.\n`);
else
  describe("a worker with a model that takes far more memory than was estimated", function () {
    this.timeout(300_000);

    let scenario: Scenario & { readonly close: () => void };
    let site: DaemonSite;
    let hungry: PublishedModel;
    let home: string;
    let pages: string;
    let settings: Readonly<Record<string, string>>;

    before(async () => {
      scenario = await openTinyScenario("private", tinyModel(7));
      const { chain } = scenario;
      hungry = await publishPlan(chain, await planTiny(chain, tinyModel(9), "private", "hungry"));
      site = await openDaemonSite(scenario);
    });
    beforeEach(async () => {
      home = await openHome();
      const port = String(await freePort());
      pages = `http://127.0.0.1:${port}`;
      settings = {
        ...{ VOUCH_HOME: home, VOUCH_OBSERVE_PORT: port },
        ...hungrySettings(hungry.prepared.compiled, HUNGER),
      };
    });
    afterEach(() => {
      rmSync(home, { recursive: true, force: true });
    });
    after(async () => {
      await site.close();
      scenario.close();
    });

    const folderOf = (at: string): string => {
      const { chain, cast } = scenario;
      const place = `${chain.domain.chainId}-${chain.deployment.anchor}`;
      return join(at, "operators", cast.operator.address.toLowerCase(), place);
    };
    async function openHome(): Promise<string> {
      const { chain, open } = scenario;
      const made = mkdtempSync(join(tmpdir(), "vouch-memory-"));
      for (const shared of ["keys", "cache"] as const)
        symlinkSync(chain.home[shared], join(made, shared));
      for (const { id } of [open, hungry])
        cpSync(join(chain.home.releases, id), join(made, "releases", id), { recursive: true });
      const store = join(folderOf(made), "store");
      mkdirSync(store, { recursive: true });
      await fillFolder(store);
      return made;
    }
    const ask = async (of: PublishedModel): Promise<RequestId[]> => {
      const ids: RequestId[] = [];
      for (let row = 0; row < ROWS; row++)
        ids.push((await askRow({ ...scenario, open: of }, row, { policy: SIGNED })).id);
      return ids;
    };
    const statuses = (ids: readonly RequestId[]): Promise<bigint[]> =>
      Promise.all(ids.map((id) => scenario.chain.contracts.requests.statusOf(id)));
    const page = async (name: string): Promise<string> => (await fetch(`${pages}/${name}`)).text();
    const isUnready = async (): Promise<boolean> =>
      /vouch_failures_total\{step="infer",code="RELEASE_UNREADY"\} [1-9]/.test(
        await page("metrics"),
      );
    const parties = async (): Promise<Parties> => ({
      contracts: scenario.chain.contracts,
      operator: scenario.cast.operator.address.toLowerCase() as Hex,
      requester: (await scenario.chain.connection.ethers.getSigners())[0]!.address as Hex,
    });
    const untilMined = (what: string, condition: () => Promise<boolean>): Promise<void> =>
      until(
        what,
        async () => {
          await scenario.chain.connection.networkHelpers.mine();
          await delay(50);
          return condition();
        },
        90_000,
      );

    /** The unfit were never locked, the others are answered, and every wei is where it should be. */
    async function settleBooks(
      title: string,
      { fit, unfit }: { readonly fit: readonly RequestId[]; readonly unfit: readonly RequestId[] },
      before: Awaited<ReturnType<typeof openBooks>>,
    ): Promise<void> {
      const { requests } = scenario.chain.contracts;
      expect(await statuses(unfit)).to.deep.equal(unfit.map(() => OPEN));
      for (const id of unfit)
        expect(await requests.queryFilter(requests.filters.RequestLocked(id))).to.be.empty;
      const signLog = join(folderOf(home), "signed.jsonl");
      const rows = await reconcile(fit, before, await parties(), signLog);
      process.stderr.write(tableOf(title, rows));
      expect(differences(rows)).to.be.empty;
    }

    it("locks nothing for it where the system refuses the memory, and serves the others", async () => {
      const before = await openBooks(await parties());
      const worker = await site.start(settings);
      limitAddressSpace(worker.pid, GIBIBYTE);
      const unfit = await ask(hungry);
      const fit = await ask(scenario.open);
      await untilMined("the others are served, and it was looked at", async () => {
        const served = (await statuses(fit)).every((it) => it === FULFILLED);
        return served && (await isUnready());
      });
      expect(worker.text()).to.match(
        new RegExp(`${hungry.id} cannot be run now: onnxruntime could not run`),
      );
      await until("it is ready", async () => (await page("readyz")) === "ready\n");
      expect(await worker.kill("SIGTERM")).to.equal(0);
      await settleBooks("memory that the system refuses", { fit, unfit }, before);
    });

    it("tries it with no fourth process where the system kills the third, and serves the others", async () => {
      const before = await openBooks(await parties());
      const unfit = await ask(hungry);
      let worker: DaemonProcess;
      let ends = 0;
      for (;;) {
        worker = await site.start(settings);
        if (!(await killedForMemory(worker))) break;
        ends += 1;
        expect(ends).to.be.at.most(MOST_ENDS);
      }
      expect(ends).to.equal(MOST_ENDS);
      expect(worker.text()).to.include("was being loaded or first run when 3 processes ended");
      const fit = await ask(scenario.open);
      await untilMined("the others are served", async () =>
        (await statuses(fit)).every((it) => it === FULFILLED),
      );
      expect(await worker.kill("SIGTERM")).to.equal(0);
      await settleBooks("a process that is killed for its memory", { fit, unfit }, before);
    });

    /** Kills as a system with too little memory does; returns false where the worker leaves the model alone before. */
    async function killedForMemory(worker: DaemonProcess): Promise<boolean> {
      const kill = new AbortController();
      const { signal } = kill;
      const watch = setInterval(() => {
        if (signal.aborted || statusOf(worker.pid, "VmRSS") <= KILL_BEYOND) return;
        kill.abort();
        void worker.kill("SIGKILL");
      }, 10);
      try {
        await untilMined("it takes too much, or leaves the model alone", async () => {
          // It says nothing as long as it runs the model, and nothing any more once it is killed.
          const isLeft = await isUnready().catch((error: unknown) => {
            if (signal.aborted) return false;
            throw error;
          });
          return signal.aborted || isLeft;
        });
      } finally {
        clearInterval(watch);
      }
      if (signal.aborted) await worker.ended;
      return signal.aborted;
    }
  });

/** Bytes of a figure of a process's status. */
function statusOf(pid: number, name: "VmRSS" | "VmSize"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kibibytes = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status) ?? [];
  return Number(kibibytes) * 1024;
}

/** Lets a process have so much more memory than it has, and no more. */
function limitAddressSpace(pid: number, more: number): void {
  execFileSync("prlimit", ["--pid", String(pid), `--as=${statusOf(pid, "VmSize") + more}`]);
}

function whatIsMissing(): string | undefined {
  if (process.env["VOUCH_DEEP"] !== "1") return "it takes VOUCH_DEEP=1";
  if (spawnSync("prlimit", ["--version"]).status !== 0) return "no prlimit here, of util-linux";
  return totalmem() < 2 * HUNGER ? "this machine has less than 6 GiB of memory" : undefined;
}
