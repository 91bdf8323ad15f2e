import { ZeroAddress } from "ethers";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import {
  allOf,
  bytesToHex,
  encodeRequestParams,
  escrowOf,
  findContractError,
  hashOfWords,
  inputCommitment,
  inputSalt,
  requireZk,
  wordToHex,
} from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { SignLog, Worker } from "@vouch/worker";
import { openSignLog } from "@vouch/worker";
import { deliverOpening } from "../../offchain/hardhat/tasks/deliverOpening.ts";
import { contractsAs } from "../../offchain/hardhat/tasks/openChain.ts";
import type { CreditScenario } from "../helpers/creditScenario.ts";
import { askRow, openCreditScenario, rowOf } from "../helpers/creditScenario.ts";
import { freshWorker, temporarySignLog } from "../helpers/freshWorker.ts";

const OPEN = 1n;
const FULFILLED = 5n;
const REFUNDED = 8n;

describe("worker: what must not be lost", function () {
  this.timeout(300_000);

  let scenario: CreditScenario;

  before(async () => {
    scenario = await openCreditScenario();
  });

  after(terminate);

  async function lockByHand(id: RequestId, params: RequestParams): Promise<void> {
    const { requests } = contractsAs(scenario.chain, scenario.cast.operator);
    await (await requests.lock(id, encodeRequestParams(params))).wait();
  }

  const statusOf = (id: RequestId): Promise<bigint> =>
    scenario.chain.contracts.requests.statusOf(id);

  const exposedTo = async (id: RequestId): Promise<bigint> => {
    const { vault, requests } = scenario.chain.contracts;
    return (await vault.liabilityOf(scenario.cast.operator.address, requests, id)).own;
  };

  describe("given a worker that was killed after its lock", () => {
    it("fulfils what it had locked when it starts again", async () => {
      const { id, params } = await askRow(scenario, 4);
      await lockByHand(id, params);

      const { worker, events } = freshWorker(scenario);
      await worker.poll();

      expect(await statusOf(id)).to.equal(FULFILLED);
      expect(
        events.filter(({ request }) => request === id).map(({ status }) => status),
      ).to.not.include("locked");
    });
  });

  describe("given a worker that was killed between signing and fulfilling", () => {
    it("signs the same statement again", async () => {
      const path = join(mkdtempSync(join(tmpdir(), "vouch-")), "signed.jsonl");
      const { id, params } = await askRow(scenario, 5);
      await lockByHand(id, params);
      const first = openSignLog(path);
      let digest: Hex | undefined;
      const dying: SignLog = {
        ...first,
        record: (request, it) => {
          first.record(request, it);
          digest = it;
          throw new Error("killed here");
        },
      };
      await freshWorker(scenario, { signLog: dying }).worker.poll();
      expect(digest).to.not.equal(undefined);
      expect(await statusOf(id)).to.not.equal(FULFILLED);
      first.close();

      await freshWorker(scenario, { signLog: openSignLog(path) }).worker.poll();

      expect(await statusOf(id)).to.equal(FULFILLED);
    });
  });

  describe("given that another statement was signed for the request", () => {
    it("refuses to equivocate and gives the lock up", async () => {
      const { id, params } = await askRow(scenario, 6);
      await lockByHand(id, params);
      const signLog = temporarySignLog();
      signLog.record(id, hashOfWords([666n]));

      const { worker, events } = freshWorker(scenario, { signLog });
      await worker.poll();

      expect(await statusOf(id)).to.equal(OPEN);
      expect(await exposedTo(id)).to.equal(0n);
      const event = events.find(({ request, status }) => request === id && status === "skipped");
      expect(event).to.not.equal(undefined);

      await scenario.chain.contracts.requests.cancel(id, encodeRequestParams(params));
    });
  });

  describe("given a policy that nothing can meet", () => {
    it("is refused when it is asked for, before money is escrowed", async () => {
      const verifier = scenario.cast.underwriter.address.toLowerCase() as Hex;
      const asked = askRow(scenario, 7, { policy: allOf([requireZk("attested", verifier)]) });
      const refusal = await asked.then(
        () => undefined,
        (error: unknown) => findContractError(error)?.name,
      );
      expect(refusal).to.equal("PolicyUnsatisfiable");
    });
  });

  describe("given a committed input", () => {
    it("waits for the opening before it locks, and refuses one that opens something else", async () => {
      const { chain, closed } = scenario;
      const elements = rowOf(closed, 8);
      const secret: Hex = bytesToHex(randomBytes(32));
      const commitment = inputCommitment(
        inputSalt(secret),
        elements,
        closed.prepared.compiled.input,
      );
      const { id, params } = await askRow(scenario, 8, { release: closed.id, input: [commitment] });

      await scenario.worker.poll();
      expect(await statusOf(id)).to.equal(OPEN);

      await deliverOpening(chain, wordToHex(commitment), {
        secret,
        input: elements.map(() => 1n),
      });
      const served = await waitFor(scenario.worker, () =>
        scenario.events.some((it) => it.request === id && it.status === "skipped"),
      );
      expect(served).to.equal(true);
      expect(await statusOf(id)).to.equal(OPEN);
      await chain.contracts.requests.cancel(id, encodeRequestParams(params));
    });
  });

  describe("given a lock whose deadline passes", () => {
    it("refunds the requester by pull and frees the stake", async () => {
      const { chain, cast } = scenario;
      const { requests } = chain.contracts;
      const requester = cast.publisher.address;
      const { id, params } = await askRow(scenario, 9);
      await lockByHand(id, params);
      expect(await exposedTo(id)).to.equal(params.stake);
      const before = await requests.creditOf(ZeroAddress, requester);
      await chain.connection.networkHelpers.time.increaseTo(params.deadline + 1);

      const { worker } = freshWorker(scenario);
      await worker.poll();

      expect(await statusOf(id)).to.equal(REFUNDED);
      expect(await requests.creditOf(ZeroAddress, requester)).to.equal(before + escrowOf(params));
      expect(await exposedTo(id)).to.equal(0n);
    });
  });

  describe("given two workers of two operators", () => {
    it("leaves a request alone that the other has locked", async () => {
      const { id, params } = await askRow(scenario, 10);
      const { requests } = contractsAs(scenario.chain, scenario.cast.otherOperator);
      await (await requests.lock(id, encodeRequestParams(params))).wait();

      const { worker, events } = freshWorker(scenario);
      await worker.poll();

      expect(events.filter(({ request }) => request === id)).to.deep.equal([]);
      expect((await requests.operatorOf(id)).toLowerCase()).to.equal(
        scenario.cast.otherOperator.address.toLowerCase(),
      );
    });
  });
});

/** Polls until `done`, at most 50 times; a worker puts off what failed for a while. */
async function waitFor(worker: Worker, done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 50 && !done(); i++) {
    await worker.poll();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return done();
}
