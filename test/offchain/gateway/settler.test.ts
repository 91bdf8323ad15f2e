import type { PaymentRecord } from "@vouch/gateway";
import { expect } from "chai";
import { pino } from "pino";
import { createSettler } from "../../../offchain/gateway/payment/settler.ts";
import { until } from "../../helpers/until.ts";

const OPTIONS = {
  states: ["served"],
  concurrency: 1,
  retryMs: 10,
  settleTimeoutMs: 1_000,
} as const;

describe("createSettler", () => {
  it("takes up what a crash left once the store answers", async () => {
    let looks = 0;
    const ended: unknown[] = [];
    const left = { id: "0x01" } as unknown as PaymentRecord;
    const settler = createSettler(OPTIONS, {
      payments: {
        open: () => (++looks < 3 ? Promise.reject(new Error("away")) : Promise.resolve([left])),
      },
      step: (record) => Promise.resolve({ kind: "ended", record }),
      onEnded: (record) => ended.push(record),
      log: pino({ level: "silent" }),
    });
    const stop = new AbortController();
    const working = settler.start(stop.signal);
    await until("it is settled", () => ended.length > 0);
    stop.abort();
    await working;
    expect(ended).to.deep.equal([left]);
    expect(looks).to.equal(3);
  });
});
