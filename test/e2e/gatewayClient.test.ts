import type { GatewayClient, GatewayOptions, GatewayProgress, Purse } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { Lie } from "../helpers/lyingFetch.ts";
import { lieAt, lyingFetch } from "../helpers/lyingFetch.ts";
import type { PaidChain } from "../helpers/paidChain.ts";
import { paidChain } from "../helpers/paidChain.ts";
import type { PaidGateway } from "../helpers/paidGateway.ts";
import { paidGateway, paymentIn } from "../helpers/paidGateway.ts";
import { PIECES } from "../helpers/testAnswerer.ts";
import { TRAPDOOR_DEPLOYMENT } from "../helpers/trapdoorDeployment.ts";
import { OPERATOR } from "../helpers/trapdoorReceipt.ts";

const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);
const BODY = { model: "small-talk", messages: [{ role: "user" as const, content: "Hi" }] };

describe("a client of a gateway that is paid", function () {
  this.timeout(60_000);
  let chain: PaidChain;
  let gateway: PaidGateway;
  let releases: Readonly<Record<string, string>> = {};

  before(async () => {
    chain = await paidChain();
    gateway = await paidGateway(chain);
    const models = await (await open()).models();
    releases = Object.fromEntries(models.map(({ name, release }) => [name, release]));
  });
  after(async () => {
    await gateway.close();
    await chain.close();
  });

  const purse = (change: Partial<Purse> = {}): Purse => ({
    ...{ signer: new Wallet(chain.payerKey), token: chain.asset, maxAmount: 25n },
    ...change,
  });
  const open = (
    lie: Lie = () => ({}),
    pay: Purse = purse(),
    change: Partial<GatewayOptions> = {},
  ): Promise<GatewayClient> =>
    openGateway({
      ...{ url: gateway.url, deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR] },
      ...{ releases, pay, fetch: lyingFetch(lie) },
      ...change,
    });
  const infer = (client: GatewayClient, options = {}) =>
    client.infer({ release: "credit", input: TENSOR, policy: "signature" }, options);
  const refusal = async (work: Promise<unknown>): Promise<SdkError> => {
    const error = await work.then(
      () => undefined,
      (it: unknown) => it,
    );
    expect(error).to.be.instanceOf(SdkError);
    return error as SdkError;
  };
  const paid = () => chain.token.balanceOf(chain.payer);
  /** Those of earlier tests are settled meanwhile: what is asked is which are new. */
  const payments = async () => (await gateway.payments.open({})).map(({ id }) => id);

  it("buys an inference, and says on the way what it pays", async () => {
    const steps: GatewayProgress[] = [];
    const onProgress = (it: GatewayProgress) => steps.push(it);
    const before = await paid();
    const { id, output, payment, assurance } = await infer(await open(), { onProgress });
    expect(output).to.deep.equal([-5 / 65_536, 1, (2 ** 31 - 1) / 65_536]);
    expect(assurance.kinds).to.deep.equal(["signature"]);
    expect(payment).to.include({ scheme: "exact", amount: 10n });
    const token = chain.asset;
    expect(steps).to.deep.equal([
      { status: "priced", way: "payment", amount: 10n, token },
      { status: "signed", id, payment: payment?.header },
      ...(["answered", "verified"] as const).map((status) => ({ status, id })),
    ]);
    const answer = await gateway.receipts.get(id as never);
    await paymentIn(gateway.payments, answer!.payment!, "captured");
    expect(before - (await paid())).to.equal(10n);
  });

  it("buys a text, whole and piece by piece", async () => {
    const client = await open();
    const ask = { body: BODY, policy: "signature" };
    expect((await client.chat(ask)).text).to.equal(PIECES.join(""));
    const pieces: string[] = [];
    for await (const event of client.streamChat(ask))
      if (event.kind === "piece") pieces.push(event.text);
    expect(pieces).to.deep.equal(PIECES);
  });

  describe("given answers that are lost on their way", () => {
    it("sends the same payment again, and pays once", async () => {
      const [before, asked] = [await payments(), gateway.answerer.asked.length];
      let lost = 0;
      const lie: Lie = ({ path, status }) => {
        if (!path.startsWith("/v1/infer") || status !== 200 || lost++ > 0) return {};
        return { status: 503, text: "{}" };
      };
      await infer(await open(lie));
      expect(lost).to.equal(2);
      const added = (await payments()).filter((id) => !before.includes(id));
      expect(added.length).to.be.at.most(1);
      expect(gateway.answerer.asked).to.have.lengthOf(asked + 1);
    });

    it("gives up with the payment, which buys the same answer later", async () => {
      const asked = gateway.answerer.asked.length;
      const lie: Lie = ({ path, status }) =>
        path.startsWith("/v1/infer") && status === 200 ? { status: 504, text: "{}" } : {};
      const error = await refusal(infer(await open(lie, purse(), { attempts: 1 })));
      expect(error.data).to.include({ code: "GATEWAY_REFUSED", httpStatus: 504 });
      const resume = error.payment!; // it paid
      const { payment } = await infer(await open(), { resume });
      expect(payment?.header).to.equal(resume);
      expect(gateway.answerer.asked).to.have.lengthOf(asked + 1);
    });
  });

  describe("given lies about money", () => {
    /** Changes the offers, as their header says them. */
    const offersLie =
      (change: (offer: Record<string, unknown>) => object): Lie =>
      ({ headers }) => {
        const header = headers.get("payment-required");
        if (header === null) return {};
        const json = JSON.parse(Buffer.from(header, "base64").toString()) as {
          accepts: Record<string, unknown>[];
        };
        const told = { ...json, accepts: json.accepts.map((it) => ({ ...it, ...change(it) })) };
        headers.set("payment-required", Buffer.from(JSON.stringify(told)).toString("base64"));
        return { headers };
      };
    const address = `0x${"77".repeat(20)}`;

    for (const [what, change, code, field] of [
      ["a price above the limit", { amount: "26" }, "PAYMENT_REFUSED", "amount"],
      ["another token", { asset: address }, "PAYMENT_REFUSED", "asset"],
      ["another chain", { network: "eip155:1" }, "PAYMENT_REFUSED", "network"],
      ["another payee", { payTo: address }, "PAYMENT_REFUSED", "payTo"],
      ["a payment for ever", { maxTimeoutSeconds: 1e9 }, "PAYMENT_REFUSED", "seconds"],
      ["another scheme", { scheme: "upto" }, "PAYMENT_REFUSED", "scheme"],
    ] as const)
      it(`signs nothing for ${what}`, async () => {
        const before = await payments();
        const client = await open(
          offersLie(() => change),
          purse({ payTo: chain.payTo }),
        );
        const { data } = await refusal(infer(client));
        expect(data).to.include({ code, field });
        expect(before).to.include.members(await payments());
      });

    it("takes no offer of another policy", async () => {
      const client = await open(
        offersLie(({ extra }) => {
          const { vouch } = extra as { vouch: object };
          return { extra: { ...(extra as object), vouch: { ...vouch, policyHash: "0x00" } } };
        }),
      );
      expect((await refusal(infer(client))).code).to.equal("PAYMENT_NEEDED");
    });

    it("does not pay again where the price is raised behind the payment", async () => {
      let sent = 0;
      const lie: Lie = ({ path, status, headers }) => {
        if (!path.startsWith("/v1/infer")) return {};
        sent++;
        if (status !== 200) return {};
        headers.set("payment-required", "e30=");
        return { status: 402, headers, text: "{}" };
      };
      const { data } = await refusal(infer(await open(lie)));
      expect(data).to.include({ code: "GATEWAY_REFUSED", httpStatus: 402 });
      expect(sent).to.equal(2);
    });

    it("pays nothing without a purse", async () => {
      const client = await openGateway({
        ...{ url: gateway.url, deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], releases },
      });
      expect((await refusal(infer(client))).code).to.equal("PAYMENT_NEEDED");
    });

    it("says of no payment that it was taken without a chain that shows it", async () => {
      const client = await open(
        lieAt("/v1/receipts", (said: { payment: object }) => ({
          ...said,
          payment: { ...said.payment, state: "captured", transaction: `0x${"12".repeat(32)}` },
        })),
      );
      const answer = await infer(client);
      expect((await refusal(client.settlement(answer))).code).to.equal("CHAIN_NEEDED");
    });
  });

  it("asks nothing that nobody could check", async () => {
    const asked = gateway.answerer.asked.length;
    const anybody = await openGateway({
      ...{ url: gateway.url, deployment: TRAPDOOR_DEPLOYMENT, releases, pay: purse() },
    });
    expect((await refusal(infer(anybody))).code).to.equal("CHAIN_NEEDED");
    const attested = anybody.infer({
      ...{ release: "credit", input: TENSOR, policy: `zk:attested=${OPERATOR}` },
    });
    expect((await refusal(attested)).code).to.equal("CHAIN_NEEDED");
    expect(gateway.answerer.asked).to.have.lengthOf(asked);
    const proven = await anybody
      .infer({ release: "credit", input: TENSOR, policy: "signature+zk:any" })
      .catch((it: unknown) => it);
    expect((proven as SdkError).code).to.equal("CHAIN_NEEDED");
  });

  it("names a release that is like the one that it does not know", async () => {
    const error = await refusal(
      (await open()).infer({ release: "credlt", input: TENSOR, policy: "signature" }),
    );
    expect(error.data).to.deep.include({ code: "RELEASE_NOT_FOUND", near: ["credit"] });
  });
});
