import type { Signer } from "ethers";
import { ZeroAddress } from "ethers";
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { interpret } from "@vouch/compiler";
import { decodeAssurance, parseReceipt, verifyReceipt } from "@vouch/protocol";
import { terminate, verifyReceiptIndependently } from "@vouch/prover";
import { connect, defineRelease, fetchReceipt } from "@vouch/sdk";
import { askCommitted, askPublic, deployCreditLine } from "../../scripts/demo/creditLine.ts";
import { bringReceipt } from "../../scripts/demo/creditDesk.ts";
import { forgeReceipts } from "../../scripts/demo/forgeries.ts";
import type { StepLog } from "../../scripts/demo/steps.ts";
import { deliverOpening } from "../../offchain/hardhat/tasks/deliverOpening.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { openCreditScenario, refusalsOf, serveRow } from "../helpers/creditScenario.ts";

const GRANTED = 2n;
const REFUSED = 3n;

/** The demo, step by step, with its outcomes asserted. */
describe("ONNX file to settled decision", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;

  before(async () => {
    scenario = await openCreditScenario();
  });

  after(terminate);

  describe("given a consumer that asks in public", () => {
    it("is called back with a proven, signed answer, and everyone is paid what they are owed", async () => {
      const { chain, cast, open, worker, events } = scenario;
      const { requests, vault } = chain.contracts;
      const line = await deployCreditLine(chain, cast, open.id);
      const asked = await askPublic(silentLog(), line, cast, open);
      const operatorBefore = await requests.creditOf(ZeroAddress, cast.operator.address);

      await worker.poll();

      expect(await line.decisionOf(asked.applicant)).to.equal(GRANTED);
      const assurance = decodeAssurance(await requests.assuranceOf(asked.id));
      expect(assurance.kinds).to.deep.equal(["signature", "zk"]);
      expect(assurance.developmentSetup).to.equal(true);
      expect(assurance.stakeAtRisk).to.equal(10n ** 16n);
      const exposed = await vault.liabilityOf(cast.operator.address, requests, asked.id);
      expect(exposed.own).to.equal(10n ** 16n);
      expect(await requests.creditOf(ZeroAddress, cast.operator.address)).to.be.greaterThan(
        operatorBefore + 10n ** 15n - 1n,
      );
      const statuses = events
        .filter(({ request }) => request === asked.id)
        .map(({ status }) => status);
      expect(statuses).to.deep.equal([
        "locked",
        "executed",
        "signed",
        "proofMade",
        "proved",
        "fulfilled",
      ]);
    });
  });

  describe("given a consumer that asks by commitment", () => {
    it("is called back, and no element of the input is on the chain or in the receipt", async () => {
      const { chain, cast, closed, worker } = scenario;
      const line = await deployCreditLine(chain, cast, closed.id);
      const asked = await askCommitted(silentLog(), chain, line, cast, closed);

      await worker.poll();

      expect(await line.decisionOf(asked.applicant)).to.equal(REFUSED);
      const { receipt } = await fetchReceipt(
        chain.contracts,
        chain.domain,
        asked.id,
        chain.deployment.fromBlock,
      );
      expect(receipt.input).to.have.length(1);
      expect(receipt.circuit?.input.mode).to.equal("committed");
      const { output } = closed.prepared.compiled;
      const [digit] = interpret(closed.prepared.compiled.graph, asked.elements);
      expect(receipt.output).to.deep.equal([(digit ?? 0n) + (1n << BigInt(output.bits - 1))]);
    });
  });

  describe("given an application that asks through the SDK", () => {
    it("gets outputs by port for an input that only its operators see", async () => {
      const { chain, closed, worker } = scenario;
      const vouch = await connect({
        provider: chain.contracts.requests.runner as Signer,
        deployment: chain.deployment,
        pollIntervalMs: 10,
      });
      const { manifest } = closed.prepared.bundle;
      const { inputs, outputs } = manifest.ports ?? {
        inputs: [manifest.input],
        outputs: [manifest.output],
      };
      const release = defineRelease({
        ...{ id: closed.id, model: manifest.model, version: manifest.version, inputs, outputs },
        ...{ input: "committed", output: "public" },
      });
      const row = closed.samples.rows[0]?.x ?? [];
      const [port] = inputs;
      const told: string[] = [];
      let polling: Promise<unknown> | undefined;
      const result = await vouch.infer(
        {
          release,
          input: { [port?.name ?? ""]: Float64Array.from(row) },
          policy: "zk:any+signature",
          fee: 10n ** 15n,
        },
        {
          deliverOpening: async ({ commitment, ...opening }) => {
            await deliverOpening(chain, commitment, opening);
          },
          onProgress: ({ status }) => {
            told.push(status);
            if (status === "asked") polling = worker.poll();
          },
        },
      );
      await polling;
      expect(told.at(-1)).to.equal("verified");
      expect(result.assurance.kinds).to.deep.equal(["signature", "zk"]);
      expect(result.receipt.input).to.have.length(1); // its commitment
      const { compiled } = closed.prepared;
      const [digit = 0n] = interpret(compiled.graph, result.opening?.input ?? []);
      const values = Object.values(result.output).flat(2);
      expect(values).to.deep.equal([Number(digit) / 2 ** compiled.output.fractionBits]);
    });
  });

  describe("given its receipt", () => {
    it("verifies offline by two paths, from the file that the worker wrote", async () => {
      const { receipt } = await serveRow(scenario, 2);
      const event = scenario.events.findLast((it) => it.status === "fulfilled");
      if (event?.status !== "fulfilled") throw new Error("nothing was fulfilled");
      expect(existsSync(event.receiptPath)).to.equal(true);
      const text = readFileSync(event.receiptPath, "utf8");

      expect(parseReceipt(JSON.parse(text))).to.deep.equal(receipt);
      expect(verifyReceipt(receipt).assurance.kinds).to.deep.equal(["signature", "zk"]);
      const again = await verifyReceiptIndependently(text);
      expect(again).to.deep.equal({ input: true, output: true, signature: true, zk: true });
    });

    it("refuses the four forgeries, off-chain and on-chain", async () => {
      const { receipt, elements } = await serveRow(scenario, 3);
      const { cast, served } = scenario;
      const forgeries = await forgeReceipts({
        honest: receipt,
        served,
        input: elements,
        operator: cast.operator,
        otherOperator: cast.otherOperator,
      });
      expect(forgeries).to.have.length(4);
      for (const { name, receipt: forged, offChain, onChain } of forgeries) {
        expect(await refusalsOf(scenario, forged), name).to.deep.equal([offChain, onChain]);
      }
    });

    it("serves a second consumer in one transaction, once", async () => {
      const { receipt } = await serveRow(scenario, 0);
      const notes: string[] = [];
      await bringReceipt(silentLog(notes), scenario.chain, scenario.cast, receipt);
      expect(notes).to.deep.equal([
        "CreditDesk: limit 1000",
        "the same receipt a second time: refused, ReceiptAlreadyUsed",
      ]);
    });
  });
});

function silentLog(notes: string[] = []): StepLog {
  return {
    steps: [],
    heading: () => undefined,
    add: () => undefined,
    note: (text) => {
      notes.push(text);
    },
    run: (_name, work) => work(),
  };
}
