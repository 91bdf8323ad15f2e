import { getEventListeners } from "node:events";
import type { Contracts, RequestId, RequestParams } from "@vouch/protocol";
import {
  allOf,
  connectContracts,
  encodeRequestParams,
  findContractError,
  NATIVE_TOKEN,
  parseAddress,
  parseReceipt,
  parseReleaseId,
  parseRequestId,
  releaseCircuitId,
  releaseId,
  requireQuorum,
  requireSignature,
  requireZk,
  serializeReceipt,
  statementDigest,
} from "@vouch/protocol";
import type { InferenceAsk } from "@vouch/sdk";
import {
  completeAsk,
  DEFAULT_VERIFICATION_GAS,
  estimateEscrow,
  fetchReceipt,
  fetchRelease,
  fetchReleases,
  requestInference,
  verifyReceipt,
  waitForFulfilment,
} from "@vouch/sdk";
import { expect } from "chai";
import { id as hashText, ZeroHash } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { deploymentRecord } from "../../helpers/deploymentRecord.ts";
import { deployScenario, GOOD, INPUT, prove, sign } from "../../helpers/vouchScenario.ts";

const { networkHelpers, ethers } = connection;
const GWEI = 10n ** 9n;
const UNKNOWN = parseRequestId(hashText("unknown"));
const NOW = 1_700_000_000;

/** The scenario as an application sees it: the runner of its contracts is the requester. */
async function application() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const deployment = await deploymentRecord(
    scenario,
    (await ethers.provider.getBlock(0))?.hash ?? ZeroHash,
  );
  // Tests before this one moved the clock, which a fixture does not take back: the next block tells the time.
  await networkHelpers.mine();
  const now = await networkHelpers.time.latest();
  return {
    scenario,
    contracts: connectContracts(deployment, scenario.requester),
    domain: { chainId: scenario.domain.chainId, router: deployment.evidenceRouter },
    release: parseReleaseId(scenario.releaseId),
    complete: (changes: Partial<InferenceAsk> = {}) =>
      completeAsk(
        {
          release: parseReleaseId(scenario.releaseId),
          input: INPUT,
          policy: allOf([requireSignature(), requireZk("any")]),
          fee: 10n ** 15n,
          ...changes,
        },
        now,
        GWEI,
      ),
  };
}

type Application = Awaited<ReturnType<typeof application>>;

/** Locks as the operator, and fulfils with a signature and a proof. */
async function serve({ scenario }: Application, id: RequestId, params: RequestParams) {
  const { requests, operator, domain } = scenario;
  const terms = encodeRequestParams(params);
  const { release, input } = terms;
  const claim = { release, request: id, operator: operator.address, input, output: GOOD };
  const evidence = [await sign(operator, domain, claim), prove(domain, claim)];
  await requests.connect(operator).lock(id, terms);
  await requests.connect(operator).fulfil(id, terms, GOOD, evidence);
}

async function served() {
  const app = await application();
  const { id, params } = await requestInference(app.contracts, app.complete());
  await serve(app, id, params);
  return { ...app, id };
}

describe("completeAsk", () => {
  const ask = {
    release: parseReleaseId(hashText("release")),
    input: INPUT,
    policy: allOf([requireSignature()], 7n),
    fee: 5n,
  };

  it("fills in stake, gas and deadlines", () => {
    const { fee, ...rest } = ask;
    expect(completeAsk({ ...ask, nonce: 1n }, NOW, GWEI)).to.deep.equal({
      ...rest,
      nonce: 1n,
      token: NATIVE_TOKEN,
      minFee: fee,
      maxFee: fee,
      rampStart: NOW,
      stake: 7n,
      bond: 5n,
      cover: 0n,
      maxGasPrice: 2n * GWEI,
      verificationGas: DEFAULT_VERIFICATION_GAS,
      callbackGas: 0,
      provisionalGas: 0,
      lockDeadline: NOW + 300,
      deadline: NOW + 1200,
    });
  });

  it("puts at least the fee at risk", () => {
    expect(completeAsk({ ...ask, fee: 8n }, NOW, GWEI).stake).to.equal(8n);
  });

  for (const [who, demands] of [
    ["the policy", { policy: allOf([requireQuorum(2, 3)], 7n) }],
    ["the release's floor", { floor: allOf([requireQuorum(2, 3)]) }],
  ] as const) {
    it(`takes the terms of a panel where ${who} leaves the answer to one`, () => {
      const { stake, maxGasPrice, deadline } = completeAsk({ ...ask, ...demands }, NOW, GWEI);
      expect({ stake, maxGasPrice, deadline }).to.deep.equal({
        ...{ stake: 10n, maxGasPrice: 0n, deadline: NOW + 2_700 },
      });
    });
  }

  it("keeps its own terms where a panel is but an alternative", () => {
    const policy = { allOf: [{ anyOf: [requireQuorum(2, 3), requireSignature()] }], minStake: 0n };
    expect(completeAsk({ ...ask, policy }, NOW, GWEI).maxGasPrice).to.equal(2n * GWEI);
  });

  it("leaves what the requester decided", () => {
    const decided = {
      ...{ nonce: 4n, token: parseAddress(`0x${"70".repeat(20)}`), stake: 9n, bond: 8n, cover: 7n },
      ...{ maxGasPrice: 1n, verificationGas: 2, callbackGas: 3, provisionalGas: 5 },
    };
    const { fee, ...rest } = ask;
    expect(
      completeAsk({ ...ask, ...decided, maxFee: 6n, lockSeconds: 10, seconds: 20 }, NOW, GWEI),
    ).to.deep.equal({
      ...{ ...rest, ...decided, minFee: fee, maxFee: 6n, rampStart: NOW },
      ...{ lockDeadline: NOW + 10, deadline: NOW + 20 },
    });
  });

  it("draws a nonce for every ask that names none", () => {
    const [one, two] = [completeAsk(ask, NOW, GWEI), completeAsk(ask, NOW, GWEI)];
    expect(one.nonce).to.not.equal(two.nonce);
  });
});

