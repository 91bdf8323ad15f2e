import { contentIdOf } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import {
  allOf,
  parseBatchInclusion,
  parseReceipt,
  releaseId,
  requireSignature,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import OpenAI from "openai";
import { deepOnly } from "../helpers/deepOnly.ts";
import type { OperatorProcess, OperatorSite } from "../helpers/operatorProcess.ts";
import { FUNDS, openOperatorSite } from "../helpers/operatorProcess.ts";
import { overPostgres } from "../helpers/stores.ts";
import { openTinyScenario, tinyModel } from "../helpers/tinyScenario.ts";
import { until } from "../helpers/until.ts";

const SIGNED = 10n;
const PROVEN = 25n;
const PRICES = `*:signature:${SIGNED}:payment/batch/record,tiny:zk:any+signature:${PROVEN}`;
const TENSOR = [0.5, -0.25, 0.125, 0];
const DEPOSIT = 1_000n;
/** Both ways in one batch, which is looked at often. */
const VOUCHERS = {
  VOUCH_PAYMENTS_VOUCHER_BATCH_ITEMS: "2",
  VOUCH_PAYMENTS_VOUCHER_POLL_MS: "100",
};
const TWO_DAYS = 2 * 24 * 3600;

type Scenario = Awaited<ReturnType<typeof openTinyScenario>>;
type Answer = {
  readonly id: Hex;
  readonly receipt: unknown;
  readonly payment: { readonly id: Hex; readonly state: string };
};
type Found = {
  readonly receipt: unknown;
  readonly payment: Answer["payment"];
  readonly inclusion: unknown;
  readonly record: string | null;
};

/** `vouch-gateway` as operators start it, asked by the stock clients of x402 and of OpenAI. */
describe("vouch-gateway", function () {
  this.timeout(120_000);
  let scenario: Scenario;
  let site: OperatorSite;
  let running: OperatorProcess;
  /** Answers of the process's last test of vouchers. */
  let vouched: readonly Answer[] = [];

  const found = async (id: string): Promise<Found> =>
    (await (await fetch(`${running.url}/v1/receipts/${id}`)).json()) as Found;
  const captured = (id: string) =>
    until("captured", async () => (await found(id)).payment.state === "captured");

  before(async () => {
    scenario = await openTinyScenario("public", tinyModel(7));
    site = await openOperatorSite(scenario);
    await site.deposit(DEPOSIT);
  });
  after(async () => {
    await site.close();
    scenario.close();
  });

  it("lists what it sells, and opens neither key nor store for it", async () => {
    const settings = { VOUCH_PAYMENTS_PRICES: PRICES, VOUCH_KEY_FILE: "" };
    const { code, text } = await site.command(["prices"], settings);
    expect(code, text).to.equal(0);
    const lines = text.split("\n").map((line) => line.trim().split(/\s{2,}/));
    expect(lines).to.deep.include.members([
      ["tiny", scenario.open.id],
      ["signature", "10", "payment, batch, record", "signature"],
      ["zk+signature", "25", "payment", "zk and signature"],
      ["char-gpt", releaseId(site.text.release)],
    ]);
  });

  deepOnly("vouch-gateway on PostgreSQL, settling by a key of its own", () => {
    overPostgres("vouch-gateway, settling by a key of its own", (server) => {
      survivesKills(() => ({
        VOUCH_DATABASE_URL: server().url,
        VOUCH_PAYMENTS_FACILITATOR_KEY_FILE: site.facilitator.keyFile,
        // HTTP alone: others would work for the chain.
        ...Object.fromEntries(
          ["INFER", "PROVE", "SETTLE", "WATCH"].map((queue) => [`VOUCH_WORK_${queue}`, "0"]),
        ),
      }));
    });
  });

  describe("on the embedded database, settling by the operator's key", () => {
    survivesKills(() => ({}));

    // Last, for it moves the chain's clock past every payment's end.
    deepOnly("a gateway that collects what nobody disputed", () => {
      it("is paid for what nobody disputed out of the deposit, two days later, though it sells nothing by then", async () => {
        await running.kill("SIGTERM");
        running = await site.start({
          ...{ ...VOUCHERS, VOUCH_PAYMENTS_TOKEN_ADDRESS: "" },
          VOUCH_PAYMENTS_PRICES: "*:signature:0",
        });
        const channel = () => site.ledger.channelOf(site.payer.address, site.operator, site.asset);
        expect((await channel()).earned).to.equal(0n);
        await scenario.chain.connection.networkHelpers.time.increase(TWO_DAYS + 1);
        for (const { id } of vouched) await captured(id);
        const earned = BigInt(vouched.length) * SIGNED;
        const { deposit, earned: credited } = await channel();
        expect([deposit, credited]).to.deep.equal([DEPOSIT - earned, earned]);
      });
    });
  });

  function survivesKills(settings: () => Record<string, string>): void {
    const start = async (): Promise<void> => {
      running = await site.start({ VOUCH_PAYMENTS_PRICES: PRICES, ...VOUCHERS, ...settings() });
    };
    const balances = async () => ({
      payer: await site.token.balanceOf(site.payer.address),
      operator: await site.token.balanceOf(site.operator),
    });
    const infer = (fetcher: typeof fetch) =>
      fetcher(`${running.url}/v1/infer/tiny`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ tensor: TENSOR }),
      });
    const kindsOf = (receipt: unknown, request: string) =>
      [...verifyReceipt(parseReceipt(receipt), { request }).assurance.kinds].sort();
    /** A fetch that keeps what was sent with a payment. */
    const keeping = () => {
      let sent: Request | undefined;
      const fetcher: typeof fetch = (input, init) => {
        const request = new Request(input, init);
        if (request.headers.has("payment-signature")) sent = request.clone();
        return fetch(request);
      };
      return { fetcher, sent: () => sent! };
    };

    before(start);
    after(async () => {
      await running.kill("SIGKILL");
    });

    it("gives an answer that is paid and proven, and takes its price", async () => {
      const before = await balances();
      const response = await infer(site.pay("zk+signature"));
      expect(response.status, running.text()).to.equal(200);
      const answer = (await response.json()) as Answer;
      expect(kindsOf(answer.receipt, answer.id)).to.deep.equal(["signature", "zk"]);
      await captured(answer.id);
      expect(await balances()).to.deep.equal({
        payer: before.payer - PROVEN,
        operator: before.operator + PROVEN,
      });
    });

    /** Asks as `infer` does, and pays by a voucher; the words of the input are those that the numbers gave. */
    const vouch = async (way: "batch" | "record", { receipt }: Answer): Promise<Answer> => {
      const pay = site.payByVoucher(way, {
        ...{ release: scenario.open.id, input: parseReceipt(receipt).input },
        ...{ policy: allOf([requireSignature()]), resource: "/v1/infer/tiny" },
        ...{ body: { tensor: TENSOR }, maxAmount: SIGNED },
      });
      const response = await infer(pay);
      expect(response.status, running.text()).to.equal(200);
      return (await response.json()) as Answer;
    };
    const includes = async ({ id }: Answer) => {
      await until("posted", async () => (await found(id)).inclusion !== null);
      const { inclusion, receipt } = await found(id);
      const place = parseBatchInclusion(inclusion);
      verifyReceipt(parseReceipt(receipt), { request: id, inclusion: place });
      expect((await site.ledger.batchOf(place.batch)).root).to.equal(place.root);
      return place;
    };

    it("loses neither answers nor payments where it is killed between both", async () => {
      const before = await balances();
      site.rpc.faults.swallows = true; // what settles is signed and sent, and no block has it
      const keeper = keeping();
      const tensor = (await (await infer(site.pay("signature", keeper.fetcher))).json()) as Answer;
      expect(tensor.payment.state).to.equal("served");
      const batched = await vouch("batch", tensor);
      const recorded = await vouch("record", tensor);
      const { data, response } = await new OpenAI({
        ...{ apiKey: "none", baseURL: `${running.url}/v1`, maxRetries: 0 },
        fetch: site.pay("signature"),
      }).chat.completions
        .create({
          ...{ model: "char-gpt", max_completion_tokens: 12, stream: true },
          messages: [{ role: "user", content: "To be" }],
        })
        .withResponse();
      let said = "";
      for await (const chunk of data) said += chunk.choices[0]?.delta.content ?? "";
      expect(said).to.not.equal("");
      const text = response.headers.get("x-vouch-receipt")!;
      const hasSent = (text: string) =>
        text.includes("ledger.post:") && text.split("transaction sent").length > 3;
      await until("sent", () => hasSent(running.text()), 60_000);
      await running.kill("SIGKILL");
      expect(await balances()).to.deep.equal(before);

      site.rpc.faults.swallows = false;
      await start();
      await captured(tensor.id);
      await captured(text);
      expect((await found(tensor.id)).receipt).to.deep.equal(tensor.receipt);
      const { receipt } = await found(text);
      expect(kindsOf(receipt, text)).to.deep.equal(["signature"]);
      expect(parseReceipt(receipt).transcript?.generation.text).to.equal(said);
      const paid = { payer: before.payer - 2n * SIGNED, operator: before.operator + 2n * SIGNED };
      expect(await balances()).to.deep.equal(paid);

      const [first, second] = [await includes(batched), await includes(recorded)];
      expect([first.batch, first.count]).to.deep.equal([second.batch, 2]);
      const cid = (await found(recorded.id)).record!;
      const published = await fetch(`${running.url}/v1/records/${cid}`);
      const record = new Uint8Array(await published.arrayBuffer());
      expect(await contentIdOf(record, "raw")).to.equal(cid);
      const kept = JSON.parse(new TextDecoder().decode(record)) as { readonly receipt: unknown };
      expect(kindsOf(kept.receipt, recorded.id)).to.deep.equal(["signature"]);
      expect((await found(batched.id)).record).to.equal(null);
      vouched = [batched, recorded];

      const sent = keeper.sent();
      const again = await fetch(`${running.url}/v1/infer/tiny`, {
        ...{ method: "POST", headers: sent.headers, body: await sent.text() },
      });
      expect(((await again.json()) as Answer).receipt).to.deep.equal(tensor.receipt);
      expect(await balances()).to.deep.equal(paid);
    });

    deepOnly("a gateway that is told to stop while it answers", () => {
      it("answers what is under way where it is told to stop", async () => {
        const before = await balances();
        const asked = infer(site.pay("zk+signature"));
        await until("under way", async () =>
          /vouch_gateway_answers_in_flight [1-9]/.test(
            await (await fetch(`${running.url}/metrics`)).text(),
          ),
        );
        const ended = running.kill("SIGTERM");
        const response = await asked;
        expect(response.status, running.text()).to.equal(200);
        const { id } = (await response.json()) as Answer;
        expect(await ended).to.equal(0);
        await start();
        await captured(id);
        expect((await balances()).operator).to.equal(before.operator + PROVEN);
      });
    });
  }

  describe("when all is done", () => {
    it("leaves payer, operator and ledger with what there was, together", async () => {
      const [payer, operator, ledger] = await Promise.all([
        site.token.balanceOf(site.payer.address),
        site.token.balanceOf(site.operator),
        site.token.balanceOf(site.ledger),
      ]);
      expect(payer + operator + ledger).to.equal(FUNDS);
    });
  });
});
