import type { PaymentDeps, PaymentStore, ReceiptStore } from "@vouch/gateway";
import { expect } from "chai";
import { parseOptions } from "../../../offchain/gateway/options.ts";
import { createTill } from "../../../offchain/gateway/till.ts";
import { SILENT } from "../../helpers/stores.ts";
import { DOMAIN, OPERATOR } from "../../helpers/trapdoorReceipt.ts";
import { until } from "../../helpers/until.ts";

const OPTIONS = parseOptions({
  domain: DOMAIN,
  publicUrl: "http://localhost",
  answerTimeoutMs: 1_000,
  payments: {
    ...{ payTo: OPERATOR, token: { asset: OPERATOR, name: "A", version: "1" }, settleRetryMs: 5 },
  },
});

describe("createTill", () => {
  it("works on where its store is away when it begins", async () => {
    let looks = 0;
    const away = (): Promise<never> => {
      looks += 1;
      return Promise.reject(new Error("away"));
    };
    const payments: PaymentDeps = {
      store: { open: away, count: away } as unknown as PaymentStore, // nothing else is asked
      facilitator: {} as PaymentDeps["facilitator"],
      tokens: {} as PaymentDeps["tokens"],
    };
    const unused = (): never => {
      throw new TypeError("nothing ends");
    };
    const till = createTill(
      OPTIONS,
      { payments, receipts: {} as ReceiptStore, log: SILENT },
      unused,
    );
    const stop = new AbortController();
    const working = till?.start(stop.signal);
    let isOver = false;
    const ended = working?.finally(() => (isOver = true));
    ended?.catch(() => undefined); // awaited below
    await until("it has looked again", () => isOver || looks > 6);
    expect(isOver).to.equal(false);
    stop.abort();
    await ended;
  });
});
