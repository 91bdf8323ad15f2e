import type { RequestId } from "@vouch/protocol";
import { requireQuorum, allOf } from "@vouch/protocol";
import type { Ask, SdkErrorData } from "@vouch/sdk";
import { SdkError } from "@vouch/sdk";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { ASK, lostConnection, openApplication, openWire } from "../../helpers/sdkApplication.ts";

/** A wallet of the requester, on whose wire things go wrong. */
async function withWallet() {
  const app = await openApplication();
  const wire = openWire([app.scenario.requester.address]);
  const vouch = await app.open({ provider: wire.provider, retry: { attempts: 2, delayMs: 1 } });
  const ask = { ...ASK, release: app.release };
  const sends = (): number => wire.calls.filter((it) => it === "eth_sendTransaction").length;
  return { app, wire, vouch, ask, sends };
}

async function dataOf(promise: Promise<unknown>): Promise<SdkErrorData> {
  const error = await promise.catch((it: unknown) => it);
  if (error instanceof SdkError) return error.data;
  throw error;
}

describe("an ask that is stopped", () => {
  it("before it is sent, says that nothing was", async () => {
    const { vouch, ask, sends } = await withWallet();
    const controller = new AbortController();
    const asking = vouch.request(ask, {
      signal: controller.signal,
      onProgress: ({ status }) => {
        if (status === "sending") controller.abort();
      },
    });
    expect(await dataOf(asking)).to.include({ code: "ABORTED", sent: false });
    expect(sends()).to.equal(0);
  });

  for (const method of ["eth_sendTransaction", "eth_getTransactionReceipt"]) {
    it(`after ${method}, names the request, which can be taken back`, async () => {
      const { app, wire, vouch, ask } = await withWallet();
      const controller = new AbortController();
      wire.after = (called, result) => {
        if (called === method) controller.abort();
        return result;
      };
      const data = await dataOf(vouch.infer(ask, { signal: controller.signal }));
      expect(data.code).to.equal("WAIT_ABORTED");
      const id = "request" in data ? (data.request as RequestId) : "";
      expect(await app.scenario.requests.statusOf(id)).to.equal(1n);
      expect(await vouch.refund(id)).to.be.greaterThan(ASK.fee);
    });
  }

  it("of something else, says whether it was sent", async () => {
    const { wire, vouch, ask } = await withWallet();
    const { id } = await vouch.request(ask);
    const controller = new AbortController();
    wire.after = (called, result) => {
      if (called === "eth_sendTransaction") controller.abort();
      return result;
    };
    const stopped = await dataOf(vouch.refund(id, { signal: controller.signal }));
    expect(stopped).to.include({ code: "ABORTED", sent: true });
  });

  it("while another waits for the wallet's user, does not wait for them", async () => {
    const { wire, vouch, ask, sends } = await withWallet();
    let prompted: (() => void) | undefined;
    const isPrompted = new Promise<void>((resolve) => (prompted = resolve));
    let decline: (() => void) | undefined;
    wire.before = (method) => {
      if (method !== "eth_sendTransaction") return undefined;
      prompted?.();
      return new Promise((_, reject) => {
        decline = () => {
          reject(Object.assign(new Error("declined"), { code: 4001 }));
        };
      });
    };
    const first = codeOfPromise(vouch.request(ask));
    await isPrompted;
    const controller = new AbortController();
    const second = dataOf(
      vouch.request(ask, {
        signal: controller.signal,
        onProgress: ({ status }) => {
          if (status === "sending") setImmediate(() => { controller.abort(); }); // prettier-ignore
        },
      }),
    );
    expect(await second).to.include({ code: "ABORTED", sent: false });
    // Who comes after them still waits for the first.
    let isQueued: (() => void) | undefined;
    const queued = new Promise<void>((resolve) => (isQueued = resolve));
    const third = vouch.request(ask, {
      onProgress: ({ status }) => {
        if (status === "sending") isQueued?.();
      },
    });
    await queued;
    await new Promise(setImmediate); // so that it could have been sent
    expect(sends()).to.equal(1);
    wire.before = () => undefined;
    decline?.();
    expect(await first).to.equal("USER_REJECTED");
    expect((await third).id).to.be.a("string");
  });
});

describe("an ask whose endpoint fails once it was sent", () => {
  it("never says that nothing was changed", async () => {
    const { app, wire, vouch, ask } = await withWallet();
    let dead = false;
    wire.before = () => {
      if (dead) throw lostConnection();
    };
    wire.after = (method, result) => {
      dead ||= method === "eth_sendTransaction";
      return result;
    };
    const data = await dataOf(vouch.request({ ...ask, nonce: 9n }));
    expect(data).to.include({ code: "TRANSACTION_UNCERTAIN", accountNonce: undefined });
    const { requests, requester } = app.scenario;
    expect("what" in data && data.what).to.include(await requests.requestIdOf(requester, 9n));
    // Asked again by the same nonce, it is the one that is there.
    wire.after = (_, result) => result;
    dead = false;
    const before = wire.calls.length;
    expect((await vouch.request({ ...ask, nonce: 9n })).params.nonce).to.equal(9n);
    expect(wire.calls.slice(before)).to.not.include("eth_sendTransaction");
  });

  for (const step of ["mined", "asked"] as const) {
    it(`names the request where that is once it is ${step}`, async () => {
      const { app, wire, vouch, ask } = await withWallet();
      let dead = false;
      wire.before = () => {
        if (dead) throw lostConnection();
      };
      wire.after = (method, result) => {
        dead ||= step === "mined" && method === "eth_getTransactionReceipt";
        return result;
      };
      const asking = vouch.infer(ask, {
        onProgress: ({ status }) => {
          dead ||= status === "asked";
        },
      });
      const data = await dataOf(asking);
      expect(data.code).to.equal("WAIT_INTERRUPTED");
      const id = "request" in data ? data.request : "";
      expect(await app.scenario.requests.statusOf(id)).to.equal(1n);
    });
  }
});

