import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, Policy, RequestId, TcbStatus } from "@vouch/protocol";
import {
  allOf,
  decodeAssurance,
  encodeRequestParams,
  findContractError,
  hashOfWords,
  requireSignature,
  requireTee,
  statementDigest,
  verifyReceipt,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import { fetchReceipt } from "@vouch/sdk";
import type { Enclave, SignLog, StepDeps, StepOptions } from "@vouch/worker";
import { inferStep, loadRelease } from "@vouch/worker";
import {
  DEVELOPMENT_TCB,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { documentSignature } from "@vouch/attestation";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import { codeOfPromise } from "../helpers/codeOf.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario } from "../helpers/creditScenario.ts";
import { freshWorker, temporarySignLog } from "../helpers/freshWorker.ts";
import { approveMeasurement, openSimulatedEnclave } from "../helpers/simulatedEnclave.ts";

const OPEN = 1n;
const FULFILLED = 5n;
const SIMULATED = requireTee("UpToDate", { simulated: true });
const ADVISORY = 289;

/** A worker inside an enclave: what it signs, what the router takes, and what it leaves alone. */
describe("worker in an enclave", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;
  let enclave: Enclave;
  let takeBack: () => Promise<void>;
  /** Of the operator, where a test says nothing else. */
  const signLog = temporarySignLog();

  before(async () => {
    scenario = await openCreditScenario();
    const snapshot = await scenario.chain.connection.networkHelpers.takeSnapshot();
    takeBack = () => snapshot.restore();
    ({ enclave } = await openSimulatedEnclave(scenario, 1));
    await approveMeasurement(scenario, enclave.measurement);
  });

  after(() => takeBack());
  after(terminate);

  const statusOf = (id: RequestId): Promise<bigint> =>
    scenario.chain.contracts.requests.statusOf(id);

  /** Asks, lets a worker look once, and returns what became of the request. */
  async function serve(
    row: number,
    policy: Policy,
    change: { readonly enclave?: Enclave; readonly signLog?: SignLog } = { enclave },
  ): Promise<{ readonly id: RequestId; readonly statuses: string[]; readonly reason?: string }> {
    const { id } = await askRow(scenario, row, { policy });
    const { worker, events } = freshWorker(scenario, { signLog, ...change });
    await worker.poll();
    const own = events.filter(({ request }) => request === id);
    const reason = own.flatMap((it) => (it.status === "skipped" ? [it.reason] : []))[0];
    const statuses = own.map(({ status }) => status);
    return { id, statuses, ...(reason === undefined ? {} : { reason }) };
  }

  describe("given a policy of a simulated enclave beside a signature", () => {
    it("is served in one transaction, paid, and its receipt verifies", async () => {
      const { chain, cast } = scenario;
      const { requests } = chain.contracts;
      const before = await requests.creditOf(ZeroAddress, cast.operator.address);

      const { id, statuses } = await serve(0, allOf([SIMULATED, requireSignature()]));

      expect(statuses).to.deep.equal(["locked", "executed", "signed", "attested", "fulfilled"]);
      expect(await requests.creditOf(ZeroAddress, cast.operator.address)).to.be.greaterThan(before);
      const assurance = decodeAssurance(await requests.assuranceOf(id));
      expect(assurance.kinds).to.deep.equal(["signature", "tee"]);
      expect(assurance).to.include({ simulatedEnclave: true, minTcb: 6 });

      const { fromBlock } = chain.deployment;
      const { receipt } = await fetchReceipt(chain.contracts, chain.domain, id, fromBlock);
      expect(verifyReceipt(receipt).assurance.kinds).to.deep.equal(["signature", "tee"]);
      const tee = receipt.evidence.find(({ kind }) => kind === "tee");
      expect(tee).to.include({ key: enclave.key, measurement: enclave.measurement });
    });
  });

  describe("given a policy of a simulated enclave alone", () => {
    it("is served by the enclave's signature, and by none of the operator's", async () => {
      const recorded: Hex[] = [];
      const log = temporarySignLog();
      const recording: SignLog = {
        ...log,
        recordAll: (entries) => {
          recorded.push(...entries.map(({ digest }) => digest));
          return log.recordAll(entries);
        },
      };
      const { id, statuses } = await serve(1, allOf([SIMULATED]), {
        enclave,
        signLog: recording,
      });
      expect(statuses).to.deep.equal(["locked", "executed", "attested", "fulfilled"]);

      const { chain } = scenario;
      const { fromBlock } = chain.deployment;
      const { receipt } = await fetchReceipt(chain.contracts, chain.domain, id, fromBlock);
      expect(receipt.evidence.map(({ kind }) => kind)).to.deep.equal(["tee"]);
      expect(recorded).to.deep.equal([statementDigest(chain.domain, receipt.statement)]);
    });

    it("is signed by no enclave where another statement is in the sign log", async () => {
      const { id } = await askRow(scenario, 2, { policy: allOf([SIMULATED]) });
      const contradicted = temporarySignLog();
      contradicted.record(id, hashOfWords([666n]));
      const { signed, spy } = spied(enclave);

      const { worker, events } = freshWorker(scenario, { enclave: spy, signLog: contradicted });
      await worker.poll();

      expect(signed).to.deep.equal([]);
      expect(await statusOf(id)).to.equal(OPEN);
      const mine = events.filter(({ request }) => request === id).map(({ status }) => status);
      expect(mine).to.deep.equal(["locked", "executed", "skipped"]);
    });
  });

  describe("given what its enclave cannot meet", () => {
    for (const [what, policy] of [
      ["a policy that does not say simulated", allOf([requireTee("UpToDate")])],
      [
        "a policy of whom one clause does not say simulated",
        allOf([SIMULATED, requireTee("OutOfDate"), requireSignature()]),
      ],
    ] as const) {
      it(`locks nothing for ${what}`, async () => {
        const { id, statuses } = await serve(3, policy);
        expect(statuses).to.deep.equal(["skipped"]);
        expect(await statusOf(id)).to.equal(OPEN);
      });
    }

    it("locks nothing for a measurement that is approved and another", async () => {
      const other = await openSimulatedEnclave(scenario, 2);
      const { measurement } = other.enclave;
      await approveMeasurement(scenario, measurement);
      const policy = allOf([requireTee("UpToDate", { measurement, simulated: true })]);
      const refused = await serve(4, policy);
      expect(refused.statuses).to.deep.equal(["skipped"]);

      const { worker } = freshWorker(scenario, { enclave: other.enclave, signLog });
      await worker.poll();
      expect(await statusOf(refused.id)).to.equal(FULFILLED);
    });

    it("locks nothing where it runs in no enclave", async () => {
      const { id, statuses } = await serve(5, allOf([SIMULATED]), {});
      expect(statuses).to.deep.equal(["skipped"]);
      expect(await statusOf(id)).to.equal(OPEN);
    });
  });

  describe("given a measurement that the publisher withdrew", () => {
    it("locks nothing that was asked before, and nobody can ask for it again", async () => {
      const { enclave: gone } = await openSimulatedEnclave(scenario, 3);
      await approveMeasurement(scenario, gone.measurement);
      const { measurement } = gone;
      const policy = allOf([requireTee("UpToDate", { measurement, simulated: true })]);
      const { id } = await askRow(scenario, 6, { policy });
      const { chain, cast, open } = scenario;
      const now = await chain.connection.networkHelpers.time.latest();
      const { enclaves } = contractsAs(chain, cast.publisher);
      await (await enclaves.withdraw(open.id, measurement, now)).wait();

      const { worker, events } = freshWorker(scenario, { enclave: gone, signLog });
      await worker.poll();

      expect(await statusOf(id)).to.equal(OPEN);
      expect(events.some((it) => it.request === id && it.status === "locked")).to.equal(false);
      const asked = await askRow(scenario, 6, { policy }).catch((error: unknown) => error);
      expect(findContractError(asked)?.name).to.equal("PolicyUnsatisfiable");
    });
  });

  describe("given a model file that was swapped", () => {
    it("is refused before there is anything to sign with it", async () => {
      const { chain, served } = scenario;
      const releases = mkdtempSync(join(tmpdir(), "vouch-"));
      const folder = join(releases, served.id);
      cpSync(join(chain.home.releases, served.id), folder, { recursive: true });
      const file = readFileSync(join(folder, "model.onnx"));
      file[file.length >> 1] = (file[file.length >> 1] ?? 0) ^ 1;
      writeFileSync(join(folder, "model.onnx"), file);

      const home = { releases, keys: chain.home.keys };
      const loaded = loadRelease(home, served.id, { cache: chain.home.cache });
      expect(await codeOfPromise(loaded)).to.equal("CONTENT_MISMATCH");

      // What was not loaded is not served, whatever the policy.
      const { signed, spy } = spied(enclave);
      const { id } = await askRow(scenario, 7, { policy: allOf([SIMULATED]) });
      const { worker } = freshWorker(scenario, { enclave: spy, signLog, releases: new Map() });
      await worker.poll();
      expect(signed).to.deep.equal([]);
      expect(await statusOf(id)).to.equal(OPEN);
    });

    it("is served in the place of no other release", async () => {
      const { chain, cast, closed, served } = scenario;
      const { id, params } = await askRow(scenario, 8, { policy: allOf([SIMULATED]) });
      const { signed, spy } = spied(enclave);
      const releases = { get: () => Promise.resolve({ ...served, id: closed.id }) };
      const operator = cast.operator.address.toLowerCase() as Hex;
      const { contracts } = chain;
      // Nothing behind the look at the release is reached.
      const deps = { operator, contracts, releases, signLog, enclave: spy } as unknown as StepDeps;
      const attempt = inferStep({ id, params }, {} as StepOptions, deps);
      expect(await codeOfPromise(attempt)).to.equal("RELEASE_NOT_SERVED");
      expect(signed).to.deep.equal([]);
    });
  });

  // Last: what the vendor says of the platform is for all that follows here.
  describe("given a TCB recovery that lowers its status", () => {
    const renewed = async (): Promise<void> => {
      const { enclaves } = contractsAs(scenario.chain, scenario.cast.underwriter);
      const operator = scenario.cast.operator.address;
      const id = await enclaves.idOf(operator, enclave.key, enclave.measurement);
      await (await enclaves.renew(id)).wait();
    };

    let locked: RequestId;

    before(async () => {
      const { id, params } = await askRow(scenario, 11, { policy: allOf([SIMULATED]) });
      locked = id;
      const { requests } = contractsAs(scenario.chain, scenario.cast.operator);
      await (await requests.lock(id, encodeRequestParams(params))).wait();
      await recover("OutOfDate", [`INTEL-SA-${String(ADVISORY).padStart(5, "0")}`]);
    });

    it("serves what it locked before, which the router still takes", async () => {
      const { worker } = freshWorker(scenario, { enclave, signLog });
      await worker.poll();
      expect(await statusOf(locked)).to.equal(FULFILLED);
    });

    for (const [when, act] of [
      ["of which nobody told the registry yet", () => Promise.resolve()],
      ["by which anybody renewed its key", renewed],
    ] as const) {
      describe(when, () => {
        before(act);

        for (const [what, demands] of [
          ["a better status", requireTee("SWHardeningNeeded", { simulated: true })],
          [
            "that the advisory does not apply",
            requireTee("OutOfDate", { simulated: true, without: [1, ADVISORY] }),
          ],
        ] as const) {
          it(`locks nothing for a policy that demands ${what}`, async () => {
            const { id, statuses } = await serve(9, allOf([demands]));
            expect(statuses).to.deep.equal(["skipped"]);
            expect(await statusOf(id)).to.equal(OPEN);
          });
        }

        it("serves a policy that takes the status as it is", async () => {
          const demands = requireTee("OutOfDate", { simulated: true, without: [1, 2, 3] });
          const { id } = await serve(10, allOf([demands]));
          expect(await statusOf(id)).to.equal(FULFILLED);
        });
      });
    }
  });

  /** The simulated vendor says something new of the platform of development machines. */
  async function recover(status: TcbStatus, advisories: readonly string[]): Promise<void> {
    const { chain, cast } = scenario;
    const now = await chain.connection.networkHelpers.time.latest();
    const document = simulatedTcbInfo({
      tee: "TDX",
      fmspc: DEVELOPMENT_TCB.fmspc,
      evaluation: 18,
      period: { from: new Date(now * 1000), to: new Date((now + 20 * 86_400) * 1000) },
      levels: [
        {
          sgx: DEVELOPMENT_TCB.components,
          pceSvn: DEVELOPMENT_TCB.pceSvn,
          tdx: new Array<number>(16).fill(0),
          status,
          advisories,
        },
      ],
      modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
    });
    const { collateral } = contractsAs(chain, cast.underwriter).simulatedVendor;
    const { certificate } = simulatedTcbSigning();
    const signature = documentSignature(document, certificate);
    await (await collateral.refreshTcbInfo(Buffer.from(document.text), signature)).wait();
  }
});

/** An enclave that tells what it was asked to sign. */
function spied(enclave: Enclave): { readonly signed: Hex[]; readonly spy: Enclave } {
  const signed: Hex[] = [];
  const sign = (digest: Hex): ReturnType<Enclave["sign"]> => {
    signed.push(digest);
    return enclave.sign(digest);
  };
  return { signed, spy: { ...enclave, sign } };
}
