import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { BindLimits, PaymentBinding } from "@vouch/queue";
import { payments } from "@vouch/queue";
import { expect } from "chai";
import { id } from "ethers";
import { overBothDatabases } from "../../helpers/stores.ts";

const TOKEN: Hex = `0x${"0c".repeat(20)}`;
const hash = (name: string): Hex => id(name) as Hex;
/** Another for each test: they share a database. */
const addressOf = (name: string): Hex => `0x${hash(name).slice(26)}`;
const PAYEE = addressOf("payee");

function bindingOf(payer: Hex, name: string, scheme = "exact"): PaymentBinding {
  return {
    ...{ request: parseRequestId(hash(name)), resource: "/v1/infer/x", policyHash: hash("policy") },
    ...{ payer, payTo: PAYEE, asset: TOKEN, nonce: hash(name), amount: 10n },
    ...{ validBefore: 2_000_000_000, fromBlock: 1 },
    terms: JSON.stringify({ payload: {}, requirements: { scheme } }),
  };
}

overBothDatabases("payments.bindWithin", (scenario) => {
  const book = () => payments(scenario().store.sql);
  /** Funds that were read now, for what is paid by `exact`. */
  const limits = async (
    funds: bigint,
    rest: Partial<Omit<BindLimits, "funds">> = {},
  ): Promise<BindLimits> => ({
    ...{ among: { scheme: "exact" }, funds, since: await book().clock() },
    ...rest,
  });

  it("binds a payment once, whatever is sent for it later, and whatever the limits are by then", async () => {
    const first = bindingOf(addressOf("once"), "once 1");
    const bound = await book().bindWithin(hash("once 1"), first, await limits(10n));
    const later = { ...first, resource: "/other" };
    expect(await book().bindWithin(hash("once 1"), later, await limits(0n))).to.deep.equal(bound);
    expect(
      await book().bindWithin(hash("once 1"), later, await limits(99n, { most: 1 })),
    ).to.deep.equal(bound);
    expect(bound).to.deep.nested.include({ kind: "bound", "record.state": "verified" });
    expect(bound).to.deep.nested.include({ "record.binding": first });
  });

  it("binds no more than the funds cover, of however many that come at once", async () => {
    const payer = addressOf("many");
    const names = Array.from({ length: 8 }, (_, i) => `many ${i}`);
    const within = await limits(35n);
    const bound = await Promise.all(
      names.map((name) => book().bindWithin(hash(name), bindingOf(payer, name), within)),
    );
    expect(bound.filter(({ kind }) => kind === "bound")).to.have.length(3);
    expect(bound.filter(({ kind }) => kind !== "bound")).to.deep.equal(
      Array.from({ length: 5 }, () => ({ kind: "exceeded", owed: 30n })),
    );
    const [one] = names.filter((_, i) => bound[i]?.kind === "bound");
    await book().transition(hash(one!), ["verified"], "voided", { reason: "UNANSWERED" });
    const next = await book().bindWithin(hash("next"), bindingOf(payer, "next"), await limits(35n));
    expect(next.kind).to.equal("bound");
  });

  it("binds the same payment to one of many that come at once, and counts it once", async () => {
    const payer = addressOf("same");
    const within = await limits(10n);
    const bound = await Promise.all(
      Array.from({ length: 8 }, () =>
        book().bindWithin(hash("same 1"), bindingOf(payer, "same 1"), within),
      ),
    );
    expect(new Set(bound.map(({ kind }) => kind))).to.deep.equal(new Set(["bound"]));
  });

  it("counts what was captured behind the look at the funds, and nothing that was before", async () => {
    const payer = addressOf("passing");
    const before = await limits(20n);
    await book().bindWithin(hash("passing 1"), bindingOf(payer, "passing 1"), before);
    await book().bindWithin(hash("passing 2"), bindingOf(payer, "passing 2"), before);
    for (const name of ["passing 1", "passing 2"])
      await book().transition(hash(name), ["verified"], "captured", {});
    const third = bindingOf(payer, "passing 3");
    expect(await book().bindWithin(hash("passing 3"), third, before)).to.deep.equal({
      ...{ kind: "exceeded", owed: 20n },
    });
    // Its first look at the clock may be within the millisecond of the second capture.
    const captured = await book().clock();
    let since = await book().clock();
    while (since === captured) since = await book().clock();
    expect((await book().bindWithin(hash("passing 3"), third, { ...before, since })).kind).to.equal(
      "bound",
    );
  });

  it("binds as many as may be open, and more when one has ended", async () => {
    const payer = addressOf("crowd");
    const within = await limits(1_000n, { most: 2 });
    const bind = (name: string) => book().bindWithin(hash(name), bindingOf(payer, name), within);
    const bound = await Promise.all(["crowd 1", "crowd 2", "crowd 3"].map(bind));
    expect(bound.filter(({ kind }) => kind !== "bound")).to.deep.equal([
      { kind: "crowded", owed: 20n },
    ]);
    const [one] = bound.filter((it) => it.kind === "bound");
    await book().transition(one!.record.id, ["verified"], "failed", {});
    expect((await bind("crowd 4")).kind).to.equal("bound");
  });

  it("counts among what draws on the same funds alone", async () => {
    const payer = addressOf("apart");
    const held = bindingOf(payer, "apart 1", "vouch-voucher");
    const among = { payTo: PAYEE };
    const bind = async (name: string, binding: PaymentBinding, rest: object = {}) =>
      (await book().bindWithin(hash(name), binding, await limits(10n, rest))).kind;
    expect(await bind("apart 1", held, { among })).to.equal("bound");
    expect(await bind("apart 2", bindingOf(payer, "apart 2"))).to.equal("bound");
    expect(await bind("apart 3", bindingOf(payer, "apart 3"))).to.equal("exceeded");
    const elsewhere = addressOf("another payee");
    const voucher = bindingOf(payer, "apart 4", "vouch-voucher");
    expect(await bind("apart 4", voucher, { among })).to.equal("exceeded");
    const other = { ...voucher, payTo: elsewhere };
    expect(await bind("apart 4", other, { among: { payTo: elsewhere } })).to.equal("bound");
    const token = { ...bindingOf(payer, "apart 5"), asset: addressOf("another token") };
    expect(await bind("apart 5", token)).to.equal("bound");
  });
});
