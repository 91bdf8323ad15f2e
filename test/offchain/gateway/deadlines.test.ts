import { once } from "node:events";
import { expect } from "chai";
import { createDeadlines } from "../../../offchain/gateway/deadlines.ts";
import { drawRequestId } from "../../../offchain/gateway/payment/drawRequestId.ts";

const NEVER_MS = 2 ** 30;

describe("createDeadlines", () => {
  it("aborts what takes too long, with what AbortSignal.timeout says", async () => {
    const { signal } = createDeadlines(1, new AbortController().signal).begin();
    const kept = setTimeout(() => undefined, NEVER_MS); // its own timer keeps no process alive
    if (!signal.aborted) await once(signal, "abort");
    clearTimeout(kept);
    expect(signal.reason).to.have.property("name", "TimeoutError");
  });

  it("gives each its own time, also where one before it is over or done", async () => {
    const limit = 20;
    const deadlines = createDeadlines(limit, new AbortController().signal);
    const kept = setTimeout(() => undefined, NEVER_MS);
    const done = deadlines.begin();
    done.done();
    const first = deadlines.begin();
    for (const began = performance.now(); performance.now() < began + limit / 2;);
    const begun = performance.now();
    const second = deadlines.begin();
    for (const { signal } of [first, second]) if (!signal.aborted) await once(signal, "abort");
    clearTimeout(kept);
    expect(performance.now() - begun).to.be.at.least(limit);
    expect(done.signal.aborted).to.equal(false);
  });

  it("aborts what is under way when the gateway stops, what is begun later, and nothing that is done", () => {
    const stopping = new AbortController();
    const deadlines = createDeadlines(NEVER_MS, stopping.signal);
    const over = deadlines.begin();
    over.done();
    const running = deadlines.begin();
    stopping.abort();
    const late = deadlines.begin();
    expect([over, running, late].map(({ signal }) => signal.aborted)).to.deep.equal([
      ...[false, true, true],
    ]);
    running.done();
    late.done();
  });
});

describe("Deadline.bound", () => {
  const never = new Promise<never>(() => undefined);

  it("resolves and rejects as the work does", async () => {
    const { bound } = createDeadlines(NEVER_MS, new AbortController().signal).begin();
    expect(await bound(Promise.resolve(7))).to.equal(7);
    const fault = new RangeError("the work's own");
    expect(await bound(Promise.reject(fault)).catch((it: unknown) => it)).to.equal(fault);
  });

  it("leaves behind what does not heed the signal, of all that began together, and what comes later", async () => {
    const stopping = new AbortController();
    const deadlines = createDeadlines(NEVER_MS, stopping.signal);
    const [one, other] = [deadlines.begin(), deadlines.begin()];
    const left = [one.bound(never), other.bound(never)];
    const reason = new RangeError("it stops");
    stopping.abort(reason);
    for (const it of [...left, one.bound(never), deadlines.begin().bound(never)])
      expect(await it.catch((error: unknown) => error)).to.equal(reason);
  });
});

describe("drawRequestId", () => {
  it("gives 32 bytes, and none twice", () => {
    const nonces = Array.from({ length: 1000 }, drawRequestId);
    expect(new Set(nonces).size).to.equal(nonces.length);
    for (const nonce of nonces) expect(nonce).to.match(/^0x[0-9a-f]{64}$/);
  });
});
