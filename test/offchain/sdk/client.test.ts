import type { RequestId } from "@vouch/protocol";
import {
  encodeRequestParams,
  NATIVE_TOKEN,
  parseRequestId,
  serializeReceipt,
  wordToHex,
} from "@vouch/protocol";
import type { Ask, SdkErrorData, Step } from "@vouch/sdk";
import { defineRelease, SdkError } from "@vouch/sdk";
import { expect } from "chai";
import { BrowserProvider, id as hashText, Network, Wallet } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ANSWER,
  ASK,
  inferServed,
  lostConnection,
  NUMBERS,
  openApplication,
  openWire,
  serveAnswer,
} from "../../helpers/sdkApplication.ts";
import { INPUT, release as releaseOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const UNKNOWN = parseRequestId(hashText("unknown"));

async function dataOf(promise: Promise<unknown>): Promise<SdkErrorData> {
  const error = await promise.catch((it: unknown) => it);
  if (error instanceof SdkError) return error.data;
  throw error;
}

describe("VouchClient.infer", () => {
  it("returns plain numbers with a verified receipt and what the chain keeps of it", async () => {
    const app = await openApplication();
    const { result, progress } = await inferServed(app, await app.open(), {
      ...ASK,
      release: "credit",
    });
    expect(result.output).to.deep.equal([ANSWER]);
    expect(result.receipt.input).to.deep.equal(INPUT);
    expect(result.verification.assurance.kinds).to.deep.equal(["signature", "zk"]);
    expect(result.assurance.stakeAtRisk).to.equal(10n ** 15n); // which a receipt alone does not show
    expect(result.opening).to.equal(null);
    expect(progress).to.deep.equal([
      ...["resolved", "sending", "asked", "locked", "fulfilled", "final", "verified"],
    ]);
  });

  it("takes inputs and gives outputs by port for a typed release", async () => {
    const app = await openApplication();
    const typed = defineRelease({
      ...{ id: app.release, model: "credit", version: "1" },
      inputs: [
        { name: "person", shape: [1, 3] },
        { name: "amount", shape: [] },
      ],
      outputs: [{ name: "risk", shape: [1, 1] }],
      ...{ input: "public", output: "public" },
    } as const);
    const [a, b, c, amount] = NUMBERS as [number, number, number, number];
    const input = { person: [a, b, c], amount } as const;
    const { result } = await inferServed(app, await app.open(), { ...ASK, release: typed, input });
    expect(result.output).to.deep.equal({ risk: [[ANSWER]] });
  });

  it("sends two at once under one account", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const ask = { ...ASK, release: app.release };
    const [one, two] = await Promise.all([vouch.request(ask), vouch.request(ask)]);
    expect(one.id).to.not.equal(two.id);
  });

  it("says that nobody answered in time, and takes the escrow back", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const ask = { ...ASK, release: app.release, lockSeconds: 60, seconds: 120 };
    let id: RequestId | undefined;
    const asking = vouch.infer(ask, {
      onProgress: (step) => {
        if (step.status !== "asked") return;
        id = step.id;
        void networkHelpers.time.increase(1_000);
      },
    });
    const data = await dataOf(asking);
    expect(data).to.include({ code: "REQUEST_OVERDUE", request: id });
    const escrow = await ethers.provider.getBalance(app.scenario.requests);
    expect(await vouch.refund(id ?? UNKNOWN)).to.equal(escrow);
    expect(await ethers.provider.getBalance(app.scenario.requests)).to.equal(0n);
    expect(
      await codeOfPromise(vouch.infer({ ...ask, nonce: 1n, fee: 0n }, stopAt("asked"))),
    ).to.equal("WAIT_ABORTED");
  });

  it("does not take an answer to another question", async () => {
    const app = await openApplication();
    const wire = openWire([app.scenario.requester.address]);
    const vouch = await app.open({ provider: wire.provider });
    const ask = { ...ASK, release: app.release };
    const word = wordToHex(INPUT[0] ?? 0n).slice(2);
    const [other] = (await vouch.request({ ...ask, input: [0, 0, 0, 0] })).params.input;
    // The wallet sends another input; all that follows is honest.
    wire.rewrite = (method, params) =>
      method === "eth_sendTransaction"
        ? (JSON.parse(
            JSON.stringify(params).replace(word, wordToHex(other ?? 0n).slice(2)),
          ) as unknown)
        : params;
    expect(await dataOf(vouch.infer(ask))).to.deep.include({
      ...{ code: "ANSWER_MISMATCH", field: "input" },
      ...{ expected: INPUT.join(), found: String(other) },
    });
  });

  it("does not take the receipt of another request from its endpoint", async () => {
    const app = await openApplication();
    const wire = openWire([app.scenario.requester.address]);
    const vouch = await app.open({ provider: wire.provider });
    const ask = { ...ASK, release: app.release };
    const [answered, open] = [await vouch.request(ask), await vouch.request(ask)];
    await serveAnswer(app, answered.id, answered.params);
    const swapped = (from: string, to: string, value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll(from.slice(2), to.slice(2)));
    wire.rewrite = (_, params) => swapped(open.id, answered.id, params);
    wire.after = (_, result) => swapped(answered.id, open.id, result);
    expect(await codeOfPromise(vouch.receipt.fetch(open.id))).to.equal("SIGNATURE_INVALID");
  });
});

