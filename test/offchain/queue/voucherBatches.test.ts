import type { Hex } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import type { PaymentBinding, PlannedItem, VoucherBatch } from "@vouch/queue";
import { payments, voucherBatches } from "@vouch/queue";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { overBothDatabases } from "../../helpers/stores.ts";

const TOKEN: Hex = `0x${"0c".repeat(20)}`;
const hash = (name: string): Hex => id(name) as Hex;
/** Another for each test: they share a database. */
const addressOf = (name: string): Hex => `0x${hash(name).slice(26)}`;

function bindingOf(payer: Hex, ledger: Hex, name: string): PaymentBinding {
  return {
    ...{ request: parseRequestId(hash(name)), resource: "/v1/infer/x", policyHash: hash("policy") },
    ...{ payer, payTo: ledger, asset: TOKEN, nonce: hash(name), amount: 10n },
    ...{ validBefore: 2_000_000_000, fromBlock: 1, terms: "{}" },
  };
}

function itemOf(payment: Hex, index: number): PlannedItem<Hex> {
  return {
    ...{ payment, index, leaf: hash(`leaf ${payment}`), outputHash: hash("output"), amount: 10n },
    ...{ claimed: hash("claimed"), record: null },
  };
}

overBothDatabases("vouchers and their batches", (scenario) => {
  const sql = () => scenario().store.sql;
  const vouchers = () => voucherBatches(sql());
  const book = () => payments(sql());

  /** Vouchers of one ledger, served. */
  const served = async (ledger: Hex, names: readonly string[]): Promise<Hex[]> => {
    for (const name of names) {
      const payer = addressOf(`payer of ${ledger}`);
      await book().bind(hash(name), bindingOf(payer, ledger, name));
      await book().transition(hash(name), ["verified"], "served", {});
    }
    return names.map(hash);
  };
  const planned = (root: Hex, ledger: Hex, count: number) => ({
    ...{ root, ledger, count, bond: 3n, note: null, fromBlock: 5 },
  });

  it("wait oldest first, until they are in a batch; what is not served does not wait", async () => {
    const ledger = addressOf("ledger waiting");
    const [a, b, c] = await served(ledger, ["w a", "w b", "w c"]);
    const payer = addressOf(`payer of ${ledger}`);
    await book().bind(hash("w d"), bindingOf(payer, ledger, "w d"));
    const { records, seconds } = await vouchers().waiting(ledger, 2);
    expect(records.map((it) => it.id)).to.deep.equal([a, b]);
    expect(seconds).to.be.within(0, 60);
    const root = hash("w root");
    await vouchers().seal(planned(root, ledger, 2), [itemOf(a!, 0), itemOf(b!, 1)]);
    expect((await vouchers().waiting(ledger, 9)).records.map((it) => it.id)).to.deep.equal([c]);
    const place = await vouchers().find(b!);
    expect([place?.batch.root, place?.item.index]).to.deep.equal([root, 1]);
    expect(await vouchers().leaves(root)).to.deep.equal([hash(`leaf ${a!}`), hash(`leaf ${b!}`)]);
    expect(await vouchers().find(c!)).to.equal(undefined);
    const items = await vouchers().items(root);
    expect(items.map(({ payment, index, paid }) => [payment, index, paid.state])).to.deep.equal([
      [a, 0, "served"],
      [b, 1, "served"],
    ]);
  });

  it("are in one batch, all of them or none", async () => {
    const ledger = addressOf("ledger twice");
    const [a, b] = await served(ledger, ["t a", "t b"]);
    await vouchers().seal(planned(hash("t one"), ledger, 1), [itemOf(a!, 0)]);
    const second = vouchers().seal(planned(hash("t two"), ledger, 2), [
      itemOf(b!, 0),
      itemOf(a!, 1),
    ]);
    expect(await codeOfPromise(second)).to.equal("DATABASE_FAILED");
    expect((await vouchers().open(ledger)).map(({ root }) => root)).to.deep.equal([hash("t one")]);
    expect((await vouchers().waiting(ledger, 9)).records.map((it) => it.id)).to.deep.equal([b]);
  });

  it("keep where a batch is, and count its attempts, until it is closed", async () => {
    const ledger = addressOf("ledger life");
    const [a] = await served(ledger, ["l a"]);
    const root = hash("l root");
    const plan = { ...planned(root, ledger, 1), note: hash("records"), bond: 10n ** 30n };
    await vouchers().seal(plan, [itemOf(a!, 0)]);
    const [{ age, ...kept }] = (await vouchers().open(ledger)) as [VoucherBatch];
    expect(kept).to.deep.equal({ ...plan, attempt: 0, posting: 0, posted: null });
    expect(age).to.be.within(0, 60);
    const posted = { batch: 1n << 200n, postedAt: 7, block: 8, transaction: hash("tx") };
    await vouchers().notePosted(root, posted);
    // Another process that saw the same come to nothing: what is sent next is sent once.
    await Promise.all([0, 0].map((attempt) => vouchers().nextAttempt({ root, attempt })));
    await Promise.all([0, 0].map((posting) => vouchers().nextPosting({ root, posting })));
    const counted = { ...plan, attempt: 1, posting: 1, posted };
    expect((await vouchers().open(ledger))[0]).to.deep.include(counted);
    await vouchers().notePosted(root, null);
    expect((await vouchers().open(ledger))[0]?.posted).to.equal(null);
    await vouchers().close(root);
    expect(await vouchers().open(ledger)).to.deep.equal([]);
  });

  it("know whose vouchers were paid, each once, by token", async () => {
    const ledger = addressOf("ledger paid");
    const [a, b] = await served(ledger, ["p a", "p b", "p c"]);
    const { asset, payer } = (await book().get(a!))!.binding;
    expect(await vouchers().payers(ledger, asset)).to.deep.equal([]);
    for (const id of [a!, b!]) await book().transition(id, ["served"], "captured", {});
    expect(await vouchers().payers(ledger, asset)).to.deep.equal([payer]);
    expect(await vouchers().payers(ledger, addressOf("other token"))).to.deep.equal([]);
  });
});
