import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { OpenFilter, PaymentBinding, Row, Sql } from "@vouch/queue";
import { payments } from "@vouch/queue";
import { expect } from "chai";
import { id } from "ethers";
import { overBothDatabases } from "../../helpers/stores.ts";

const VOUCHERS = 10_000;
const ADDRESS: Hex = `0x${"0c".repeat(20)}`;
const hash = (name: string): Hex => id(name) as Hex;

function bindingOf(name: string, scheme: string): PaymentBinding {
  return {
    ...{ request: parseRequestId(hash(name)), resource: "/v1/infer/x", policyHash: hash("policy") },
    ...{ payer: ADDRESS, payTo: ADDRESS, asset: ADDRESS, nonce: hash(name), amount: 10n },
    ...{ validBefore: 2_000_000_000, fromBlock: 1 },
    terms: JSON.stringify({ payload: {}, requirements: { scheme } }),
  };
}

type Plan = {
  readonly "Actual Rows"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Node Type": string;
  readonly Plans?: readonly Plan[];
};

/** The rows that a plan's scans looked at, whether they gave them or not. */
function looked({ Plans = [], ...node }: Plan): number {
  const own = node["Node Type"].includes("Scan")
    ? (node["Actual Rows"] ?? 0) + (node["Rows Removed by Filter"] ?? 0)
    : 0;
  return Plans.reduce((sum, it) => sum + looked(it), own);
}

overBothDatabases(`payments.open beside ${VOUCHERS} vouchers`, (scenario) => {
  /** Rows that the statements of the test looked at. */
  let rows = 0;
  const explained = (sql: Sql): Sql => ({
    ...sql,
    async query(text, values): Promise<readonly Row[]> {
      const [row] = await sql.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
      const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ readonly Plan: Plan }];
      rows += looked(plan);
      return sql.query(text, values);
    },
  });
  const found = async (filter: OpenFilter): Promise<readonly string[]> => {
    const book = payments(explained(scenario().store.sql));
    const open = await book.open(filter);
    expect(await book.count(filter)).to.equal(open.length);
    return open.map(({ id: payment }) => payment);
  };

  before(async function () {
    this.timeout(60_000);
    const { sql } = scenario().store;
    const book = payments(sql);
    await book.bind(hash("voucher"), bindingOf("voucher", "vouch-voucher"));
    await sql.query(
      `INSERT INTO vouch.payments (id, binding, state)
       SELECT '0x' || lpad(to_hex(n), 64, '0'), binding, 'served'
       FROM vouch.payments, generate_series(1, ${VOUCHERS}) AS n WHERE id = $1`,
      [hash("voucher")],
    );
    for (const name of ["first", "second", "third"])
      await book.bind(hash(name), bindingOf(name, "exact"));
    await book.transition(hash("second"), ["verified"], "served", {});
    await book.transition(hash("third"), ["verified"], "captured", {});
    await sql.query("ANALYZE vouch.payments");
  });
  beforeEach(() => {
    rows = 0;
  });

  it("reads those of another scheme without them", async () => {
    expect(await found({ scheme: "exact" })).to.deep.equal([hash("first"), hash("second")]);
    expect(rows).to.be.at.most(8);
  });

  it("reads the few of a state without the many of another", async () => {
    const filter = { scheme: "vouch-voucher", states: ["verified"] } as const;
    expect(await found(filter)).to.deep.equal([hash("voucher")]);
    expect(await found({ scheme: "exact", states: ["served"] })).to.deep.equal([hash("second")]);
    expect(rows).to.be.at.most(8);
  });

  it("reads all of them where none is left out", async () => {
    expect(await found({})).to.have.length(VOUCHERS + 3);
  });
});
