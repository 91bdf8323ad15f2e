import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import { allOf, requireSignature } from "@vouch/protocol";
import { expect } from "chai";
import type { CreditScenario } from "../../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../../helpers/daemonProcess.ts";
import { openDaemonSite } from "../../helpers/daemonProcess.ts";
import { freePort } from "../../helpers/freePort.ts";
import { differences, openBooks, reconcile, tableOf } from "../../helpers/reconcile.ts";
import { fillFolder } from "../../helpers/stores.ts";
import { until } from "../../helpers/until.ts";

const SIGNED = allOf([requireSignature()]);
const [OPEN, LOCKED] = [1n, 2n];
const SHARED = "another process uses its key";
const MAX_ASKED = 8;

type Running = { readonly worker: DaemonProcess; readonly pages: string };

/** For the long run: the soak has a twin of its own by default. */
const deepDescribe = process.env["VOUCH_DEEP"] === "1" ? describe : (): undefined => undefined;

deepDescribe("two workers with one key and a database each", function () {
  this.timeout(240_000);

  let scenario: CreditScenario;
  let site: DaemonSite;
  let snapshot: Awaited<
    ReturnType<CreditScenario["chain"]["connection"]["networkHelpers"]["takeSnapshot"]>
  >;

  before(async () => {
    scenario = await openCreditScenario();
    snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    site = await openDaemonSite(scenario);
  });
  after(async () => {
    await site.close();
    await snapshot.restore();
  });

  async function start(): Promise<Running> {
    const { chain, cast } = scenario;
    const home = mkdtempSync(join(tmpdir(), "vouch-shared-key-"));
    for (const shared of ["releases", "keys", "cache"] as const)
      symlinkSync(chain.home[shared], join(home, shared));
    const at = `${chain.domain.chainId}-${chain.deployment.anchor}`;
    const store = join(home, "operators", cast.operator.address.toLowerCase(), at, "store");
    mkdirSync(store, { recursive: true });
    await fillFolder(store);
    const port = String(await freePort());
    const worker = await site.start({ VOUCH_HOME: home, VOUCH_OBSERVE_PORT: port });
    return { worker, pages: `http://127.0.0.1:${port}` };
  }

  const ask = async (row: number): Promise<RequestId> =>
    (await askRow(scenario, row % 20, { policy: SIGNED })).id;
  const statuses = (ids: readonly RequestId[]): Promise<bigint[]> =>
    Promise.all(ids.map((id) => scenario.chain.contracts.requests.statusOf(id)));
  const isFound = async ({ pages }: Running): Promise<boolean> =>
    (await (await fetch(`${pages}/readyz`)).text()).includes(SHARED);
  const mine = async (): Promise<void> => {
    await scenario.chain.connection.networkHelpers.mine();
    await delay(100); // a block is a second, and requests have deadlines
  };

  it("find out, who does locks nothing more, and nothing is answered twice", async () => {
    const { chain, cast } = scenario;
    const parties = {
      contracts: chain.contracts,
      operator: cast.operator.address.toLowerCase() as Hex,
      requester: (await chain.connection.ethers.getSigners())[0]!.address as Hex,
    };
    const before = await openBooks(parties);
    const both = await Promise.all([start(), start()]);
    const asked: RequestId[] = [];
    const finders = async (): Promise<readonly Running[]> => {
      const found = await Promise.all(both.map(isFound));
      return both.filter((_, i) => found[i]);
    };
    await until(
      "one found the other out",
      async () => {
        if (asked.length < MAX_ASKED) asked.push(await ask(asked.length));
        await mine();
        return (await finders()).length > 0;
      },
      60_000,
    );
    const settled = async (): Promise<boolean> => {
      await mine();
      return (await statuses(asked)).every((it) => it !== LOCKED);
    };
    await until("what was locked is answered", settled, 60_000);

    // One that saw no transaction but its own goes on; the others leave everything to it.
    const halted = await finders();
    const late = [await ask(0), await ask(1)];
    asked.push(...late);
    const head = await chain.connection.ethers.provider.getBlockNumber();
    await until("all have read them", async () => {
      await mine();
      const next = await Promise.all(both.map(nextBlockOf));
      return next.every((it) => it > head);
    });
    await until("what was locked is answered", settled, 60_000);
    for (const { worker } of halted) {
      expect(worker.text()).to.include("KEY_SHARED");
      expect(locksOf(worker).filter((id) => late.includes(id as RequestId))).to.be.empty;
    }
    for (const { worker } of both) await worker.kill("SIGKILL");

    const after = await statuses(asked);
    const answered = asked.filter((_, i) => after[i] !== OPEN);
    const rows = await reconcile(answered, before, parties);
    process.stderr.write(tableOf("two workers with one key", rows));
    expect(answered).to.not.be.empty;
    expect(differences(rows)).to.be.empty;
  });
});

/** The requests that a worker says it has locked. */
function locksOf(worker: DaemonProcess): readonly string[] {
  return worker
    .text()
    .split("\n")
    .filter((line) => line.includes('"msg":"request locked"'))
    .map((line) => (JSON.parse(line) as { readonly requestId: string }).requestId);
}

async function nextBlockOf({ pages }: Running): Promise<number> {
  const status: unknown = await (await fetch(`${pages}/status`)).json();
  return (status as { readonly nextBlock: number }).nextBlock; // the worker's own page
}