/** Aborts once a step is told. */
function stopAt(status: Step["status"]) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (step: { readonly status: string }): void => {
      if (step.status === status) controller.abort();
    },
  };
}

describe("VouchClient.request", () => {
  const refusals = {
    INPUT_SHAPE: { input: [1, 2, 3] },
    INPUT_RANGE: { input: [0, 0, 1e6, 0] },
    POLICY_INVALID: { policy: "oracle" },
    RELEASE_NOT_FOUND: { release: "debit" },
    CONTRACT_REFUSED: { seconds: 10, lockSeconds: 20 },
    INSUFFICIENT_FUNDS: { fee: 10n ** 25n, stake: 1n, bond: 1n },
  } as const;
  for (const [code, change] of Object.entries(refusals)) {
    it(`throws ${code} before anything is sent`, async () => {
      const app = await openApplication();
      const wire = openWire([app.scenario.requester.address]);
      const vouch = await app.open({ provider: wire.provider });
      const ask: Ask<string> = { ...ASK, release: app.release, ...change };
      const asking = vouch.request(ask);
      expect(await codeOfPromise(asking)).to.equal(code);
      expect(wire.calls).to.not.include("eth_sendTransaction");
    });
  }

  it("names the element that is out of range, and the near names of a release", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const ask = { ...ASK, release: "credit" };
    expect(await dataOf(vouch.request({ ...ask, input: [0, 0, NaN, 0] }))).to.deep.include({
      ...{ code: "INPUT_RANGE", element: "input[2]", min: -128, max: 32767 / 256 },
    });
    expect(await dataOf(vouch.request({ ...ask, release: "kredit" }))).to.deep.equal({
      ...{ code: "RELEASE_NOT_FOUND", release: "kredit", near: ["credit"] },
    });
  });

  it("says how many wei are missing", async () => {
    const app = await openApplication();
    const poor = Wallet.createRandom().connect(ethers.provider);
    await app.scenario.requester.sendTransaction({ to: poor.address, value: 7n });
    const vouch = await app.open({ provider: poor });
    const ask = { ...ASK, release: app.release };
    const { escrow, missing } = await vouch.estimate(ask);
    expect(missing).to.equal(escrow.total - 7n);
    const data = await dataOf(vouch.request({ ...ask, maxGasPrice: 1n, verificationGas: 1 }));
    expect(data).to.deep.equal({
      ...{ code: "INSUFFICIENT_FUNDS", account: poor.address.toLowerCase(), token: NATIVE_TOKEN },
      ...{ needed: ASK.fee + 1n, available: 7n, missing: ASK.fee - 6n },
    });
  });

  it("names token, spender and amount where an allowance is missing", async () => {
    const app = await openApplication();
    const { asset, requester, requests } = app.scenario;
    const token = (await asset.getAddress()) as `0x${string}`;
    const vouch = await app.open();
    const terms = { token, maxGasPrice: 1n, verificationGas: 400_000 };
    const ask = { ...ASK, ...terms, release: app.release };
    const amount = ASK.fee + 400_000n;
    expect(await dataOf(vouch.request(ask))).to.include({
      code: "INSUFFICIENT_FUNDS",
      missing: amount,
    });
    await asset.connect(requester).deposit({ value: amount });
    expect(await dataOf(vouch.request(ask))).to.deep.include({
      ...{ code: "ALLOWANCE_MISSING", token, amount, allowance: 0n },
      spender: app.deployment.inferenceRequests,
    });
    await asset.connect(requester).approve(requests, amount);
    const { params } = await vouch.request(ask);
    expect(params.token).to.equal(token.toLowerCase());
  });

  it("does nothing without an account, or once the signal has aborted", async () => {
    const app = await openApplication();
    const ask = { ...ASK, release: app.release };
    const reader = await app.open({ provider: ethers.provider });
    expect(await codeOfPromise(reader.request(ask))).to.equal("ACCOUNT_MISSING");
    expect(await reader.estimate(ask)).to.include({ requestGas: undefined, missing: undefined });
    const vouch = await app.open();
    const aborted = vouch.request(ask, { signal: AbortSignal.abort() });
    expect(await codeOfPromise(aborted)).to.equal("ABORTED");
  });

  describe("given a wallet", () => {
    it("throws USER_REJECTED for who declines, and CHAIN_MISMATCH for who changed the chain", async () => {
      const app = await openApplication();
      const ask = { ...ASK, release: app.release };
      const declined = openWire([app.scenario.requester.address]);
      const vouch = await app.open({ provider: declined.provider });
      declined.before = (method) => {
        if (method === "eth_sendTransaction")
          throw Object.assign(new Error("User denied"), { code: 4001 });
      };
      expect(await codeOfPromise(vouch.request(ask))).to.equal("USER_REJECTED");
      declined.after = (method, result) => (method === "eth_chainId" ? "0x7a81" : result);
      expect(await dataOf(vouch.request(ask))).to.deep.include({
        ...{ code: "CHAIN_MISMATCH", found: "31361" },
      });
    });

    it("sends nothing twice where the answer to a sending is lost", async () => {
      const app = await openApplication();
      const wire = openWire([app.scenario.requester.address]);
      const vouch = await app.open({ provider: wire.provider });
      const ask = { ...ASK, release: app.release };
      const sends = (): number => wire.calls.filter((it) => it === "eth_sendTransaction").length;
      // It was mined, and its hash never came back.
      wire.after = (method, result) => {
        if (method === "eth_sendTransaction") throw lostConnection();
        return result;
      };
      const { id } = await vouch.request(ask);
      expect(await app.scenario.requests.statusOf(id)).to.equal(1n);
      expect(sends()).to.equal(1);
      // It never left.
      wire.before = (method) => {
        if (method === "eth_sendTransaction") throw lostConnection();
      };
      expect(await codeOfPromise(vouch.request(ask))).to.equal("TRANSACTION_UNCERTAIN");
      expect(sends()).to.equal(2);
    });
  });

  describe("given a signer of its own", () => {
    async function withKey() {
      const app = await openApplication();
      const wire = openWire();
      const network = Network.from(app.scenario.domain.chainId);
      const key = Wallet.createRandom().connect(
        new BrowserProvider(wire.provider, network, { staticNetwork: network }),
      );
      await app.scenario.requester.sendTransaction({ to: key.address, value: 10n ** 18n });
      const vouch = await app.open({ provider: key });
      const count = () => ethers.provider.getTransactionCount(key.address);
      return { app, wire, vouch, count, ask: { ...ASK, release: app.release } };
    }

    it("sends again under the same nonce what never left", async () => {
      const { app, wire, vouch, count, ask } = await withKey();
      let failures = 2;
      wire.before = (method) => {
        if (method === "eth_sendRawTransaction" && failures-- > 0) throw lostConnection();
      };
      const { id } = await vouch.request(ask);
      expect(await app.scenario.requests.statusOf(id)).to.equal(1n);
      expect(await count()).to.equal(1);
    });

    it("does not send again what was mined though the endpoint failed", async () => {
      const { app, wire, vouch, count, ask } = await withKey();
      wire.after = (method, result) => {
        if (method === "eth_sendRawTransaction") throw lostConnection();
        return result;
      };
      const { id } = await vouch.request(ask);
      expect(await app.scenario.requests.statusOf(id)).to.equal(1n);
      expect(await count()).to.equal(1);
    });

    it("returns the request that is there for the same nonce, and refuses another one", async () => {
      const { vouch, count, ask } = await withKey();
      const first = await vouch.request({ ...ask, nonce: 5n });
      const again = await vouch.request({ ...ask, nonce: 5n });
      expect([again.id, again.txHash]).to.deep.equal([first.id, first.txHash]);
      expect(await count()).to.equal(1);
      const other = vouch.request({ ...ask, nonce: 5n, input: [0, 0, 0, 0] });
      expect(await dataOf(other)).to.deep.include({ code: "NONCE_TAKEN", field: "input" });
    });
  });
});

