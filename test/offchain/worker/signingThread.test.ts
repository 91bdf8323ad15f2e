import type { Worker } from "node:worker_threads";
import type { Domain, Hex, Statement, StatementSignature } from "@vouch/protocol";
import {
  parseAddress,
  parseReleaseId,
  parseRequestId,
  statementDigest,
  statementSigner,
} from "@vouch/protocol";
import type { SigningThread } from "@vouch/worker";
import { createBatchSigner, memorySignLog, openSigningThread } from "@vouch/worker";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const DOMAIN: Domain = { chainId: 31_337n, router: parseAddress(`0x${"c3".repeat(20)}`) };
const KEY = id("operator") as Hex;
const OPERATOR = parseAddress(new Wallet(KEY).address);

const statement = (request: number): Statement => ({
  release: parseReleaseId(id("release")),
  request: parseRequestId(id(`request ${request}`)),
  operator: OPERATOR,
  inputHash: id("input") as Hex,
  outputHash: id("output") as Hex,
});
const digests = (count: number): Hex[] =>
  Array.from({ length: count }, (_, index) => statementDigest(DOMAIN, statement(index)));
const signerOf = (digest: Hex | undefined, signed: StatementSignature | undefined) =>
  digest === undefined || signed === undefined ? null : statementSigner(DOMAIN, digest, signed);

describe("openSigningThread", () => {
  let thread: SigningThread;
  beforeEach(() => {
    thread = openSigningThread(KEY, DOMAIN);
  });
  afterEach(() => thread.close());

  it("signs a statement that is alone in the plain form", async () => {
    const [digest] = digests(1);
    const [signed, ...others] = await thread.signDigests(digests(1));
    expect(others).to.deep.equal([]);
    expect(signed?.path).to.deep.equal([]);
    expect(signerOf(digest, signed)).to.equal(OPERATOR);
  });

  it("signs many by one signature, each so that it verifies, and none as another", async () => {
    const all = digests(37);
    const signed = await thread.signDigests(all);
    expect(new Set(signed.map(({ signature }) => signature)).size).to.equal(1);
    expect(all.map((it, index) => signerOf(it, signed[index]))).to.deep.equal(
      all.map(() => OPERATOR),
    );
    expect(signerOf(all[0], signed[1])).to.not.equal(OPERATOR);
  });

  it("gives each caller its own, in whatever order they are asked", async () => {
    const lists = [digests(3), digests(1), digests(8)];
    const signed = await Promise.all(lists.map((it) => thread.signDigests(it)));
    for (const [i, list] of lists.entries())
      for (const [j, digest] of list.entries())
        expect(signerOf(digest, signed[i]?.[j])).to.equal(OPERATOR);
  });

  it("signs for a batch signer what is on record", async () => {
    const log = memorySignLog();
    const signer = createBatchSigner(
      { operator: OPERATOR, domain: DOMAIN },
      { signer: thread, signLog: log },
    );
    log.record(statement(0).request, id("another digest") as Hex);
    const settled = await Promise.allSettled([0, 1, 2].map((it) => signer.sign(statement(it))));
    expect(settled.map(({ status }) => status)).to.deep.equal([
      ...["rejected", "fulfilled", "fulfilled"],
    ]);
    const last = settled[2];
    const signed = last?.status === "fulfilled" ? last.value : undefined;
    expect(signerOf(statementDigest(DOMAIN, statement(2)), signed)).to.equal(OPERATOR);
  });

  describe("when it cannot sign", () => {
    it("says so to who asked for what is no digest, and signs the next", async () => {
      const failed = codeOfPromise(thread.signDigests(["0x12", "0x34"]));
      const [signed] = await thread.signDigests(digests(1));
      expect(await failed).to.equal("SIGNING_FAILED");
      expect(signerOf(digests(1)[0], signed)).to.equal(OPERATOR);
    });

    it("rejects what waits when its thread ends, and signs the next in another", async () => {
      const threads: Worker[] = [];
      const count = (it: Worker): void => {
        threads.push(it);
      };
      process.on("worker", count);
      const own = openSigningThread(KEY, DOMAIN);
      await own.signDigests(digests(1));
      const waiting = codeOfPromise(own.signDigests(digests(2)));
      await threads[0]?.terminate();
      expect(await waiting).to.equal("SIGNING_FAILED");
      const signed = await own.signDigests(digests(2));
      expect(signerOf(digests(2)[1], signed[1])).to.equal(OPERATOR);
      expect(threads).to.have.length(2);
      await own.close();
      process.off("worker", count);
    });

    it("rejects what waits when it is closed, and what comes later", async () => {
      const waiting = codeOfPromise(thread.signDigests(digests(2)));
      await thread.close();
      expect(await waiting).to.equal("SIGNING_FAILED");
      expect(await codeOfPromise(thread.signDigests(digests(2)))).to.equal("SIGNING_FAILED");
    });

    it("rejects everything where its key is none", async () => {
      const other = openSigningThread("0x00", DOMAIN);
      expect(await codeOfPromise(other.signDigests(digests(1)))).to.equal("SIGNING_FAILED");
      await other.close();
    });
  });
});
