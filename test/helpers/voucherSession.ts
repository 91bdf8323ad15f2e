/** Test only: what tests of a gateway that settles in batches do again and again on one scenario. */
import type { PaymentState } from "@vouch/gateway";
import { storedVouchers } from "@vouch/gateway";
import type { BatchInclusion, RequestId } from "@vouch/protocol";
import { parseBatchInclusion } from "@vouch/protocol";
import type { VoucherBatch } from "@vouch/queue";
import { expect } from "chai";
import type { IReceiptLedger } from "../../offchain/protocol/typechain/contracts/ReceiptLedger.ts";
import { memoryReceipts } from "./memoryPayments.ts";
import { until } from "./until.ts";
import type { VoucherGateway, VoucherGatewayParts, VoucherScenario } from "./voucherGateway.ts";
import { buy, voucherGateway } from "./voucherGateway.ts";

export const DAY = 24 * 3600;

export type Answer = { readonly id: RequestId; readonly payment: { readonly id: string } };
export type Found = {
  readonly receipt: unknown;
  readonly payment: { readonly state: PaymentState; readonly reason: string | null };
  readonly inclusion: unknown;
  readonly record: string | null;
};

export type VoucherSession = {
  /** The last question that was asked: each has a number of its own. */
  question: number;
  /** The gateway that is open. */
  readonly gateway: () => VoucherGateway;
  readonly open: (parts?: VoucherGatewayParts) => Promise<void>;
  /** Ends the gateway once it has nothing to send any more: others may send as the operator then. */
  readonly closed: () => Promise<void>;
  readonly channel: () => Promise<IReceiptLedger.ChannelStructOutput>;
  readonly deposit: (amount: bigint) => Promise<void>;
  readonly pass: (seconds: number) => Promise<number>;
  readonly found: (request: string) => Promise<Found>;
  /** Buys an answer to a question that nobody asked before. */
  readonly answered: () => Promise<Answer & { readonly header: string }>;
  readonly ends: (request: string, state: PaymentState) => Promise<void>;
  readonly posted: (request: string) => Promise<BatchInclusion>;
  /** Batches that are not closed. */
  readonly unclosed: () => Promise<readonly VoucherBatch[]>;
  /** Has whatever is under way claimed, so that a test begins with nothing. */
  readonly settled: () => Promise<void>;
};

/** @param of the scenario, once there is one */
export function voucherSession(of: () => VoucherScenario): VoucherSession {
  const receipts = memoryReceipts();
  let gateway: VoucherGateway | undefined;
  const current = (): VoucherGateway => {
    if (gateway === undefined) throw new TypeError("no gateway is open");
    return gateway;
  };
  const found = async (request: string): Promise<Found> =>
    (await (await fetch(`${current().url}/v1/receipts/${request}`)).json()) as Found;
  const openPayments = async () => {
    const open = await current().payments.open();
    return open.filter(({ state }) => state === "served");
  };
  const session: VoucherSession = {
    question: 0,
    gateway: current,
    async open(parts = {}) {
      gateway = await voucherGateway(of(), { receipts, ...parts });
    },
    async closed() {
      await until("no batch is open", async () => (await session.unclosed()).length === 0);
      await current().close();
    },
    channel() {
      const { ledger, payer, operator, asset } = of();
      return ledger.channelOf(payer.address, operator.address, asset);
    },
    async deposit(amount) {
      const { ledger, payer, operator, asset } = of();
      await ledger.connect(payer).deposit(operator, asset, amount);
    },
    pass: (seconds) => of().chain.networkHelpers.time.increase(seconds),
    found,
    async answered() {
      session.question += 1;
      const { response, header } = await buy(of(), current().url, session.question);
      expect(response.status).to.equal(200);
      return { ...((await response.json()) as Answer), header };
    },
    ends: (request, state) =>
      until(state, async () => (await found(request)).payment.state === state),
    async posted(request) {
      await until("posted", async () => (await found(request)).inclusion !== null);
      return parseBatchInclusion((await found(request)).inclusion);
    },
    unclosed: () => storedVouchers(of().store.sql).open(of().address),
    async settled() {
      await until("all are posted", async () => {
        const left = await openPayments();
        const all = await Promise.all(left.map((it) => found(it.binding.request)));
        return all.every(({ inclusion }) => inclusion !== null);
      });
      await session.pass(2 * DAY + 1);
      await until("nothing is open", async () => (await openPayments()).length === 0);
    },
  };
  return session;
}
