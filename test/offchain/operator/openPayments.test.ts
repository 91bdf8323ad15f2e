import { createCatalog, parsePriceRule, readOperatorConfig } from "@vouch/operator";
import type { SoldRelease } from "@vouch/operator";
import type { Hex } from "@vouch/protocol";
import type { Row, Sql } from "@vouch/queue";
import { expect } from "chai";
import { id, zeroPadValue } from "ethers";
import type { Payments, PaymentsDeps } from "../../../offchain/operator/payments/openPayments.ts";
import { openPayments } from "../../../offchain/operator/payments/openPayments.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { SILENT } from "../../helpers/stores.ts";
import { testCatalog } from "../../helpers/testAnswerer.ts";
import { DOMAIN, OPERATOR } from "../../helpers/trapdoorReceipt.ts";

const [TENSOR] = testCatalog({ signature: 1n }).list() as unknown as [SoldRelease];
const TOKEN = [
  ...["--payments-token-address", OPERATOR, "--payments-token-name", "A"],
  ...["--payments-token-version", "1"],
];
const NETWORK = `eip155:${DOMAIN.chainId}`;
const NOTHING_SIGNED = {
  ...{ x402Version: 2, accepted: { scheme: "exact", network: "eip155:1" } },
  payload: { authorization: { from: OPERATOR } },
} as never;
const ELSEWHERE = ["--payments-facilitator-url", "http://facilitator.test"];

const OTHER: Hex = `0x${"0c".repeat(20)}`;

/** A row of the payments, owed by what was sold before. */
function owedRow(scheme: string, asset: Hex = OTHER, payTo: Hex = OTHER): Row {
  const requirements = { scheme, asset, payTo, extra: { name: "Former", version: "2" } };
  const binding = {
    ...{ request: id("request"), resource: "/", policyHash: id("policy"), payer: OPERATOR },
    ...{ payTo, asset, nonce: id("nonce"), amount: "1", validBefore: 1, fromBlock: 1 },
    terms: JSON.stringify({ requirements }),
  };
  return { id: id(scheme), binding, state: "served", facts: {} };
}

/** Opens payments over a database with these open payments, and a chain that knows of one contract. */
function open(price: string, args: readonly string[], owed: readonly Row[] = []) {
  const query = (text: string): Promise<readonly Row[]> =>
    Promise.resolve(text.includes("FROM vouch.payments") ? owed : []);
  const sql: Sql = { query, transaction: (action) => action(sql) };
  const { config } = readOperatorConfig({ args, env: {} });
  const daemon = {
    ...{ operator: OPERATOR, store: { sql }, sender: { address: OPERATOR } },
    provider: {
      call: () => Promise.resolve(zeroPadValue(OPERATOR, 32)),
      _send: () => Promise.resolve([{ result: "0x60" }]),
    },
    ...{ home: { records: "" }, contracts: {} },
    deployment: {
      ...{ chainId: DOMAIN.chainId.toString(), evidenceRouter: DOMAIN.router },
      ...{ receiptLedger: OPERATOR, requestFunding: OPERATOR, inferenceRequests: OPERATOR },
    },
  } as unknown as PaymentsDeps["daemon"];
  const catalog = createCatalog([parsePriceRule(price)], [TENSOR]);
  return openPayments(config, { daemon, catalog, signer: undefined, log: SILENT });
}

describe("openPayments", () => {
  it("takes payments by a facilitator elsewhere, and no vouchers, where none are sold", async () => {
    const payments = await open("*:signature:1", [...TOKEN, ...ELSEWHERE]);
    expect([payments!.options, payments!.deps].some((it) => "voucher" in it)).to.equal(false);
  });

  for (const way of ["batch", "record", "individual"]) {
    it(`refuses prices of the way ${way} beside a facilitator elsewhere, and without a token`, async () => {
      const price = `*:signature:1:payment/${way}`;
      expect(await codeOfPromise(open(price, [...TOKEN, ...ELSEWHERE]))).to.equal("SETTING_UNFIT");
      expect(await codeOfPromise(open(price, []))).to.equal("SETTING_UNFIT");
    });
  }

  for (const scheme of ["vouch-voucher", "vouch-escrow"])
    it(`refuses a facilitator elsewhere as long as '${scheme}' is owed that was sold before`, async () => {
      const opened = open("*:signature:1", [...TOKEN, ...ELSEWHERE], [owedRow(scheme)]);
      expect(await codeOfPromise(opened)).to.equal("SETTING_UNFIT");
    });

  it("opens nothing where everything is free and nothing is owed", async () => {
    expect(await open("*:signature:0", [])).to.equal(undefined);
  });

  it("sells nothing in a token that is taken no more, whatever is owed in it", async () => {
    const opened = open("*:signature:1", [], [owedRow("exact")]);
    expect(await codeOfPromise(opened)).to.equal("SETTING_UNFIT");
  });

  for (const [when, price, args] of [
    ["no token is taken any more", "*:signature:0", []],
    ["another token is taken by now", "*:signature:1", TOKEN],
  ] as const) {
    describe(`given that ${when}`, () => {
      const refusalOf = async (payments: Payments | undefined, asset: Hex, payTo: Hex) => {
        const requirements = { scheme: "exact", network: NETWORK, asset, payTo } as never;
        const { facilitator } = payments!.deps;
        return (await facilitator.verify(NOTHING_SIGNED, requirements)).invalidReason;
      };

      it("settles the transfers that are owed, to whom they were promised", async () => {
        const payments = await open(price, args, [owedRow("exact")]);
        // It is for the token to say: nothing was signed.
        expect(await refusalOf(payments, OTHER, OTHER)).to.be.a("string");
        const stranger = refusalOf(payments, OTHER, `0x${"0d".repeat(20)}`);
        expect(await codeOfPromise(stranger)).to.equal("FACILITATOR_REFUSED");
        expect(payments?.options.token.asset).to.equal(args.length === 0 ? OTHER : OPERATOR);
      });

      for (const [scheme, part] of [
        ["vouch-voucher", "voucher"],
        ["vouch-escrow", "escrow"],
      ] as const)
        it(`looks after '${scheme}' to its end, which no price names any more`, async () => {
          const payments = await open(price, args, [owedRow(scheme)]);
          expect(payments?.options[part]).to.be.an("object");
          expect(payments?.deps[part]).to.be.an("object");
        });

      it("lets others settle by none of it", async () => {
        const payments = await open(
          price,
          [...args, "--payments-facilitator-open", "true"],
          [owedRow("exact")],
        );
        const { mounted } = payments!.deps;
        const requirements = { scheme: "exact", network: NETWORK, asset: OTHER, payTo: OTHER };
        const settle = async () => mounted?.settle(NOTHING_SIGNED, requirements as never);
        if (args.length === 0) expect(mounted).to.equal(undefined);
        else expect(await codeOfPromise(settle())).to.equal("FACILITATOR_REFUSED");
      });
    });
  }
});
