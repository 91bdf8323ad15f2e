import type { PaymentWay, Purse } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { expect } from "chai";
import type { TypedDataDomain, TypedDataField } from "ethers";
import { Wallet, id } from "ethers";
import { jsonLies } from "../../../helpers/jsonLies.ts";
import {
  OFFERS,
  PAYEE,
  PRICE,
  RELEASE_ID,
  TENSOR,
  TOKEN,
  offeringFetch,
} from "../../../helpers/offeringGateway.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import { DOMAIN, OPERATOR } from "../../../helpers/trapdoorReceipt.ts";

const DEEP = process.env["VOUCH_DEEP"] === "1";
const NOW = 1_700_000_000;
const MAX_SECONDS = 900;
const WALLET = new Wallet(id("vouch.test.limits"));

/** What was signed: typed data as a wallet is shown it. */
type Signed = {
  readonly domain: TypedDataDomain;
  readonly value: Readonly<Record<string, unknown>>;
};

describe("what is signed for a gateway", () => {
  /** Asks, is made these offers, and returns what was signed and how it ended. */
  const ask = async (
    way: PaymentWay,
    offers: unknown,
    payee: Partial<Purse> = { payTo: PAYEE },
  ) => {
    const signed: Signed[] = [];
    const signer: Purse["signer"] = {
      getAddress: () => WALLET.getAddress(),
      signTypedData(domain, types: Record<string, TypedDataField[]>, value) {
        signed.push({ domain, value: value as Signed["value"] });
        return WALLET.signTypedData(domain, types, value as Record<string, unknown>);
      },
    };
    const gateway = await openGateway({
      ...{ url: "http://gateway.test", deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR] },
      fetch: offeringFetch(offers, () => new Response("{}", { status: 500 })),
      pay: {
        ...{ signer, token: TOKEN, maxAmount: PRICE, operator: OPERATOR, ...payee },
        ...{ ways: [way], maxSeconds: MAX_SECONDS, now: () => NOW },
      },
    });
    const error = await gateway
      .infer({ release: RELEASE_ID, input: TENSOR, policy: "signature" })
      .catch((it: unknown) => it);
    expect(error).to.be.instanceOf(SdkError);
    return { signed, error: error as SdkError };
  };

  /** Whatever was offered: this chain's contracts and nobody else, the price and no more, as long as was said and no longer. */
  const requireBounded = (name: string, signed: readonly Signed[]) => {
    const at = (contract: string) => String(TRAPDOOR_DEPLOYMENT[contract]);
    const own = ["inferenceRequests", "receiptLedger"].map(at);
    const payees = [PAYEE, at("requestFunding")];
    for (const { domain, value } of signed) {
      expect(domain.chainId, name).to.equal(DOMAIN.chainId);
      expect([TOKEN, ...own], name).to.include(domain.verifyingContract);
      for (const key of ["value", "amount", "maxFee"])
        if (key in value) expect(BigInt(String(value[key])) <= PRICE, `${name}: ${key}`).to.be.true;
      if ("to" in value) expect(payees, name).to.include(value["to"]);
      if ("token" in value) expect(value["token"], name).to.equal(TOKEN);
      if ("operator" in value) expect(value["operator"], name).to.equal(OPERATOR);
      for (const key of ["validBefore", "deadline", "lockDeadline"])
        if (key in value)
          expect(Number(value[key]), `${name}: ${key}`).to.be.at.most(NOW + MAX_SECONDS + 1);
    }
  };

  for (const way of ["payment", "batch", "individual"] as const)
    describe(`by ${way}`, () => {
      const required = { x402Version: 2, accepts: [OFFERS[way]] };

      it("is what was offered, where that is within the limits", async () => {
        const { signed, error } = await ask(way, required);
        expect(error.data).to.include({ code: "GATEWAY_REFUSED", httpStatus: 500 });
        expect(signed).to.have.lengthOf(way === "individual" ? 2 : 1);
        requireBounded("honest", signed);
      });

      it("stays within them, whatever one place of the offer says", async () => {
        let refused = 0;
        for (const { name, path, json } of jsonLies(required, DEEP)) {
          const { signed, error } = await ask(way, json);
          requireBounded(name, signed);
          if (signed.length === 0) refused++;
          else expect(error.code, `${name} at ${path}`).to.equal("GATEWAY_REFUSED");
        }
        expect(refused).to.be.greaterThan(DEEP ? 20 : 6);
      });

      it("stays within them, whatever is large", async () => {
        const large = (json: unknown): unknown => {
          if (typeof json === "number") return 864_000;
          return typeof json === "string" && /^\d+$/.test(json) ? "9".repeat(30) : json;
        };
        for (const { name, json } of places(OFFERS[way], large)) {
          const { signed } = await ask(way, { x402Version: 2, accepts: [json] });
          requireBounded(name, signed);
        }
      });
    });

  it("is nothing for a payee that is a name", async () => {
    const offer = { ...OFFERS.payment, payTo: "somebody.eth" };
    const { signed, error } = await ask("payment", { x402Version: 2, accepts: [offer] }, {});
    expect(signed).to.be.empty;
    expect(error.data).to.include({ code: "PAYMENT_REFUSED", field: "payTo" });
  });
});

/** Changes each leaf in turn. */
function* places(
  json: unknown,
  change: (leaf: unknown) => unknown,
  path = "",
): Generator<{ readonly name: string; readonly json: unknown }> {
  if (typeof json !== "object" || json === null) {
    yield { name: path, json: change(json) };
    return;
  }
  for (const [key, item] of Object.entries(json))
    for (const { name, json: changed } of places(item, change, `${path}.${key}`))
      yield {
        name,
        json: Array.isArray(json)
          ? (json as unknown[]).with(Number(key), changed)
          : { ...json, [key]: changed },
      };
}
