import { endsInTime, NEVER } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

describe("endsInTime", () => {
  const forever = new Promise<never>(() => undefined);
  const aborted = AbortSignal.abort();

  it("waits for work that ends before it is to stop, however long that takes", async () => {
    const work = new Promise((done) => setTimeout(done, 20));
    expect(await endsInTime(work, { seconds: 0, stop: NEVER, hurry: NEVER })).to.equal(true);
  });

  it("says that work has ended which ends within its time", async () => {
    const work = Promise.resolve();
    expect(await endsInTime(work, { seconds: 60, stop: aborted, hurry: NEVER })).to.equal(true);
  });

  it("waits no longer than the time from the stop on", async () => {
    const stop = new AbortController();
    const ended = endsInTime(forever, { seconds: 0.01, stop: stop.signal, hurry: NEVER });
    stop.abort();
    expect(await ended).to.equal(false);
  });

  it("waits no longer than until it is to hurry", async () => {
    const hurry = new AbortController();
    const ended = endsInTime(forever, { seconds: 600, stop: aborted, hurry: hurry.signal });
    hurry.abort();
    expect(await ended).to.equal(false);
    expect(await endsInTime(forever, { seconds: 600, stop: NEVER, hurry: aborted })).to.equal(
      false,
    );
  });

  it("throws what the work throws", async () => {
    const work = Promise.reject(Object.assign(new Error("broken"), { code: "BROKEN" }));
    const ended = endsInTime(work, { seconds: 0, stop: NEVER, hurry: NEVER });
    expect(await codeOfPromise(ended)).to.equal("BROKEN");
  });
});
