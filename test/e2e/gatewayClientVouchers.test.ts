import type { GatewayClient } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { expect } from "chai";
import { deploymentRecord } from "../helpers/deploymentRecord.ts";
import type { Lie } from "../helpers/lyingFetch.ts";
import { lieAt, lyingFetch } from "../helpers/lyingFetch.ts";
import { OPERATOR } from "../helpers/trapdoorReceipt.ts";
import type { VoucherScenario } from "../helpers/voucherGateway.ts";
import { DEPOSIT, PRICE, openVoucherScenario, schemeDeps } from "../helpers/voucherGateway.ts";
import { DAY, voucherSession } from "../helpers/voucherSession.ts";

if (process.env["VOUCH_DEEP"] === "1") paidByVouchers();
else
  process.stderr.write(
    "\n  NOT TRIED: a client that pays a gateway by vouchers, with a chain: it takes VOUCH_DEEP=1.\n",
  );

function paidByVouchers(): void {
  describe("a client of a gateway that is paid by vouchers", function () {
    this.timeout(120_000);
    let scenario: VoucherScenario;
    const session = voucherSession(() => scenario);
    const { gateway, open, channel, deposit, pass, posted } = session;

    before(async () => {
      scenario = await openVoucherScenario();
      await deposit(DEPOSIT);
      await open();
    });
    after(async () => {
      await gateway().close();
      await scenario.close();
    });

    const clientOf = async (lie: Lie = () => ({})): Promise<GatewayClient> => {
      const { chain, vouch, domain, asset: token } = scenario;
      const { provider } = chain.ethers;
      const deployment = await deploymentRecord(
        { ...vouch, domain },
        (await provider.getBlock(0))?.hash ?? "",
      );
      return openGateway({
        ...{ url: gateway().url, provider, deployment, fetch: lyingFetch(lie) },
        pay: {
          ...{ token, maxAmount: PRICE, ways: ["batch"], operator: OPERATOR },
          ...schemeDeps(scenario),
        },
      });
    };
    const infer = (client: GatewayClient, question: number) =>
      client.infer({
        release: scenario.id,
        input: Array.from({ length: 20 }, (_, i) => (i + question) / 256),
        policy: "signature",
      });

    it("is answered at once, pays once, and finds its payment when the batch is final", async () => {
      const [before, asked] = [await channel(), gateway().asked()];
      let lost = 0;
      const client = await clientOf(({ path, status }) =>
        path.startsWith("/v1/infer") && status === 200 && lost++ === 0
          ? { status: 502, text: "{}" }
          : {},
      );
      const answer = await infer(client, 1);
      expect([lost, gateway().asked()]).to.deep.equal([2, asked + 1]);
      expect(answer.payment).to.include({ scheme: "vouch-voucher", amount: PRICE });
      expect(answer.assurance.kinds).to.deep.equal(["signature"]);
      await posted(answer.id);
      await pass(2 * DAY + 1);
      expect(await client.settlement(answer)).to.have.property("state", "captured");
      expect((await channel()).earned).to.equal(before.earned + PRICE);
    });

    it("believes no capture by the voucher of another request", async () => {
      const honest = await clientOf();
      const first = await infer(honest, 2);
      await posted(first.id);
      await pass(2 * DAY + 1);
      const paid = await honest.settlement(first);
      expect(paid.state).to.equal("captured");
      const { transaction } = paid as { readonly transaction: string };
      const second = await infer(honest, 3);
      const lying = await clientOf(
        lieAt("/v1/receipts", (said: object) => ({
          ...said,
          payment: { state: "captured", transaction, reason: null },
        })),
      );
      const error = await lying.settlement(second).catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError).with.property("code", "GATEWAY_LIED");
    });

    it("signs no voucher above its limit", async () => {
      const asked = gateway().asked();
      const client = await clientOf(({ headers }) => {
        const header = headers.get("payment-required");
        if (header === null) return {};
        const json = JSON.parse(Buffer.from(header, "base64").toString()) as {
          readonly accepts: readonly object[];
        };
        const accepts = json.accepts.map((it) => ({ ...it, amount: String(PRICE + 1n) }));
        const told = JSON.stringify({ ...json, accepts });
        headers.set("payment-required", Buffer.from(told).toString("base64"));
        return { headers };
      });
      const error = await infer(client, 4).catch((it: unknown) => it);
      expect((error as SdkError).data).to.include({ code: "VOUCHER_REFUSED", field: "amount" });
      expect(gateway().asked()).to.equal(asked);
    });
  });
}
