import { createSender, nodeFees, openEndpoints } from "@vouch/chain";
import type { LedgerSend } from "@vouch/gateway";
import { transactions } from "@vouch/queue";
import { journaledSend } from "@vouch/worker";
import { expect } from "chai";
import type { FaultyRpc } from "../helpers/faultyRpc.ts";
import { startFaultyRpc } from "../helpers/faultyRpc.ts";
import { memoryReceipts } from "../helpers/memoryPayments.ts";
import { SILENT } from "../helpers/stores.ts";
import { until } from "../helpers/until.ts";
import type { VoucherGateway, VoucherScenario } from "../helpers/voucherGateway.ts";
import {
  DEPOSIT,
  PRICE,
  buy,
  ledgerChain,
  openVoucherScenario,
  voucherGateway,
} from "../helpers/voucherGateway.ts";

const DAY = 24 * 3600;

describe("a gateway that ends while its transaction is in no block", function () {
  this.timeout(60_000);
  let scenario: VoucherScenario;
  let rpc: FaultyRpc;
  const receipts = memoryReceipts();

  before(async () => {
    scenario = await openVoucherScenario();
    const { ledger, payer, operator, asset, chain } = scenario;
    await ledger.connect(payer).deposit(operator, asset, DEPOSIT);
    rpc = await startFaultyRpc((method, params) =>
      chain.provider.request({ method, params: [...params] }),
    );
  });
  after(async () => {
    await rpc.close();
    await scenario.close();
  });

  const ask = (method: string, ...params: unknown[]) =>
    scenario.chain.provider.request({ method, params });
  const count = async () => scenario.operator.getNonce("latest");
  const sentUnmined = async () =>
    (await scenario.operator.getNonce("pending")) > (await scenario.operator.getNonce("latest"));
  const batches = () => scenario.ledger.queryFilter(scenario.ledger.filters.BatchPosted());

  /** A gateway over a sender whose journal is the scenario's store; both end as a killed process would. */
  const run = async (): Promise<VoucherGateway> => {
    const { chainId } = scenario.domain;
    const provider = await openEndpoints([rpc.url], { pollIntervalMs: 20, timeoutMs: 2_000 });
    const sender = await createSender(
      {
        ...{ chainId: Number(chainId), confirmations: 0, pollIntervalMs: 20 },
        // The same transaction alone is looked for: no other is sent for it.
        resendMs: 60_000,
      },
      {
        ...{ signer: scenario.operator, provider, log: SILENT },
        journal: transactions(scenario.store.sql, chainId),
        feePolicy: nodeFees({ bumpAfterBlocks: 100 }),
      },
    );
    const stop = new AbortController();
    const ended = sender.start(stop.signal);
    const send: LedgerSend = journaledSend(sender, provider);
    const gateway = await voucherGateway(scenario, {
      ...{ receipts, chain: await ledgerChain(scenario, send) },
    });
    return {
      ...gateway,
      async close() {
        await gateway.close();
        stop.abort();
        await ended;
        provider.destroy();
      },
    };
  };
  /** Has a step's transaction sent, ends, and mines it only when the next process is up. */
  const killedBefore = async (gateway: VoucherGateway): Promise<VoucherGateway> => {
    await until("it is sent", sentUnmined);
    await gateway.close();
    const next = await run();
    const looked = rpc.calls.length;
    await until("it looked", () => rpc.calls.length > looked + 20);
    await ask("evm_mine");
    await until("it is mined", async () => !(await sentUnmined()));
    return next;
  };

  it("has it mined once, for a posting and for a claim, and is paid once", async () => {
    let gateway = await run();
    await ask("evm_setAutomine", false);
    const before = await count();
    const { response } = await buy(scenario, gateway.url, 1);
    expect(response.status).to.equal(200);
    gateway = await killedBefore(gateway);
    await until("it is noted", async () => {
      const { id } = (await response.clone().json()) as { id: string };
      const found = await fetch(`${gateway.url}/v1/receipts/${id}`);
      return ((await found.json()) as { inclusion: unknown }).inclusion !== null;
    });
    expect(await count()).to.equal(before + 1);
    expect((await batches()).length).to.equal(1);

    await scenario.chain.networkHelpers.time.increase(2 * DAY + 1);
    gateway = await killedBefore(gateway);
    const { ledger, payer, operator, asset } = scenario;
    await until("it is captured", async () => (await gateway.payments.open()).length === 0);
    expect((await ledger.channelOf(payer, operator, asset)).earned).to.equal(PRICE);
    await ask("evm_setAutomine", true);
    const [posted] = await batches();
    await ask("evm_mine");
    await until(
      "the bond is back",
      async () => (await ledger.batchOf(posted!.args.batch)).bond === 0n,
    );
    // Posting, claim and release of the bond.
    expect(await count()).to.equal(before + 3);
    await gateway.close();
  });
});
