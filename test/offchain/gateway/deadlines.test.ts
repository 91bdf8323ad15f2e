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
    const [first, done] = [deadlines.begin(), deadlines.begin()];
    done.done();
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
    const [over, running] = [deadlines.begin(), deadlines.begin()];
    over.done();
    stopping.abort();
    const late = deadlines.begin();
    expect([over, running, late].map(({ signal }) => signal.aborted)).to.deep.equal([
      ...[false, true, true],
    ]);
    running.done();
    late.done();
  });
});

describe("drawRequestId", () => {
  it("gives 32 bytes, and none twice", () => {
    const nonces = Array.from({ length: 1000 }, drawRequestId);
    expect(new Set(nonces).size).to.equal(nonces.length);
    for (const nonce of nonces) expect(nonce).to.match(/^0x[0-9a-f]{64}$/);
  });
});