describe("VouchClient.watch", () => {
  it("tells each step with what events say of it", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { id, params, txHash } = await vouch.request({ ...ASK, release: app.release });
    await serveAnswer(app, id, params);
    const steps: Step[] = [];
    for await (const step of vouch.watch(id)) steps.push(step);
    const operator = app.scenario.operator.address.toLowerCase();
    expect(steps[0]).to.deep.equal({
      ...{ status: "asked", id, params, txHash },
      requester: app.scenario.requester.address.toLowerCase(),
    });
    expect(steps[1]).to.deep.equal({ status: "locked", id, operator, fee: ASK.fee });
    expect(steps[2]).to.deep.include({ status: "fulfilled", operator });
    expect(steps[3]).to.deep.equal({ status: "final", id });
    expect(steps).to.have.length(4);
  });

  it("tells a request that a reorganisation sets back, and then what becomes of it", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { id, params } = await vouch.request({ ...ASK, release: app.release });
    const before = await networkHelpers.takeSnapshot();
    await app.scenario.requests
      .connect(app.scenario.operator)
      .lock(id, encodeRequestParams(params));
    const told: Step["status"][] = [];
    for await (const { status } of vouch.watch(id)) {
      told.push(status);
      if (told.length === 2) await before.restore();
      if (told.length === 3) await serveAnswer(app, id, params);
    }
    expect(told).to.deep.equal(["asked", "locked", "asked", "locked", "fulfilled", "final"]);
  });

  it("waits for the blocks that it was told to", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { id, params } = await vouch.request({ ...ASK, release: app.release });
    await networkHelpers.mine(3);
    await serveAnswer(app, id, params);
    const told: Step["status"][] = [];
    for await (const { status } of vouch.watch(id, { confirmations: 3 })) {
      if (told.length === 0) await networkHelpers.mine(3);
      told.push(status);
    }
    expect(told).to.deep.equal(["asked", "locked", "fulfilled", "final"]);
  });

  it("ends with a refund, for an unknown request with REQUEST_NOT_FOUND", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { id } = await vouch.request({ ...ASK, release: app.release });
    await vouch.refund(id);
    const told: Step[] = [];
    for await (const step of vouch.watch(id)) told.push(step);
    expect(told.at(-1)).to.deep.equal({ status: "refunded", id, why: "cancelled" });
    expect(await codeOfPromise(vouch.refund(UNKNOWN))).to.equal("REQUEST_NOT_FOUND");
    expect(await codeOfPromise(exhaust(vouch.watch(UNKNOWN)))).to.equal("REQUEST_NOT_FOUND");
  });

  it("goes on through an endpoint that fails now and then, and stops when told to", async () => {
    const app = await openApplication();
    const wire = openWire([app.scenario.requester.address]);
    const vouch = await app.open({ provider: wire.provider });
    const { id } = await vouch.request({ ...ASK, release: app.release });
    let calls = 0;
    wire.before = () => {
      if (calls++ % 3 === 0) throw lostConnection();
    };
    const controller = new AbortController();
    const told: string[] = [];
    const watching = (async () => {
      for await (const { status } of vouch.watch(id, { signal: controller.signal })) {
        told.push(status);
        controller.abort();
      }
    })();
    expect(await codeOfPromise(watching)).to.equal("WAIT_ABORTED");
    expect(told).to.deep.equal(["asked"]);
  });
});

