import type { SdkErrorData } from "@vouch/sdk";
import { SdkError } from "@vouch/sdk";
import { expect } from "chai";
import { hexlify, toUtf8Bytes } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { ASK, openApplication, openWire } from "../../helpers/sdkApplication.ts";
import { CIRCUIT, release as releaseOf } from "../../helpers/vouchScenario.ts";

async function dataOf(promise: Promise<unknown>): Promise<SdkErrorData> {
  const error = await promise.catch((it: unknown) => it);
  if (error instanceof SdkError) return error.data;
  throw error;
}

async function withWire() {
  const app = await openApplication();
  const wire = openWire([app.scenario.requester.address]);
  const vouch = await app.open({ provider: wire.provider });
  return { app, wire, vouch, ask: { ...ASK, release: app.release } };
}

describe("a wallet whose user changes the chain meanwhile", () => {
  it("is told so, whatever was being read", async () => {
    const { app, wire, vouch, ask } = await withWire();
    const { id } = await vouch.request(ask);
    const readers = {
      estimate: () => vouch.estimate(ask),
      infer: () => vouch.infer(ask),
      refund: () => vouch.refund(id),
      watch: () => vouch.watch(id)[Symbol.asyncIterator]().next(),
    };
    wire.after = (method, result) => {
      if (method === "eth_chainId") return "0x7a81";
      return method === "eth_call" || method === "eth_estimateGas" ? "0x" : result;
    };
    for (const [name, read] of Object.entries(readers)) {
      expect(await dataOf(read()), name).to.deep.equal({
        ...{ code: "CHAIN_MISMATCH", expected: [app.deployment.chainId], found: "31361" },
      });
    }
  });
});

describe("an endpoint that answers nonsense", () => {
  const nonsense: Readonly<Record<string, unknown>> = {
    eth_call: "0x",
    eth_getLogs: null,
    eth_getBlockByNumber: 7,
    eth_gasPrice: "cheap",
    eth_getBalance: null,
    eth_estimateGas: {},
  };
  for (const [method, answer] of Object.entries(nonsense)) {
    it(`to ${method} is named, and nothing is sent`, async () => {
      const { app, wire, ask } = await withWire();
      const vouch = await app.open({ provider: wire.provider });
      wire.after = (called, result) => (called === method ? answer : result);
      expect(await codeOfPromise(vouch.request(ask))).to.equal("ENDPOINT_INVALID");
      expect(wire.calls).to.not.include("eth_sendTransaction");
    });
  }

  it("to the first question is named", async () => {
    const { app, wire } = await withWire();
    for (const answer of [null, "chain", {}]) {
      wire.after = (method, result) => (method === "eth_chainId" ? answer : result);
      const opening = app.open({ provider: wire.provider });
      expect(await codeOfPromise(opening)).to.equal("ENDPOINT_INVALID");
    }
  });

  it("of blocks that are not there is waited out", async () => {
    const { wire, vouch, ask } = await withWire();
    const { id } = await vouch.request(ask);
    let looks = 0;
    wire.after = (method, result) => {
      if (method === "eth_getLogs" && looks++ < 2) return [];
      return method === "eth_getBlockByNumber" ? null : result;
    };
    const steps = vouch.watch(id)[Symbol.asyncIterator]();
    expect((await steps.next()).value).to.include({ status: "asked", id });
    await steps.return?.();
  });
});

describe("an endpoint that describes another release under an id", () => {
  const hexOf = (text: string): string => hexlify(toUtf8Bytes(text)).slice(2);
  const forgeries = {
    description: [hexOf("credit"), hexOf("kredit")],
    circuit: [CIRCUIT.r1cs.slice(2), "ab".repeat(32)],
  } as const;
  for (const [field, [from, to]] of Object.entries(forgeries)) {
    it(`by its ${field} is caught before an input is encoded`, async () => {
      const { app, wire, ask } = await withWire();
      const vouch = await app.open({ provider: wire.provider });
      wire.after = (method, result) =>
        method === "eth_getLogs" || method === "eth_call"
          ? (JSON.parse(JSON.stringify(result).replaceAll(from, to)) as unknown)
          : result;
      expect(await dataOf(vouch.estimate(ask))).to.include({ code: "RELEASE_FORGED", field });
    });
  }

  it("by the log of another one is not believed", async () => {
    const { app, wire, ask } = await withWire();
    const { models, publisher, circuitId } = app.scenario;
    const other = releaseOf({ publisher: publisher.address, circuit: circuitId, version: "2" });
    const id = await models.publish.staticCall(other, "");
    await models.publish(other, "");
    const vouch = await app.open({ provider: wire.provider });
    wire.rewrite = (method, params) =>
      method === "eth_getLogs"
        ? (JSON.parse(JSON.stringify(params).replaceAll(app.release, id)) as unknown)
        : params;
    expect(await codeOfPromise(vouch.estimate(ask))).to.equal("RELEASE_NOT_FOUND");
  });
});

describe("a name that several may publish under", () => {
  it("is refused where two publishers did, naming both", async () => {
    const { app, vouch } = await withWire();
    const { models, publisher, stranger, circuitId } = app.scenario;
    const squatted = releaseOf({ publisher: stranger.address, circuit: circuitId });
    await models.connect(stranger).publish(squatted, "");
    for (const name of ["credit", "credit@1"]) {
      const data = await dataOf(vouch.request({ ...ASK, release: name }));
      expect(data.code).to.equal("RELEASE_AMBIGUOUS");
      const candidates = "candidates" in data ? data.candidates.join() : "";
      for (const { address } of [publisher, stranger])
        expect(candidates).to.include(address.toLowerCase());
    }
    expect((await vouch.release(app.release)).release.publisher).to.equal(
      publisher.address.toLowerCase(),
    );
  });

  it("means what was typed, and no look-alike; what looks alike is written out", async () => {
    const { app, vouch } = await withWire();
    const { models, stranger, circuitId } = app.scenario;
    const cyrillic = "\u0441redit";
    for (const model of [cyrillic, "credit@1", "cred\u202eit\n\u001b[31m", "__proto__"]) {
      const squatted = releaseOf({ publisher: stranger.address, circuit: circuitId, model });
      await models.connect(stranger).publish(squatted, "");
    }
    expect((await vouch.release("credit")).id).to.equal(app.release);
    expect((await vouch.release("__proto__")).release.model).to.equal("__proto__");
    expect(await codeOfPromise(vouch.release("credit@1"))).to.equal("RELEASE_AMBIGUOUS");
    for (const name of ["constructor", "toString", "hasOwnProperty", "kredit", "credti"]) {
      const error = await vouch.release(name).catch((it: unknown) => it);
      expect(error).to.include({ code: "RELEASE_NOT_FOUND" });
      expect((error as SdkError).message).to.match(/^[ -~]*$/);
    }
  });
});

describe("a deployment's record that is none", () => {
  it("is refused as such, whatever keys it has", async () => {
    const { app } = await withWire();
    const { deployment } = app;
    for (const given of [{}, [], { default: deployment }, { "0x7a69": deployment }, { "1e3": 1 }])
      expect(await codeOfPromise(app.open({ deployment: given }))).to.equal("DEPLOYMENT_MALFORMED");
    const inherited = Object.create({ [deployment.chainId]: deployment }) as unknown;
    expect(await codeOfPromise(app.open({ deployment: inherited }))).to.equal(
      "DEPLOYMENT_MALFORMED",
    );
    expect(await codeOfPromise(app.open({ deployment: { 1: deployment } }))).to.equal(
      "CHAIN_MISMATCH",
    );
  });
});
