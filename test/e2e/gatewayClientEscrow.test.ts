import type { GatewayClient } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { expect } from "chai";
import type { EscrowGateway, EscrowScenario } from "../helpers/escrowGateway.ts";
import { FEE, escrowGateway, openEscrowScenario, questionOf } from "../helpers/escrowGateway.ts";
import type { Lie } from "../helpers/lyingFetch.ts";
import { lyingFetch } from "../helpers/lyingFetch.ts";

if (process.env["VOUCH_DEEP"] === "1") paidOnProof();
else
  process.stderr.write(
    "\n  NOT TRIED: a client that pays a gateway on proof, with a chain: it takes VOUCH_DEEP=1.\n",
  );

function paidOnProof(): void {
  describe("a client of a gateway, with a chain", function () {
    this.timeout(60_000);
    let scenario: EscrowScenario;
    let gateway: EscrowGateway;
    let serving: Promise<unknown>;
    const stop = new AbortController();

    before(async () => {
      scenario = await openEscrowScenario();
      gateway = await escrowGateway(scenario);
      serving = scenario.worker.start(stop.signal);
    });
    after(async () => {
      await gateway.close();
      stop.abort();
      await serving;
      await scenario.close();
    });

    const open = (lie: Lie = () => ({})): Promise<GatewayClient> => {
      const { chain, funding, payer: signer, asset: token } = scenario;
      return openGateway({
        ...{ url: gateway.url, provider: chain.connection.ethers.provider, fetch: lyingFetch(lie) },
        deployment: { ...chain.deployment, requestFunding: funding },
        pay: {
          ...{ signer, token, maxAmount: 2n * FEE, ways: ["individual"] },
          now: () => chain.connection.networkHelpers.time.latest(),
        },
      });
    };
    const infer = (client: GatewayClient, row: number) =>
      client.infer({
        release: scenario.open.id,
        input: questionOf(scenario, row).tensor,
        policy: "signature",
      });

    it("pays on proof, has the chain judge the receipt, and finds the payment on it", async () => {
      const { requests } = scenario.chain.contracts;
      const client = await open();
      const answer = await infer(client, 0);
      expect(answer.receipt.statement.request).to.equal(answer.id);
      expect(answer.payment).to.include({ scheme: "vouch-escrow", amount: FEE });
      expect(await client.settlement(answer)).to.have.property("state", "captured");
      expect(await requests.creditOf(scenario.asset, answer.receipt.statement.operator)).to.equal(
        FEE,
      );
    });

    it("believes no settlement that the chain does not show", async () => {
      const { provider } = scenario.chain.connection.ethers;
      const others = (await provider.getBlock(1))?.transactions ?? [];
      let transaction = `0x${"12".repeat(32)}`;
      const client = await open(({ path }) =>
        path.startsWith("/v1/receipts")
          ? {
              status: 200,
              text: JSON.stringify({ payment: { state: "captured", transaction, reason: null } }),
            }
          : {},
      );
      const answer = await infer(client, 1);
      const error = await client
        .settlement({ ...answer, id: `0x${"34".repeat(32)}` })
        .catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError).with.property("code", "GATEWAY_LIED");
      // One that is on the chain, and paid something else.
      transaction = others[0]!; // the deployment's first
      const other = await client.settlement(answer).catch((it: unknown) => it);
      expect(other).to.be.instanceOf(SdkError).with.property("code", "GATEWAY_LIED");
    });
  });
}
