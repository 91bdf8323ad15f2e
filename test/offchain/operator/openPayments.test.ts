import { createCatalog, parsePriceRule, readOperatorConfig } from "@vouch/operator";
import type { SoldRelease } from "@vouch/operator";
import type { Row, Sql } from "@vouch/queue";
import { expect } from "chai";
import type { PaymentsDeps } from "../../../offchain/operator/payments/openPayments.ts";
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
const ELSEWHERE = ["--payments-facilitator-url", "http://facilitator.test"];

/** Opens payments over a database with so many open vouchers, and no chain: what asks it is refused by a TypeError. */
function open(price: string, args: readonly string[], vouchers = 0): Promise<unknown> {
  const query = (text: string): Promise<readonly Row[]> =>
    Promise.resolve(text.includes("count(") ? [{ open: vouchers }] : []);
  const sql: Sql = { query, transaction: (action) => action(sql) };
  const { config } = readOperatorConfig({ args, env: {} });
  const daemon = {
    ...{ operator: OPERATOR, store: { sql }, provider: {}, sender: { address: OPERATOR } },
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
    const payments = (await open("*:signature:1", [...TOKEN, ...ELSEWHERE])) as {
      readonly options: object;
      readonly deps: object;
    };
    expect([payments.options, payments.deps].some((it) => "voucher" in it)).to.equal(false);
  });

  for (const way of ["batch", "record", "individual"]) {
    it(`refuses prices of the way ${way} beside a facilitator elsewhere, and without a token`, async () => {
      const price = `*:signature:1:payment/${way}`;
      expect(await codeOfPromise(open(price, [...TOKEN, ...ELSEWHERE]))).to.equal("SETTING_UNFIT");
      expect(await codeOfPromise(open(price, []))).to.equal("SETTING_UNFIT");
    });
  }

  it("refuses a facilitator elsewhere as long as vouchers are owed that were sold before", async () => {
    const opened = open("*:signature:1", [...TOKEN, ...ELSEWHERE], 1);
    expect(await codeOfPromise(opened)).to.equal("SETTING_UNFIT");
  });
});
