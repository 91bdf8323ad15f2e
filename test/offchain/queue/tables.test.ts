import { setImmediate } from "node:timers/promises";
import type { Hex, RequestId } from "@vouch/protocol";
import { parseCircuitId, parseRequestId } from "@vouch/protocol";
import type { Intent } from "@vouch/chain";
import type { PaymentBinding } from "@vouch/queue";
import {
  answers,
  chainCursor,
  fenced,
  payments,
  proofs,
  provenBatches,
  receipts,
  releaseLease,
  renewLease,
  signLog,
  takeLease,
  transactions,
} from "@vouch/queue";
import { expect } from "chai";
import { getAddress, id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { overBothDatabases } from "../../helpers/stores.ts";

const OPERATOR: Hex = `0x${"0a".repeat(20)}`;
const OTHER: Hex = `0x${"0b".repeat(20)}`;
const ONE = id("digest one") as Hex;
const TWO = id("digest two") as Hex;
const request = (name: string): RequestId => parseRequestId(id(name));

overBothDatabases("tables", (scenario) => {
  const sql = () => scenario().store.sql;

  describe("transaction", () => {
    it("leaves nothing of what throws, and passes the error on as it is", async () => {
      const cause = new RangeError("from inside");
      const cursor = chainCursor(sql(), 1n, "0x01");
      const failing = sql().transaction(async (tx) => {
        await cursor.save({ next: 3, blocks: [] }, tx);
        throw cause;
      });
      expect(await failing.catch((error: unknown) => error)).to.equal(cause);
      expect(await cursor.load()).to.equal(undefined);
    });

    it("is part of the one around it", async () => {
      const cursor = chainCursor(sql(), 1n, "0x02");
      const failing = sql().transaction(async (tx) => {
        await tx.transaction((inner) => cursor.save({ next: 3, blocks: [] }, inner));
        throw new RangeError("after the inner one");
      });
      await failing.catch((error: unknown) => error);
      expect(await cursor.load()).to.equal(undefined);
    });

    it("throws DATABASE_FAILED with the SQLSTATE of a statement that is refused, and goes on", async () => {
      const refused = sql().transaction((tx) => tx.query("SELECT 1 / 0"));
      expect(await codeOfPromise(refused)).to.equal("DATABASE_FAILED");
      const error: unknown = await sql()
        .query("SELECT 1 / 0")
        .catch((it: unknown) => it);
      expect(error)
        .to.have.property("data")
        .that.deep.equals({ code: "DATABASE_FAILED", state: "22012" });
      expect(await sql().query("SELECT 2 AS two")).to.deep.equal([{ two: 2 }]);
    });
  });

  describe("chainCursor", () => {
    it("is none at first, and then what was saved last, by chain and contract", async () => {
      const cursor = chainCursor(sql(), 10n, "0xAb");
      expect(await cursor.load()).to.equal(undefined);
      await cursor.save({ next: 5, blocks: [] }, sql());
      const second = { next: 7, blocks: [{ number: 6, hash: ONE }] };
      await cursor.save(second, sql());
      expect(await chainCursor(sql(), 10n, "0xab").load()).to.deep.equal(second);
      expect(await chainCursor(sql(), 11n, "0xab").load()).to.equal(undefined);
    });
  });

  describe("answers", () => {
    it("keep what was written first, and say so to whoever comes second", async () => {
      const key = request("answered twice");
      const book = answers(sql(), OPERATOR);
      const big = 2n ** 252n;
      expect(await book.put(key, [big, 0n])).to.deep.equal([big, 0n]);
      expect(await book.put(key, [3n])).to.deep.equal([big, 0n]);
      expect(await book.putEvidence(key, "zk", "first")).to.equal("first");
      expect(await book.putEvidence(key, "zk", "second")).to.equal("first");
      expect(await book.putEvidence(key, "signature", "third")).to.equal("third");
      await book.dropEvidence(key, "zk", "second"); // it is another since
      expect((await book.get(key))?.evidence.get("zk")).to.equal("first");
      expect(await book.putReceipt(key, '{"n":1}')).to.equal('{"n":1}');
      expect(await book.putReceipt(key, '{"n":2}')).to.equal('{"n":1}');
      expect(await book.get(key)).to.deep.equal({
        words: [big, 0n],
        evidence: new Map([
          ["signature", "third"],
          ["zk", "first"],
        ]),
        receipt: '{"n":1}',
      });
      await book.dropEvidence(key, "zk", "first");
      expect([...((await book.get(key))?.evidence.keys() ?? [])]).to.deep.equal(["signature"]);
    });

    it("are an operator's own", async () => {
      const key = request("answered by two");
      await answers(sql(), OPERATOR).put(key, [1n]);
      expect(await answers(sql(), OTHER).get(key)).to.equal(undefined);
      expect(await answers(sql(), OTHER).put(key, [2n])).to.deep.equal([2n]);
    });

    it("take no evidence and no receipt without an answer", async () => {
      const book = answers(sql(), OPERATOR);
      const key = request("never answered");
      expect(await codeOfPromise(book.putEvidence(key, "zk", "0x"))).to.equal("ANSWER_UNKNOWN");
      expect(await codeOfPromise(book.putReceipt(key, "{}"))).to.equal("ANSWER_UNKNOWN");
    });
  });

  describe("proofs", () => {
    const circuit = parseCircuitId(id("circuit"));
    const key = { circuit, digest: ONE, commitment: TWO };

    it("are given out for what they are bound to alone, the first of two", async () => {
      const book = proofs(sql());
      await book.put(key, "first");
      await book.put(key, "second");
      const others = [
        { ...key, digest: TWO },
        { ...key, commitment: ONE },
        { ...key, circuit: parseCircuitId(id("another")) },
      ];
      expect(await book.get([...others, key])).to.deep.equal([
        ...others.map(() => undefined),
        "first",
      ]);
      expect(await book.get([])).to.deep.equal([]);
    });

    it("are forgotten one by one, the oldest where there are too many, and all behind their time", async () => {
      const book = proofs(sql());
      const keys = [ONE, TWO, circuit].map((digest) => ({ ...key, digest }));
      for (const it of keys) {
        await book.drop(it);
        await book.put(it, it.digest);
        await untilLater();
      }
      const limits = { maxAgeSeconds: 3_600, maxCount: 2 };
      expect(await book.prune(limits)).to.equal(1);
      expect(await book.get(keys)).to.deep.equal([undefined, TWO, circuit]);
      expect(await book.prune(limits)).to.equal(0);
      expect(await book.prune({ ...limits, maxAgeSeconds: 0 })).to.equal(2);
      expect(await book.get(keys)).to.deep.equal([undefined, undefined, undefined]);
    });
  });

  describe("proven batches", () => {
    it("keep the first of two, and are forgotten where they still are what was wrong", async () => {
      const book = provenBatches(sql());
      await book.put(ONE, "first");
      await book.put(ONE, "second");
      expect(await book.get(ONE)).to.equal("first");
      expect(await book.get(TWO)).to.equal(undefined);
      await book.drop(ONE, "second");
      expect(await book.get(ONE)).to.equal("first");
      await book.drop(ONE, "first");
      expect(await book.get(ONE)).to.equal(undefined);
    });

    it("are forgotten, the oldest where there are too many, and all behind their time", async () => {
      const book = provenBatches(sql());
      await book.put(ONE, "one");
      await untilLater();
      await book.put(TWO, "two");
      await untilLater();
      const limits = { maxAgeSeconds: 3_600, maxCount: 1 };
      expect(await book.prune(limits)).to.equal(1);
      expect([await book.get(ONE), await book.get(TWO)]).to.deep.equal([undefined, "two"]);
      expect(await book.prune({ ...limits, maxAgeSeconds: 0 })).to.equal(1);
    });
  });

  describe("receipts", () => {
    const stored = { receipt: '{"n":1}', created: 1_000, payment: null };

    it("keep what was put first", async () => {
      const book = receipts(sql());
      const key = request("told");
      expect(await book.get(key)).to.equal(undefined);
      await book.put(key, stored);
      await book.put(key, { ...stored, receipt: '{"n":2}' });
      expect(await book.get(key)).to.deep.equal(stored);
    });

    it("are deleted when they are old, but for those whose payment is not settled", async () => {
      const [book, paid] = [receipts(sql()), payments(sql())];
      const [old, owed, recent] = [request("old"), request("owed"), request("recent")];
      const payment = id("an unsettled payment") as Hex;
      const party: Hex = `0x${"0c".repeat(20)}`;
      await paid.bind(payment, {
        ...{ request: owed, resource: "/v1/infer/x", policyHash: ONE, nonce: TWO, terms: "{}" },
        ...{ payer: party, payTo: party, asset: party, amount: 1n, validBefore: 9, fromBlock: 0 },
      });
      await book.put(old, { ...stored, created: 100 });
      await book.put(owed, { ...stored, created: 100, payment });
      await book.put(recent, { ...stored, created: 300 });
      expect(await book.prune(200, 10)).to.equal(1);
      expect(await book.get(old)).to.equal(undefined);
      expect(await book.get(owed)).to.include({ payment });
      await paid.transition(payment, ["verified"], "voided", {});
      expect(await book.prune(200, 10)).to.equal(1);
      expect(await book.get(owed)).to.equal(undefined);
      expect(await book.get(recent)).to.include({ created: 300 });
    });

    it("are deleted so many at a time, the oldest first", async () => {
      const book = receipts(sql());
      const keys = [request("one"), request("two"), request("three")];
      for (const [index, key] of keys.entries())
        await book.put(key, { ...stored, created: 10 + index });
      expect(await book.prune(100, 2)).to.equal(2);
      const left = await Promise.all(keys.map((key) => book.get(key)));
      expect(left.map((it) => it?.created)).to.deep.equal([undefined, undefined, 12]);
      expect(await book.prune(100, 2)).to.equal(1);
    });

    it("are deleted beyond so many bytes where nobody paid for them, the oldest first", async () => {
      const book = receipts(sql());
      await book.pruneFree(0, 1_000);
      const keys = [request("first"), request("second"), request("third")];
      for (const [index, key] of keys.entries())
        await book.put(key, { ...stored, created: 20 + index });
      const paid = request("paid for");
      await book.put(paid, { ...stored, created: 1, payment: id("settled") as Hex });
      const left = async () =>
        (await Promise.all([...keys, paid].map((key) => book.get(key)))).map((it) => it?.created);
      expect(await book.pruneFree(1_000, 9)).to.equal(0);
      expect(await book.pruneFree(0, 1)).to.equal(1);
      expect(await left()).to.deep.equal([undefined, 21, 22, 1]);
      // A receipt of these takes some ten bytes.
      expect(await book.pruneFree(15, 9)).to.equal(1);
      expect(await left()).to.deep.equal([undefined, undefined, 22, 1]);
      expect(await book.pruneFree(0, 9)).to.equal(1);
      expect(await left()).to.deep.equal([undefined, undefined, undefined, 1]);
    });
  });

  describe("signLog", () => {
    it("refuses a second digest for a request, and takes the first again", async () => {
      const log = signLog(sql(), OPERATOR);
      const key = request("signed");
      await log.record(key, ONE);
      await log.record(key, ONE);
      const error: unknown = await log.record(key, TWO).catch((it: unknown) => it);
      expect(error).to.have.property("data").that.deep.equals({
        code: "EQUIVOCATION_REFUSED",
        request: key,
        signed: ONE,
        refused: TWO,
      });
      await signLog(sql(), OTHER).record(key, TWO); // another operator's statement
    });

    it("records the rest of a batch, and of two that contradict each other the first", async () => {
      const log = signLog(sql(), OPERATOR);
      const [a, b] = [request("batch a"), request("batch b")];
      await log.record(a, ONE);
      const results = await log.recordAll([
        { request: b, digest: TWO },
        { request: a, digest: TWO },
        { request: b, digest: TWO },
        { request: b, digest: ONE },
      ]);
      const refused = "EQUIVOCATION_REFUSED";
      expect(results.map((it) => it?.code)).to.deep.equal([undefined, refused, undefined, refused]);
      expect(await codeOfPromise(log.record(b, ONE))).to.equal(refused);
      expect(await log.recordAll([])).to.deep.equal([]);
    });

    it("has one log of an operator, however its address is written", async () => {
      const key = request("checksummed");
      await signLog(sql(), getAddress(OPERATOR) as Hex).record(key, ONE);
      const again = signLog(sql(), OPERATOR).record(key, TWO);
      expect(await codeOfPromise(again)).to.equal("EQUIVOCATION_REFUSED");
    });

    it("lets one of many at once have a request, and the others know", async () => {
      const log = signLog(sql(), OPERATOR);
      const names = Array.from({ length: 20 }, (_, index) => request(`contended ${index}`));
      const batches = [ONE, TWO, ONE, TWO].map((digest, index) => {
        const order = index % 2 === 0 ? names : names.toReversed();
        return order.map((it) => ({ request: it, digest }));
      });
      const results = await Promise.all(batches.map((it) => log.recordAll(it)));
      for (const name of names) {
        const allowed = new Set(
          batches.flatMap((batch, index) => {
            const at = batch.findIndex((it) => it.request === name);
            return results[index]![at] === undefined ? [batch[at]!.digest] : [];
          }),
        );
        expect(allowed.size).to.equal(1);
      }
    });
  });

  describe("transactions", () => {
    let count = 0;
    const intent = (change: Partial<Intent> = {}): Intent => {
      const key = `intent ${count++}`;
      return { key, to: OTHER, data: "0x1234", value: 10n ** 30n, gasLimit: 21_000n, ...change };
    };
    /** A sender of its own for each test. */
    const account = (name: string): Hex => id(name).slice(0, 42) as Hex;
    const journal = () => transactions(sql(), 5n);

    it("gives nonces from the chain's on, without a gap, and the same again for the same key", async () => {
      const sender = account("reserves");
      const first = intent();
      expect(await journal().reserve(sender, first, 7)).to.deep.equal({
        ...{ sender, nonce: 7, intent: first },
        ...{ attempts: [], mined: undefined, isFinal: false },
      });
      expect((await journal().reserve(sender, intent(), 3)).nonce).to.equal(8);
      expect((await journal().reserve(sender, first, 12)).nonce).to.equal(7);
      expect((await journal().reserve(sender, intent(), 12)).nonce).to.equal(12);
      expect((await transactions(sql(), 6n).reserve(sender, intent(), 0)).nonce).to.equal(0);
    });

    it("gives as many nonces as are asked for at once, each to one", async () => {
      const sender = account("crowd");
      const intents = Array.from({ length: 16 }, () => intent());
      const twice = [...intents, ...intents];
      const entries = await Promise.all(twice.map((it) => journal().reserve(sender, it, 0)));
      const nonces = new Set(entries.map(({ nonce }) => nonce));
      expect([...nonces].sort((a, b) => a - b)).to.deep.equal([...intents.keys()]);
      for (const [index, it] of intents.entries())
        expect(entries[index]!.nonce, it.key).to.equal(entries[index + 16]!.nonce);
    });

    it("keeps attempts in order, where they were mined, and what is open", async () => {
      const sender = account("attempts");
      const wanted = intent({ deadline: 1_900_000_000, maxFeePerGas: 9n });
      await journal().reserve(sender, wanted, 0);
      await journal().reserve(sender, intent(), 0);
      const legacy = { hash: ONE, raw: "0xaa", fees: { gasPrice: 3n } } as const;
      const fees = { maxFeePerGas: 2n ** 70n, maxPriorityFeePerGas: 1n };
      const bumped = { hash: TWO, raw: "0xbb", fees } as const;
      await journal().attempt(wanted.key, legacy);
      await journal().attempt(wanted.key, bumped);
      const mined = { hash: TWO, blockNumber: 9, blockHash: ONE, status: 0 };
      await journal().mined(wanted.key, mined);
      expect(await journal().at(sender, 0)).to.deep.equal({
        ...{ sender, nonce: 0, intent: wanted },
        ...{ attempts: [legacy, bumped], mined, isFinal: false },
      });
      await journal().final(wanted.key);
      expect((await journal().open(sender)).map(({ nonce }) => nonce)).to.deep.equal([1]);
      await journal().reopened(wanted.key);
      const open = await journal().open(sender);
      expect(open.map(({ nonce, mined: at }) => [nonce, at])).to.deep.equal([
        [0, undefined],
        [1, undefined],
      ]);
    });

    it("moves an intent to another nonce, and gives its first to nobody", async () => {
      const sender = account("moves");
      const moving = intent();
      await journal().reserve(sender, moving, 4);
      await journal().attempt(moving.key, { hash: ONE, raw: "0x", fees: { gasPrice: 1n } });
      const moved = await journal().moved(moving.key, 4, 0);
      expect(moved).to.deep.include({ nonce: 5, attempts: [], mined: undefined });
      // Another process that saw the same: its intent must not run twice.
      const again = await Promise.all([4, 4].map((used) => journal().moved(moving.key, used, 0)));
      expect(again.map(({ nonce }) => nonce)).to.deep.equal([5, 5]);
      expect(await journal().at(sender, 4)).to.equal(undefined);
      expect((await journal().reserve(sender, intent(), 0)).nonce).to.equal(6);
      const filling = journal().fill(sender, intent(), 4);
      expect(await codeOfPromise(filling)).to.equal("NONCE_RESERVED");
    });

    it("fills the nonce that it is told, or returns who has it", async () => {
      const sender = account("fills");
      const filler = intent();
      expect((await journal().fill(sender, filler, 2)).nonce).to.equal(2);
      expect((await journal().fill(sender, intent(), 2)).intent.key).to.equal(filler.key);
      expect((await journal().reserve(sender, intent(), 0)).nonce).to.equal(3);
    });

    it("throws ENTRY_UNKNOWN for a key without a nonce", async () => {
      const attempt = { hash: ONE, raw: "0x", fees: { gasPrice: 1n } } as const;
      for (const attempted of [
        () => journal().attempt("nobody", attempt),
        () => journal().final("nobody"),
        () => journal().reopened("nobody"),
        () => journal().moved("nobody", 0, 0),
      ])
        expect(await codeOfPromise(attempted())).to.equal("ENTRY_UNKNOWN");
    });
  });

  describe("payments", () => {
    const binding = (name: string): PaymentBinding => ({
      ...{ request: request(name), resource: "/v1/infer/0x01", policyHash: ONE },
      ...{ payer: OPERATOR, payTo: OTHER, asset: OTHER, nonce: TWO, amount: 2n ** 100n },
      ...{ validBefore: 1_900_000_000, fromBlock: 12, terms: '{"signed":"0x00"}' },
    });

    it("bind a payment once, to the first request", async () => {
      const book = payments(sql());
      const paid = id("payment bound") as Hex;
      const first = { id: paid, binding: binding("first"), state: "verified", facts: {} };
      expect(await book.bind(paid, binding("first"))).to.deep.equal(first);
      expect(await book.bind(paid, binding("second"))).to.deep.equal(first);
      expect(await book.get(paid)).to.deep.equal(first);
      expect(await book.get(ONE)).to.equal(undefined);
    });

    it("move once, though many try, and gather facts", async () => {
      const book = payments(sql());
      const paid = id("payment moved") as Hex;
      await book.bind(paid, binding("moved"));
      await book.transition(paid, ["verified"], "served", {});
      const tries = [1, 2, 3].map((n) =>
        book.transition(paid, ["served"], "captured", { transaction: `0x0${n}` as Hex }),
      );
      const results = await Promise.all(tries);
      expect(new Set(results.map(({ facts }) => facts.transaction)).size).to.equal(1);
      const late = await book.transition(paid, ["verified", "served"], "voided", {
        reason: "LATE",
      });
      expect(late.state).to.equal("captured");
      expect(late.facts).to.not.have.property("reason");
      const unknown = book.transition(TWO, ["served"], "failed", {});
      expect(await codeOfPromise(unknown)).to.equal("PAYMENT_UNKNOWN");
    });

    it("list what is verified or served, oldest first", async () => {
      const book = payments(sql());
      const [a, b, c] = ["open a", "open b", "open c"].map((it) => id(it) as Hex) as [
        Hex,
        Hex,
        Hex,
      ];
      for (const it of [a, b, c]) await book.bind(it, binding("open"));
      await book.transition(b, ["verified"], "voided", {});
      await book.transition(c, ["verified"], "served", {});
      const open = (await book.open()).map((it) => it.id).filter((it) => [a, b, c].includes(it));
      expect(open).to.deep.equal([a, c]);
    });
  });

  describe("leases", () => {
    it("are one process's until it gives them up, and then another's", async () => {
      const lease = await takeLease(sql(), "key a", "first", 60);
      expect(await takeLease(sql(), "key a", "second", 60)).to.equal(undefined);
      expect(await takeLease(sql(), "key a", "first", 60)).to.deep.equal(lease);
      await renewLease(sql(), lease!, 60);
      await releaseLease(sql(), lease!);
      const next = await takeLease(sql(), "key a", "second", 60);
      expect(next!.fence).to.equal(lease!.fence + 1n);
      expect(await codeOfPromise(renewLease(sql(), lease!, 60))).to.equal("LEASE_LOST");
    });

    it("go to one of many that find one ended", async () => {
      await takeLease(sql(), "key b", "gone", 0);
      const names = ["one", "two", "three", "four"];
      const taken = await Promise.all(names.map((it) => takeLease(sql(), "key b", it, 60)));
      expect(taken.filter((it) => it !== undefined)).to.have.length(1);
    });

    it("keep one who slept through their end from writing", async () => {
      const sleeper = (await takeLease(sql(), "key c", "sleeper", 0))!;
      const journal = transactions(fenced(sql(), sleeper), 5n);
      const sender = id("slept").slice(0, 42) as Hex;
      const intent = { key: "slept", to: OTHER, data: "0x", value: 0n, gasLimit: 1n } as const;
      await journal.reserve(sender, intent, 0); // nobody took it yet
      await takeLease(sql(), "key c", "successor", 60);
      const attempt = { hash: ONE, raw: "0x", fees: { gasPrice: 1n } } as const;
      expect(await codeOfPromise(journal.attempt("slept", attempt))).to.equal("LEASE_LOST");
      const another = journal.reserve(sender, { ...intent, key: "slept 2" }, 0);
      expect(await codeOfPromise(another)).to.equal("LEASE_LOST");
      expect(await transactions(sql(), 5n).open(sender)).to.have.length(1);
    });
  });
});

/** PGlite's clock has milliseconds: what was put in one is of equal age. */
async function untilLater(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await setImmediate();
}