async function exhaust(steps: AsyncIterable<Step>): Promise<void> {
  for await (const step of steps) expect(step).to.be.an("object");
}

describe("VouchClient.receipt", () => {
  it("verifies what it fetches, and reads it again from its text", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { result } = await inferServed(app, vouch, { ...ASK, release: app.release });
    const text = serializeReceipt(result.receipt);
    for (const given of [text, JSON.parse(text) as unknown]) {
      const { verification } = vouch.receipt.verify(given, { request: result.id });
      expect(verification).to.deep.equal(result.verification);
    }
    expect(vouch.receipt.parse(text)).to.deep.equal(result.receipt);
    expect(codeOf(() => vouch.receipt.verify(text, { request: UNKNOWN }))).to.equal(
      "EXPECTATION_FAILED",
    );
  });

  it("refuses the receipt of another deployment, and what is none", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const { result } = await inferServed(app, vouch, { ...ASK, release: app.release });
    const { receipt } = result;
    for (const [field, change] of [
      ["chainId", { chainId: receipt.domain.chainId + 1n }],
      ["router", { router: app.deployment.stakeVault }],
    ] as const) {
      const foreign = { ...receipt, domain: { ...receipt.domain, ...change } };
      const error = await dataOf(
        Promise.resolve().then(() => vouch.receipt.verify(serializeReceipt(foreign))),
      );
      expect(error).to.include({ code: "RECEIPT_OF_OTHER_DEPLOYMENT", field });
    }
    expect(codeOf(() => vouch.receipt.verify("{"))).to.equal("RECEIPT_MALFORMED");
  });
});

