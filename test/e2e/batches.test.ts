import { setTimeout as delay } from "node:timers/promises";
import type { Receipt, RequestId } from "@vouch/protocol";
import {
  decodeAssurance,
  encodeReceiptEvidence,
  encodeRequestParams,
  parseReceipt,
  serializeReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { fetchReceipt } from "@vouch/sdk";
import { unloadRelease } from "@vouch/worker";
import { expect } from "chai";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import type { Scenario } from "../helpers/creditScenario.ts";
import { askRow } from "../helpers/creditScenario.ts";
import type { DaemonProcess, DaemonSite } from "../helpers/daemonProcess.ts";
import { openDaemonSite } from "../helpers/daemonProcess.ts";
import { layeredModel } from "../helpers/layeredModel.ts";
import { openTinyScenario } from "../helpers/tinyScenario.ts";

const OPEN = 1n;
const FULFILLED = 5n;
const CANCELLED = 7n;
const REQUESTS = 4;
const GATHERS = { VOUCH_SETTLE_GATHER_SECONDS: "60" };

if (process.env["VOUCH_DEEP"] !== "1") {
  process.stderr.write(
    "\n  NOT TRIED: one proof of four requests, by a worker: it takes VOUCH_DEEP=1.\n",
  );
} else {
  for (const system of ["groth16", "committedGroth16"] as const) {
    describe(`four requests that one proof proves (${system})`, function () {
      this.timeout(600_000);

      let scenario: Scenario & { readonly close: () => void };
      let site: DaemonSite;
      let worker: DaemonProcess;
      let requests: readonly RequestId[];

      before(async () => {
        const batches = [REQUESTS];
        scenario = await openTinyScenario("private", layeredModel(1), { batches, system });
        site = await openDaemonSite(scenario);
        worker = await site.start({ ...GATHERS, VOUCH_WORK_SETTLE: "0" });
      });
      after(async () => {
        await worker.kill("SIGTERM");
        await site.close();
        await unloadRelease(scenario.served);
        scenario.close();
        await terminate();
      });

      /** Mines until it holds: the worker waits for blocks. */
      async function until(holds: () => Promise<boolean>): Promise<void> {
        for (let i = 0; i < 1_200; i++) {
          if (await holds()) return;
          await scenario.chain.connection.networkHelpers.mine();
          await delay(100);
        }
        throw new Error(`it never came: ${worker.text().slice(-6_000)}`);
      }

      const statusOf = (id: RequestId): Promise<bigint> =>
        scenario.chain.contracts.requests.statusOf(id);
      const saidOf = (what: string): number => worker.text().split(what).length - 1;

      it("are proven once, recorded once, and each settled; one that is cancelled is left out", async () => {
        const { chain, cast } = scenario;
        const asked = [];
        for (let row = 0; row < REQUESTS; row++) asked.push(await askRow(scenario, row));
        requests = asked.map(({ id }) => id);
        await until(() => Promise.resolve(saidOf('"request proved"') === REQUESTS));
        expect(saidOf('"request proofMade"')).to.equal(1);
        // Between proving and settling, which the next process does, one is given up and cancelled.
        expect(await worker.kill("SIGTERM")).to.equal(0);
        const { id, params } = asked[2]!; // of four
        const encoded = encodeRequestParams(params);
        await contractsAs(chain, cast.operator).requests.unlock(id, encoded);
        expect(await statusOf(id)).to.equal(OPEN);
        await chain.contracts.requests.cancel(id, encoded);
        expect(await statusOf(id)).to.equal(CANCELLED);

        worker = await site.start(GATHERS);
        const others = requests.filter((it) => it !== id);
        await until(async () => {
          const statuses = await Promise.all(others.map(statusOf));
          return statuses.every((it) => it === FULFILLED);
        });
        expect(await statusOf(id)).to.equal(CANCELLED);
        expect(saidOf('"request proofMade"')).to.equal(0);
        expect(saidOf('"request recorded"')).to.equal(1);
        requests = others;
      });

      it("have receipts that verify without a chain, and on it", async () => {
        const { contracts, domain, deployment } = scenario.chain;
        for (const request of requests) {
          const fetched = await fetchReceipt(contracts, domain, request, deployment.fromBlock);
          const receipt: Receipt = parseReceipt(JSON.parse(serializeReceipt(fetched.receipt)));
          const { assurance, checks } = verifyReceipt(receipt, { request });
          expect(assurance.kinds).to.include("zk");
          expect(checks.find(({ name }) => name === "zk")?.detail).to.contain("4 statements");
          const { release, operator } = receipt.statement;
          const claim = { release, request, operator };
          const words = { input: [...receipt.input], output: [...receipt.output] };
          const evidence = encodeReceiptEvidence(receipt);
          const assessed = await contracts.router.assess({ ...claim, ...words, evidence });
          expect(decodeAssurance(assessed).kinds).to.include("zk");
        }
      });
    });
  }
}