describe("a request that is there for the nonce of another ask", () => {
  it("is not taken for one with more cover, stake or gas", async () => {
    const { vouch, ask } = await withWallet();
    await vouch.request({ ...ask, nonce: 5n });
    for (const [field, change] of [
      ["stake", { cover: 1n, stake: ASK.fee }],
      ["stake", { stake: 2n * ASK.fee }],
    ] as const) {
      const other = await dataOf(vouch.request({ ...ask, nonce: 5n, ...change }));
      expect(other).to.include({ code: "NONCE_TAKEN", field });
    }
  });
});

describe("a wallet", () => {
  it("is told the chain that it is to send on", async () => {
    const { app, wire, vouch, ask } = await withWallet();
    let sent: unknown;
    wire.rewrite = (method, params) => {
      if (method === "eth_sendTransaction") sent = (params as readonly unknown[])[0];
      return params;
    };
    await vouch.request(ask);
    const chainId = `0x${app.scenario.domain.chainId.toString(16)}`;
    expect(sent).to.include({ chainId });
  });

  const inner = (data: unknown): Error =>
    Object.assign(new Error("Internal JSON-RPC error."), { code: -32603, data });
  const shapes: readonly (readonly [string, Error, string])[] = [
    ["4001", Object.assign(new Error("no"), { code: 4001 }), "USER_REJECTED"],
    ["4001 within", inner({ code: 4001, message: "no" }), "USER_REJECTED"],
    ["4001 as the original", inner({ originalError: { code: 4001 } }), "USER_REJECTED"],
    ["4902", Object.assign(new Error("unknown chain"), { code: 4902 }), "TRANSACTION_REFUSED"],
    ["-32603", inner({ code: -32000, message: "gas too low" }), "TRANSACTION_REFUSED"],
    ["-32603 without data", inner(undefined), "TRANSACTION_REFUSED"],
    ["4900", Object.assign(new Error("disconnected"), { code: 4900 }), "TRANSACTION_UNCERTAIN"],
  ];
  for (const [name, error, code] of shapes) {
    it(`that answers ${name} is read as ${code}, and asked once`, async () => {
      const { wire, vouch, ask, sends } = await withWallet();
      wire.before = (method) => {
        if (method === "eth_sendTransaction") throw error;
      };
      expect(await codeOfPromise(vouch.request(ask))).to.equal(code);
      expect(sends()).to.equal(1);
    });
  }
});

describe("numbers that no request takes", () => {
  it("are named before anything is asked of the wallet", async () => {
    const { vouch, ask, sends } = await withWallet();
    const changes: readonly (readonly [string, Partial<Record<keyof Ask, unknown>>])[] = [
      ["fee", { fee: -1n }],
      ["fee", { fee: 1n << 96n }],
      ["fee", { fee: 1e15 }],
      ["fee", { fee: undefined }],
      ["maxFee", { maxFee: 1n << 96n }],
      ["stake", { stake: 1n << 80n }],
      ["bond", { bond: -1n }],
      ["cover", { cover: 1n << 80n }],
      ["nonce", { nonce: 1n << 256n }],
      ["maxGasPrice", { maxGasPrice: 1n << 64n }],
      ["verificationGas", { verificationGas: 2 ** 32 }],
      ["callbackGas", { callbackGas: 0.5 }],
      ["lockSeconds", { lockSeconds: NaN }],
      ["lockSeconds", { lockSeconds: "60" }],
      ["seconds", { seconds: Infinity }],
      ["seconds", { seconds: 2 ** 41 }],
    ];
    for (const [field, change] of changes) {
      const wrong = { ...ask, ...change } as unknown as Ask<string>; // as JavaScript may call it
      for (const call of [vouch.request(wrong), vouch.estimate(wrong)])
        expect(await dataOf(call), field).to.include({ code: "ASK_INVALID", field });
    }
    expect(sends()).to.equal(0);
  });
});

describe("infer, of what can have no receipt", () => {
  it("is refused before anything is sent", async () => {
    const { vouch, ask, sends } = await withWallet();
    for (const policy of ["quorum:2of3", allOf([requireQuorum(2, 3)])])
      expect(await codeOfPromise(vouch.infer({ ...ask, policy }))).to.equal("RECEIPT_IMPOSSIBLE");
    expect(sends()).to.equal(0);
  });
});