describe("VouchClient.release", () => {
  it("finds one by id, name, name@version and type; says which where several have the name", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    for (const ref of [app.release, "credit", "credit@1"])
      expect((await vouch.release(ref)).id).to.equal(app.release);
    const { models, publisher, circuitId } = app.scenario;
    const next = releaseOf({ publisher: publisher.address, circuit: circuitId, version: "2" });
    await models.publish(next, "");
    expect((await vouch.release("credit@2")).release.version).to.equal("2");
    const data = await dataOf(vouch.release("credit"));
    expect(data.code).to.equal("RELEASE_AMBIGUOUS");
    expect(await dataOf(vouch.release("credit@3"))).to.deep.include({
      ...{ code: "RELEASE_NOT_FOUND", near: ["credit@1", "credit@2"] },
    });
    expect(await vouch.releases()).to.have.length(2);
  });

  it("refuses types that say something else than the chain", async () => {
    const app = await openApplication();
    const vouch = await app.open();
    const typed = defineRelease({
      ...{ id: app.release, model: "credit", version: "1" },
      inputs: [{ name: "x", shape: [2, 2] }],
      outputs: [{ name: "y", shape: [2] }],
      ...{ input: "public", output: "public" },
    } as const);
    expect(await dataOf(vouch.release(typed))).to.deep.include({
      ...{ code: "RELEASE_MISMATCH", field: "elements of the output", expected: "2", found: "1" },
    });
  });
});

describe("VouchClient.publish", () => {
  it("registers what the chain does not have, once, as its publisher", async () => {
    const app = await openApplication();
    const { publisher, requester } = app.scenario;
    const vouch = await app.open({ provider: publisher });
    const { release, circuit } = await vouch.release("credit");
    const { releaseId } = await import("@vouch/protocol");
    const next = { ...release, version: "2" };
    const bundle = { id: releaseId(next), release: next, circuit };
    const published = await vouch.publish(bundle);
    expect(published.circuitGas).to.equal(0n);
    expect(published.releaseGas).to.be.greaterThan(0n);
    expect(await vouch.publish(bundle)).to.deep.equal({ circuitGas: 0n, releaseGas: 0n });
    expect((await vouch.release("credit@2")).id).to.equal(bundle.id);

    const another = { ...release, version: "3" };
    const stranger = await app.open({ provider: requester });
    const refused = stranger.publish({ id: releaseId(another), release: another, circuit });
    expect(await dataOf(refused)).to.include({
      ...{ code: "CONTRACT_REFUSED", error: "ReleasePublisherMismatch" },
    });
  });
});
