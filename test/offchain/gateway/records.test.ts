import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordStore } from "@vouch/gateway";
import {
  contentIdOf,
  contentIdOfDigest,
  digestOf,
  folderRecords,
  parseContentId,
} from "@vouch/gateway";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const HELLO = new TextEncoder().encode("hello world");
/** `b`, and base32 of 01 55 12 20 and the sha2-256, by another implementation. */
const HELLO_CID = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

describe("content addresses", () => {
  it("are CIDv1 over sha2-256, in base32", async () => {
    expect(await contentIdOf(HELLO, "raw")).to.equal(HELLO_CID);
    expect(parseContentId(HELLO_CID)).to.equal(HELLO_CID);
  });

  it("follow from their hash and codec", async () => {
    for (const codec of ["raw", "dag-json"] as const) {
      const cid = await contentIdOf(HELLO, codec);
      expect(contentIdOfDigest(digestOf(cid), codec)).to.equal(cid);
    }
  });

  for (const [what, text] of [
    ["an empty one", ""],
    ["a path", "../receipts.json"],
    ["version 0", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"],
    ["another codec", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(codeOf(() => parseContentId(text))).to.equal("RECORD_UNKNOWN");
    });
  }
});

describe("folderRecords", () => {
  let folder: string;
  let records: RecordStore;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "vouch-records-")), "records");
    records = folderRecords(folder);
  });
  afterEach(() => {
    rmSync(join(folder, ".."), { recursive: true });
  });

  it("gives what was put, and nothing else", async () => {
    expect(await records.get(HELLO_CID)).to.equal(undefined);
    expect(await records.put(HELLO, "raw")).to.equal(HELLO_CID);
    expect(new Uint8Array((await records.get(HELLO_CID))!)).to.deep.equal(HELLO);
  });

  it("keeps the same bytes once, however many put them at once", async () => {
    await Promise.all(Array.from({ length: 5 }, () => records.put(HELLO, "raw")));
    expect(readdirSync(folder)).to.deep.equal([HELLO_CID]);
  });

  it("gives nothing that is not what its address says", async () => {
    await records.put(HELLO, "raw");
    writeFileSync(join(folder, HELLO_CID), "hello w0rld");
    expect(await codeOfPromise(records.get(HELLO_CID))).to.equal("RECORD_CORRUPT");
  });
});