describe("requestInference", () => {
  it("returns the id that the chain gave, and escrows what estimateEscrow says", async () => {
    const { scenario, contracts, complete } = await application();
    const { requests, requester } = scenario;
    const params = complete({ verificationGas: 400_000 });
    const expected = await requests.requestIdOf(requester, params.nonce);

    const sent = await requestInference(contracts, params);

    expect(sent.id).to.equal(expected);
    expect(await requests.statusOf(sent.id)).to.equal(1n);
    const escrow = estimateEscrow(params);
    expect(escrow).to.deep.equal({
      fee: 10n ** 15n,
      verification: 400_000n * 2n * GWEI,
      callback: 0n,
      total: 10n ** 15n + 400_000n * 2n * GWEI,
    });
    expect(await ethers.provider.getBalance(requests)).to.equal(escrow.total);
    const receipt = await ethers.provider.getTransactionReceipt(sent.txHash);
    expect(receipt?.gasUsed).to.equal(sent.gasUsed);
  });

  describe("when the contract refuses", () => {
    const cases = {
      POLICY_EMPTY: { policy: allOf([]) },
      REQUEST_DEADLINE_INVALID: { seconds: 1, lockSeconds: 2 },
      WORD_COUNT_INVALID: { input: [] },
      WORD_NOT_CANONICAL: { input: [1n << 253n] },
      RELEASE_NOT_PUBLISHED: { release: parseReleaseId(hashText("unpublished")) },
      CALLBACK_TARGET_WITHOUT_CODE: { callbackGas: 100_000 },
    } satisfies Record<string, Partial<InferenceAsk>>;

    for (const [code, changes] of Object.entries(cases)) {
      it(`passes on an error that is read as ${code}, with a remedy`, async () => {
        const { contracts, complete } = await application();
        const error = await requestInference(contracts, complete(changes)).catch(
          (refusal: unknown) => refusal,
        );
        const found = findContractError(error);
        expect(found?.code).to.equal(code);
        expect(found?.remedy).to.be.a("string");
      });
    }
  });
});

describe("waitForFulfilment", () => {
  const STATUS = { none: 0n, open: 1n, locked: 2n, fulfilled: 5n, expired: 8n } as const;

  /** Requests that take one status after another, and keep the last. */
  function passing(...statuses: (keyof typeof STATUS)[]) {
    const asked: string[] = [];
    const statusOf = (id: string): Promise<bigint> => {
      asked.push(id);
      const status = statuses[Math.min(asked.length, statuses.length) - 1]!;
      return Promise.resolve(STATUS[status]);
    };
    const contracts = { requests: { statusOf } } as unknown as Pick<Contracts, "requests">;
    return { contracts, asked };
  }

  it("returns once the request is fulfilled, and leaves no listener behind", async () => {
    const { contracts, asked } = passing("open", "locked", "open", "locked", "fulfilled");
    const { signal } = new AbortController();
    await waitForFulfilment(contracts, UNKNOWN, { signal, pollIntervalMs: 0 });
    expect(asked).to.deep.equal(Array.from({ length: 5 }, () => UNKNOWN));
    expect(getEventListeners(signal, "abort")).to.be.empty;
  });

  it("throws REQUEST_REFUNDED, REQUEST_NOT_FOUND", async () => {
    const { signal } = new AbortController();
    for (const [status, code] of [
      ["expired", "REQUEST_REFUNDED"],
      ["none", "REQUEST_NOT_FOUND"],
    ] as const) {
      const { contracts } = passing("open", status);
      const waiting = waitForFulfilment(contracts, UNKNOWN, { signal, pollIntervalMs: 0 });
      expect(await codeOfPromise(waiting)).to.equal(code);
    }
  });

  it("throws WAIT_ABORTED at once when the signal aborts", async () => {
    const { contracts, asked } = passing("open");
    const controller = new AbortController();
    const waiting = waitForFulfilment(contracts, UNKNOWN, {
      signal: controller.signal,
      pollIntervalMs: 10_000,
    });
    setImmediate(() => {
      controller.abort();
    });
    expect(await codeOfPromise(waiting)).to.equal("WAIT_ABORTED");
    expect(asked).to.have.lengthOf(2);
    expect(getEventListeners(controller.signal, "abort")).to.be.empty;
  }).timeout(5_000); // half of one interval: a wait that ignores the signal fails

  it("looks once even if the signal has aborted", async () => {
    const signal = AbortSignal.abort();
    await waitForFulfilment(passing("fulfilled").contracts, UNKNOWN, { signal });
    const waiting = waitForFulfilment(passing("locked").contracts, UNKNOWN, { signal });
    expect(await codeOfPromise(waiting)).to.equal("WAIT_ABORTED");
  });

  it("returns for a request that was fulfilled on a chain", async () => {
    const { contracts, id } = await served();
    await waitForFulfilment(contracts, id, { signal: AbortSignal.abort() });
    expect(await contracts.requests.statusOf(id)).to.equal(STATUS.fulfilled);
  });
});

