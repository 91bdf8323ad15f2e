import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import type { ChainError, EndpointsOptions, EndpointsProvider } from "@vouch/chain";
import { openEndpoints } from "@vouch/chain";
import { expect } from "chai";
import { FAKE_CHAIN_ID, type FakeChain, fakeChain } from "../../helpers/fakeChain.ts";
import type { Faults, FaultyRpc, Upstream } from "../../helpers/faultyRpc.ts";
import { startFaultyRpc } from "../../helpers/faultyRpc.ts";
import { until } from "../../helpers/until.ts";

const OPTIONS: EndpointsOptions = { pollIntervalMs: 20, timeoutMs: 1_500 };
const RAW = "0x02c0";

describe("openEndpoints", () => {
  let chain: FakeChain;
  let rpcs: FaultyRpc[] = [];
  let provider: EndpointsProvider | undefined;

  beforeEach(() => {
    chain = fakeChain();
    chain.mine(10);
  });

  afterEach(async () => {
    provider?.destroy();
    provider = undefined;
    for (const rpc of rpcs) await rpc.close();
    rpcs = [];
  });

  async function serve(faults: Partial<Faults> = {}, upstream = ask): Promise<FaultyRpc> {
    const rpc = await startFaultyRpc(upstream, faults);
    rpcs.push(rpc);
    return rpc;
  }

  async function open(options: EndpointsOptions = {}, urls?: readonly string[]) {
    provider = await openEndpoints(urls ?? rpcs.map(({ url }) => url), { ...OPTIONS, ...options });
    return provider;
  }

  /** The chain, a contract that reverts, and a pool of transactions that knows each once. */
  const pool = new Set<unknown>();
  const ask: Upstream = (method, params) => {
    if (method === "eth_call")
      return Promise.reject(
        Object.assign(new Error("execution reverted"), { code: 3, data: "0x" }),
      );
    if (method !== "eth_sendRawTransaction") return chain.ask(method, params);
    if (pool.has(params[0])) return Promise.reject(new Error("already known"));
    pool.add(params[0]);
    return Promise.resolve(params[0]);
  };

  describe("given two endpoints of which one fails", () => {
    const faults: readonly Partial<Faults>[] = [
      { drops: true },
      { silent: true },
      { garbage: true },
      { status: 503 },
      { status: 401 },
    ];
    for (const fault of faults) {
      it(`asks the other where it is ${JSON.stringify(fault)}`, async () => {
        const first = await serve();
        await serve({ delayMs: 10 });
        const endpoints = await open({ pollIntervalMs: 5_000 });
        Object.assign(first.faults, fault);
        expect(await endpoints.getBlockNumber()).to.equal(10);
        const [failing, sound] = endpoints.status();
        expect(failing!.state).to.equal("down");
        expect(sound!.state).to.equal("up");
      });
    }

    it("asks it again when it is back", async () => {
      const first = await serve();
      await serve({ delayMs: 10 });
      const endpoints = await open();
      first.faults.drops = true;
      await endpoints.getBlockNumber();
      first.faults.drops = false;
      await until("it is up", () => endpoints.status()[0]!.state === "up");
    });

    it("leaves it alone for as long as it asks to", async () => {
      const first = await serve();
      await serve({ delayMs: 10 });
      const endpoints = await open({ pollIntervalMs: 5_000 });
      Object.assign(first.faults, { status: 429, retryAfter: "100" });
      expect(await endpoints.getBlockNumber()).to.equal(10);
      expect(endpoints.status()[0]!.state).to.equal("paused");
      const { length } = first.calls;
      for (let call = 0; call < 5; call++) await endpoints.getBlockNumber();
      expect(first.calls).to.have.length(length);
    });

    it("hands a transaction to both, and takes one that is known for taken", async () => {
      const first = await serve();
      const second = await serve();
      const endpoints = await open();
      const hash = (await endpoints.send("eth_sendRawTransaction", [RAW])) as string;
      expect(hash).to.match(/^0x[0-9a-f]{64}$/);
      await until("both have it", () =>
        [first, second].every((it) => it.calls.includes("eth_sendRawTransaction")),
      );
      expect(await endpoints.send("eth_sendRawTransaction", [RAW])).to.equal(hash);
      first.faults.drops = true;
      expect(await endpoints.send("eth_sendRawTransaction", [RAW])).to.equal(hash);
    });

    it("takes a revert for the chain's word", async () => {
      const first = await serve();
      const second = await serve();
      const endpoints = await open();
      const calls = (): number =>
        [first, second].flatMap((it) => it.calls).filter((it) => it === "eth_call").length;
      const to = `0x${"11".repeat(20)}`;
      expect(await codeOf(endpoints.call({ to }))).to.equal("CALL_EXCEPTION");
      expect(calls()).to.equal(1);
    });
  });

  it("waits for a single endpoint that asks for a short pause", async () => {
    const first = await serve();
    const endpoints = await open({ pollIntervalMs: 5_000 });
    Object.assign(first.faults, { status: 429, retryAfter: "0.1" });
    expect(await codeOf(endpoints.getBlockNumber())).to.equal("ENDPOINTS_FAILED");
    first.faults.status = undefined;
    expect(await endpoints.getBlockNumber()).to.equal(10);
  });

  it("does not ask one that is behind, until it is not", async () => {
    const late = await serve();
    await serve({ delayMs: 10 });
    const endpoints = await open({ maxBlocksBehind: 2 });
    late.faults.lag = 5;
    chain.mine(3);
    await until("it is behind", () => endpoints.status()[0]!.state === "behind");
    for (let call = 0; call < 5; call++) expect(await endpoints.getBlockNumber()).to.equal(13);
    late.faults.lag = 0;
    await until("it is up", () => endpoints.status()[0]!.state === "up");
  });

  it("refuses an endpoint of another chain at once", async () => {
    await serve();
    await serve({ chainId: 1 });
    expect(await codeOf(open())).to.equal("CHAIN_ID_WRONG");
    expect(await codeOf(open({ chainId: 5 }))).to.equal("CHAIN_ID_WRONG");
  });

  it("never asks one that comes back with another chain", async () => {
    const first = await serve();
    await serve({ delayMs: 10 });
    const endpoints = await open({ chainId: FAKE_CHAIN_ID });
    first.faults.drops = true;
    await until("it is down", () => endpoints.status()[0]!.state === "down");
    Object.assign(first.faults, { drops: false, chainId: 1 });
    await until("it is seen", () => endpoints.status()[0]!.state === "wrong-chain");
    const { length } = first.calls.filter((it) => it === "eth_blockNumber");
    await endpoints.getBlockNumber();
    expect(first.calls.filter((it) => it === "eth_blockNumber")).to.have.length(length);
  });

  it("says which endpoints failed, and tells no key that is in a URL", async () => {
    const { url } = await serve();
    const secret = url.replace("//", "//user:hunter2@").concat("/v3/s3cr3tkey?apikey=s3cr3tkey");
    const endpoints = await open({}, [secret]);
    rpcs[0]!.faults.drops = true;
    const error = await endpoints.getBlockNumber().catch((it: unknown) => it);
    expect((error as ChainError).code).to.equal("ENDPOINTS_FAILED");
    const told = JSON.stringify([endpoints.status(), error, texts(error)]);
    expect(told).to.include(new URL(url).host);
    for (const word of ["hunter2", "s3cr3tkey"]) expect(told).to.not.include(word);
  });

  it("refuses what is no URL without repeating it", async () => {
    const error = await openEndpoints(["s3cr3tkey"]).catch((it: unknown) => it);
    expect((error as ChainError).code).to.equal("OPTIONS_INVALID");
    expect(texts(error)).to.not.include("s3cr3tkey");
    expect(await codeOf(openEndpoints([]))).to.equal("OPTIONS_INVALID");
  });

  describe("given a WebSocket", () => {
    it("tells of every block once and in order, repeated and missed heads or not", async () => {
      const first = await serve({ heads: "thrice" });
      const endpoints = await open({ pollIntervalMs: 60_000 }, [first.wsUrl]);
      const blocks: number[] = [];
      await endpoints.on("block", (number: number) => blocks.push(number));
      chain.mine();
      first.tellHead();
      await until("the head", () => blocks.includes(11));
      first.dropSockets();
      chain.mine(4); // while nobody listens
      await until("what was missed", () => blocks.includes(15));
      chain.mine();
      first.tellHead();
      await until("the head", () => blocks.includes(16));
      expect(blocks).to.deep.equal([11, 12, 13, 14, 15, 16]);
    });

    it("asks another endpoint while it is away", async () => {
      const first = await serve();
      const second = await serve({ delayMs: 10 });
      const endpoints = await open({}, [first.wsUrl, second.url]);
      expect(await endpoints.getBlockNumber()).to.equal(10);
      first.faults.drops = true;
      first.dropSockets();
      expect(await endpoints.getBlockNumber()).to.equal(10);
      first.faults.drops = false;
      await until("it is up", () => endpoints.status()[0]!.state === "up");
    });

    it("gives up one that is never opened, and tries again", async () => {
      const sockets: Socket[] = [];
      const mute = createServer((socket) => {
        if (mute.listening) sockets.push(socket);
        else socket.destroy();
      });
      mute.listen(0, "127.0.0.1");
      await once(mute, "listening");
      const { port } = mute.address() as AddressInfo;
      const { url } = await serve();
      const endpoints = await open({ timeoutMs: 100 }, [`ws://127.0.0.1:${port}`, url]);
      await until("it was tried again", () => sockets.length > 1);
      expect(await endpoints.getBlockNumber()).to.equal(10);
      mute.close();
      for (const socket of sockets) socket.destroy();
    });

    it("takes a silent connection for dropped", async () => {
      const first = await serve();
      const endpoints = await open({}, [first.wsUrl]);
      first.faults.silent = true;
      expect(await codeOf(endpoints.getBlockNumber())).to.equal("ENDPOINTS_FAILED");
      first.faults.silent = false;
      await until("it is up", () => endpoints.status()[0]!.state === "up");
      expect(await endpoints.getBlockNumber()).to.equal(10);
    });
  });
});

/** Every message and stack of an error and its causes. */
function texts(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `${error.message} ${error.stack ?? ""} ${texts(error.cause)}`;
}

async function codeOf(done: Promise<unknown>): Promise<string> {
  try {
    await done;
  } catch (error) {
    return (error as ChainError).code;
  }
  return "none";
}
