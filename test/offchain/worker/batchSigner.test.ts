import type { Domain, Hex, Statement, StatementSignature } from "@vouch/protocol";
import { parseAddress, parseRequestId, statementDigest, statementSigner } from "@vouch/protocol";
import type { ReleaseId, RequestId } from "@vouch/protocol";
import type { BatchSigner, BatchSignerDeps, BatchSignerOptions, SignEntry } from "@vouch/worker";
import { createBatchSigner, memorySignLog } from "@vouch/worker";
import { expect } from "chai";
import type { TypedDataDomain, TypedDataField } from "ethers";
import { Wallet, id } from "ethers";
import fc from "fast-check";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const DOMAIN: Domain = { chainId: 31_337n, router: parseAddress(`0x${"c3".repeat(20)}`) };
const WALLET = new Wallet(id("operator"));
const OPERATOR = parseAddress(WALLET.address);
/** Longer than any test: nothing is signed because time went by. */
const NEVER_MS = 2 ** 30;

const statement = (request: number, output = 0): Statement => ({
  release: id("release") as ReleaseId,
  request: parseRequestId(id(`request ${request}`)),
  operator: OPERATOR,
  inputHash: id("input") as Hex,
  outputHash: id(`output ${output}`) as Hex,
});
const statements = (count: number): Statement[] =>
  Array.from({ length: count }, (_, index) => statement(index));
const isSigned = (it: Statement, signed: StatementSignature): boolean =>
  statementSigner(DOMAIN, statementDigest(DOMAIN, it), signed) === OPERATOR;

/** A signer that says what was recorded and signed, in order, and one that tests let go. */
function recording(
  options: Partial<BatchSignerOptions> = {},
  change: Partial<BatchSignerDeps> = {},
) {
  const log = memorySignLog();
  const calls: string[] = [];
  const deps: BatchSignerDeps = {
    signer: {
      signTypedData: (domain, types, value) => {
        calls.push(`sign ${Object.keys(types).join()}`);
        return WALLET.signTypedData(domain, types, value);
      },
    },
    signLog: {
      recordAll: (entries: readonly SignEntry[]) => {
        calls.push(`record ${entries.length}`);
        return log.recordAll(entries);
      },
    },
    ...change,
  };
  const batchSigner = createBatchSigner({ operator: OPERATOR, domain: DOMAIN, ...options }, deps);
  return { batchSigner, calls, log };
}