describe("fetchRelease", () => {
  it("reads a release whose ids are those that the contracts derived", async () => {
    const { scenario, contracts, release: id } = await application();
    const found = await fetchRelease(contracts, id, 0);
    expect(found.id).to.equal(id);
    expect(releaseId(found.release)).to.equal(scenario.releaseId);
    expect(releaseCircuitId(found.circuit!)).to.equal(scenario.circuitId);
    expect(await fetchReleases(contracts, 0)).to.deep.equal([found]);
  });

  it("throws RELEASE_NOT_FOUND", async () => {
    const { contracts } = await application();
    const unknown = fetchRelease(contracts, parseReleaseId(UNKNOWN), 0);
    expect(await codeOfPromise(unknown)).to.equal("RELEASE_NOT_FOUND");
  });
});

describe("fetchReceipt", () => {
  describe("given a fulfilled request", () => {
    it("returns a receipt that anyone can verify again from its text", async () => {
      const { scenario, contracts, domain, release, id } = await served();
      const { receipt, verification } = await fetchReceipt(contracts, domain, id, 0);

      expect(receipt.statement.operator).to.equal(scenario.operator.address.toLowerCase());
      expect(receipt.input).to.deep.equal(INPUT);
      expect(receipt.output).to.deep.equal(GOOD);
      expect(verification.assurance.kinds).to.deep.equal(["signature", "zk"]);
      expect(verification.assurance.developmentSetup).to.be.true;
      const again = verifyReceipt(parseReceipt(JSON.parse(serializeReceipt(receipt))), {
        ...domain,
        release,
        request: id,
      });
      expect(again).to.deep.equal(verification);
    });

    it("states what the router signs and proves", async () => {
      const { scenario, contracts, domain, id } = await served();
      const { receipt } = await fetchReceipt(contracts, domain, id, 0);
      const digest = await scenario.router.digestOf(receipt.statement);
      expect(statementDigest(domain, receipt.statement)).to.equal(digest);
    });

    it("does not return a receipt that fails under the domain given", async () => {
      const { contracts, domain, id } = await served();
      for (const other of [
        { ...domain, chainId: domain.chainId + 1n },
        { ...domain, router: (await contracts.vault.getAddress()).toLowerCase() as `0x${string}` },
      ]) {
        const fetched = fetchReceipt(contracts, other, id, 0);
        expect(await codeOfPromise(fetched)).to.equal("SIGNATURE_INVALID");
      }
    });
  });

  it("throws REQUEST_NOT_FULFILLED for a request that is open, locked or refunded", async () => {
    const app = await application();
    const { contracts, domain, scenario } = app;
    const { id, params } = await requestInference(contracts, app.complete());
    const terms = encodeRequestParams(params);
    const code = () => codeOfPromise(fetchReceipt(contracts, domain, id, 0));
    expect(await code()).to.equal("REQUEST_NOT_FULFILLED");
    await scenario.requests.connect(scenario.operator).lock(id, terms);
    expect(await code()).to.equal("REQUEST_NOT_FULFILLED");
    await networkHelpers.time.increase(10_000);
    await scenario.requests.expire(id, terms);
    expect(await code()).to.equal("REQUEST_NOT_FULFILLED");
  });

  it("throws REQUEST_NOT_FOUND for an unknown request", async () => {
    const { contracts, domain } = await application();
    const unknown = fetchReceipt(contracts, domain, UNKNOWN, 0);
    expect(await codeOfPromise(unknown)).to.equal("REQUEST_NOT_FOUND");
  });
});