/** A key that signs when the test says so. */
function heldKey() {
  const held: (() => void)[] = [];
  const signTypedData = (
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> =>
    new Promise((resolve) => {
      held.push(() => {
        resolve(WALLET.signTypedData(domain, types, value));
      });
    });
  return { held, signer: { signTypedData } };
}

const signAll = (batchSigner: BatchSigner, all: readonly Statement[]) =>
  Promise.all(all.map((it) => batchSigner.sign(it)));

describe("createBatchSigner", () => {
  it("signs any number of statements, each so that it verifies", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 64 }),
        async (count, maxBatch) => {
          const { batchSigner } = recording({ maxBatch });
          const all = statements(count);
          const signatures = await signAll(batchSigner, all);
          for (const [index, it] of all.entries()) {
            expect(isSigned(it, signatures[index]!), String(index)).to.be.true;
          }
          expect(isSigned(statement(count), signatures[0]!)).to.be.false;
        },
      ),
      { seed: 7, numRuns: 12 },
    );
  });

  describe("given one statement", () => {
    it("signs it in the plain form, once nothing else came", async () => {
      const { batchSigner, calls } = recording();
      const signed = await batchSigner.sign(statement(1));
      expect(signed.path).to.deep.equal([]);
      expect(isSigned(statement(1), signed)).to.be.true;
      expect(calls).to.deep.equal(["record 1", "sign Statement"]);
    });
  });

  describe("given statements of one interval", () => {
    it("records all of them at once, then makes one signature", async () => {
      const { batchSigner, calls } = recording();
      const signatures = await signAll(batchSigner, statements(100));
      expect(calls).to.deep.equal(["record 100", "sign StatementBatch"]);
      expect(new Set(signatures.map(({ signature }) => signature))).to.have.property("size", 1);
      for (const { path } of signatures) expect(path.length).to.be.within(1, 8);
    });

    it("makes it when as many wait as a batch takes, whatever the interval", async () => {
      const { batchSigner, calls } = recording({ intervalMs: NEVER_MS, maxBatch: 8 });
      await signAll(batchSigner, statements(24));
      expect(calls.filter((it) => it === "record 8")).to.have.length(3);
      await batchSigner.close();
    });

    it("signs one that is asked for twice once", async () => {
      const { batchSigner, calls } = recording();
      const [one, again] = await signAll(batchSigner, [statement(1), statement(1)]);
      expect(one).to.deep.equal(again);
      expect(calls).to.deep.equal(["record 1", "sign Statement"]);
    });

    it("gives two batches of one statement nothing to be linked by", async () => {
      const pathOf = async () =>
        (await signAll(recording().batchSigner, [statement(1), statement(2)]))[0]!.path;
      expect(await pathOf()).to.not.deep.equal(await pathOf());
    });
  });

  describe("given statements that are there together", () => {
    const signables = (all: readonly Statement[]) =>
      all.map((it) => ({ statement: it, digest: statementDigest(DOMAIN, it) }));

    it("signs them at once, whatever the interval, with those that wait", async () => {
      const { batchSigner, calls } = recording({ intervalMs: NEVER_MS });
      const before = batchSigner.sign(statement(9));
      const outcomes = await batchSigner.signAll(signables(statements(5)));
      outcomes.forEach((it, index) => {
        expect(!(it instanceof Error) && isSigned(statement(index), it), String(index)).to.be.true;
      });
      expect(isSigned(statement(9), await before)).to.be.true;
      expect(calls).to.deep.equal(["record 6", "sign StatementBatch"]);
    });

    it("tells of each what became of it, in order, also of more than one batch takes", async () => {
      const { batchSigner, calls, log } = recording({ maxBatch: 3 });
      for (const it of [1, 4])
        log.record(statement(it).request, statementDigest(DOMAIN, statement(it, 1)));
      const outcomes = await batchSigner.signAll(signables(statements(7)));
      expect(outcomes.map((it) => it instanceof Error)).to.deep.equal([
        ...[false, true, false, false, true, false, false],
      ]);
      expect(outcomes[4]).to.have.property("code", "EQUIVOCATION_REFUSED");
      outcomes.forEach((it, index) => {
        if (!(it instanceof Error)) expect(isSigned(statement(index), it)).to.be.true;
      });
      expect(calls.filter((it) => it.startsWith("record"))).to.deep.equal([
        ...["record 3", "record 3", "record 1"],
      ]);
    });

    it("signs none where one is another's, more than may wait, or when it is closed", async () => {
      const { batchSigner, calls } = recording({ maxWaiting: 4 });
      const refused = (all: readonly Statement[]) =>
        codeOfPromise(batchSigner.signAll(signables(all)));
      const foreign = { ...statement(1), operator: parseAddress(`0x${"12".repeat(20)}`) };
      expect(await refused([statement(0), foreign])).to.equal("STATEMENT_NOT_OWN");
      expect(await refused(statements(5))).to.equal("SIGNER_BUSY");
      await batchSigner.close();
      expect(await refused(statements(1))).to.equal("SIGNER_CLOSED");
      expect(calls).to.deep.equal([]);
    });
  });

  describe("given two answers to one request", () => {
    it("refuses the second alone", async () => {
      const { batchSigner, log } = recording();
      log.record(statement(7).request, statementDigest(DOMAIN, statement(7, 1)));
      const all = [statement(1), statement(1, 2), statement(2), statement(7)];
      const results = await Promise.allSettled(all.map((it) => batchSigner.sign(it)));
      expect(results.map(({ status }) => status)).to.deep.equal([
        ...["fulfilled", "rejected", "fulfilled", "rejected"],
      ]);
      for (const [index, result] of results.entries()) {
        if (result.status === "fulfilled") {
          expect(isSigned(all[index]!, result.value)).to.be.true;
          continue;
        }
        expect(
          codeOf(() => {
            throw result.reason;
          }),
        ).to.equal("EQUIVOCATION_REFUSED");
      }
    });

    it("refuses it also where it writes the request in capitals", async () => {
      const { batchSigner } = recording();
      await batchSigner.sign(statement(1));
      const request = `0x${statement(1).request.slice(2).toUpperCase()}` as RequestId;
      const other = { ...statement(1, 2), request };
      expect(await codeOfPromise(batchSigner.sign(other))).to.equal("EQUIVOCATION_REFUSED");
    });

    it("makes no signature where every one is refused", async () => {
      const { batchSigner, calls, log } = recording();
      log.record(statement(1).request, statementDigest(DOMAIN, statement(1, 1)));
      expect(await codeOfPromise(batchSigner.sign(statement(1)))).to.equal("EQUIVOCATION_REFUSED");
      expect(calls).to.deep.equal(["record 1"]);
    });
  });

  describe("given a log that fails", () => {
    it("signs nothing, and tells everybody", async () => {
      const signLog = { recordAll: () => Promise.reject(new Error("no space left")) };
      const { batchSigner, calls } = recording({}, { signLog });
      const results = await Promise.allSettled(statements(3).map((it) => batchSigner.sign(it)));
      expect(results.map(({ status }) => status)).to.deep.equal(Array(3).fill("rejected"));
      expect(calls).to.deep.equal([]);
    });
  });

  describe("given a key that fails", () => {
    it("throws SIGNING_FAILED with its cause, and signs the same statements later", async () => {
      const cause = new Error("the device is locked");
      let isLocked = true;
      const signer: BatchSignerDeps["signer"] = {
        signTypedData: (...data) =>
          isLocked ? Promise.reject(cause) : WALLET.signTypedData(...data),
      };
      const { batchSigner } = recording({}, { signer });
      const results = await Promise.allSettled(statements(2).map((it) => batchSigner.sign(it)));
      for (const result of results) {
        expect(result).to.have.property("reason").that.includes({ code: "SIGNING_FAILED", cause });
      }
      isLocked = false;
      for (const [index, it] of (await signAll(batchSigner, statements(2))).entries())
        expect(isSigned(statement(index), it)).to.be.true;
    });
  });

  describe("given a key that fails, and a statement that may not be signed", () => {
    it("says of that one what it is refused for, and of the others that the key failed", async () => {
      const signer: BatchSignerDeps["signer"] = {
        signTypedData: () => Promise.reject(new Error("the device is locked")),
      };
      const { batchSigner, log } = recording({}, { signer });
      log.record(statement(1).request, statementDigest(DOMAIN, statement(1, 1)));
      const codes = await Promise.all(
        statements(3).map((it) => codeOfPromise(batchSigner.sign(it))),
      );
      expect(codes).to.deep.equal(["SIGNING_FAILED", "EQUIVOCATION_REFUSED", "SIGNING_FAILED"]);
    });
  });

  describe("given more than may wait", () => {
    it("throws SIGNER_BUSY, and takes more when some are signed", async () => {
      const { batchSigner } = recording({ maxWaiting: 4, intervalMs: NEVER_MS, maxBatch: 5 });
      const first = statements(4).map((it) => batchSigner.sign(it));
      expect(await codeOfPromise(batchSigner.sign(statement(4)))).to.equal("SIGNER_BUSY");
      const repeated = batchSigner.sign(statement(0));
      await batchSigner.close();
      expect(await repeated).to.deep.equal(await first[0]);
    });

    it("counts what is being signed", async () => {
      const { held, signer } = heldKey();
      const { batchSigner } = recording({ maxWaiting: 2, maxBatch: 2 }, { signer });
      const first = statements(2).map((it) => batchSigner.sign(it));
      expect(await codeOfPromise(batchSigner.sign(statement(2)))).to.equal("SIGNER_BUSY");
      while (held.length === 0) await new Promise(setImmediate);
      held.shift()?.();
      await Promise.all(first);
      const next = signAll(batchSigner, [statement(2), statement(3)]);
      while (held.length === 0) await new Promise(setImmediate);
      held.shift()?.();
      expect(await next).to.have.length(2);
    });
  });

  describe("while a batch is being signed", () => {
    it("gathers the next one, and makes one signature at a time", async () => {
      const { held, signer } = heldKey();
      const { batchSigner, calls } = recording({ intervalMs: 0, maxBatch: 100 }, { signer });
      const first = signAll(batchSigner, statements(3));
      while (held.length === 0) await new Promise(setImmediate);
      const second = signAll(batchSigner, statements(50).slice(3));
      expect(calls).to.deep.equal(["record 3"]);
      held.shift()?.();
      await first;
      while (held.length === 0) await new Promise(setImmediate);
      expect(calls).to.deep.equal(["record 3", "record 47"]);
      held.shift()?.();
      expect(await second).to.have.length(47);
    });
  });

  describe("when it is closed", () => {
    it("signs what waits, batch by batch, and refuses what comes after", async () => {
      const { batchSigner, calls } = recording({ intervalMs: NEVER_MS, maxBatch: 10 });
      const nine = signAll(batchSigner, statements(9));
      const closed = batchSigner.close();
      expect(await codeOfPromise(batchSigner.sign(statement(9)))).to.equal("SIGNER_CLOSED");
      await closed;
      expect(await nine).to.have.length(9);
      expect(calls).to.deep.equal(["record 9", "sign StatementBatch"]);
      await batchSigner.close();
    });

    it("waits for the batch that is being signed and for what gathered meanwhile", async () => {
      const { held, signer } = heldKey();
      const { batchSigner } = recording({ intervalMs: NEVER_MS, maxBatch: 2 }, { signer });
      const signatures = signAll(batchSigner, statements(5));
      const closed = batchSigner.close();
      for (let batch = 0; batch < 3; batch++) {
        while (held.length === 0) await new Promise(setImmediate);
        held.shift()?.();
      }
      await closed;
      expect(await signatures).to.have.length(5);
    });
  });

  for (const options of [
    { maxBatch: 0 },
    { maxBatch: 1.5 },
    { maxBatch: 2 ** 20 + 1 },
    { maxWaiting: 0 },
    { intervalMs: -1 },
    { intervalMs: Number.NaN },
    { intervalMs: 2 ** 31 },
  ]) {
    it(`throws OPTIONS_INVALID for ${JSON.stringify(options)}`, () => {
      expect(codeOf(() => recording(options))).to.equal("OPTIONS_INVALID");
    });
  }

  it("throws STATEMENT_NOT_OWN for another operator's, and records nothing", async () => {
    const { batchSigner, calls } = recording();
    const other = { ...statement(1), operator: DOMAIN.router };
    expect(await codeOfPromise(batchSigner.sign(other))).to.equal("STATEMENT_NOT_OWN");
    expect(calls).to.deep.equal([]);
  });
});
