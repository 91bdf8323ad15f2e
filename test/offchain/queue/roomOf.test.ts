import { expect } from "chai";
import type { Database } from "../../../offchain/queue/database.ts";
import { QueueError } from "../../../offchain/queue/errors.ts";
import { roomOf } from "../../../offchain/queue/roomOf.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const FULL = new QueueError({ code: "DATABASE_FAILED", state: "53100" });
const OTHER = new QueueError({ code: "DATABASE_FAILED", state: "23505" });
const EMBEDDED = new QueueError({ code: "DISK_FULL", folder: "", free: 0, needed: 1 });

describe("roomOf", () => {
  let time = 0;
  const failingWith = (error: QueueError): ReturnType<typeof roomOf> => {
    const fail = (): Promise<never> => Promise.reject(error);
    const database: Database = {
      ...{ kind: "postgres", boss: {}, close: () => Promise.resolve() },
      ...{ query: fail, transaction: fail },
    };
    return roomOf(database, () => time);
  };

  beforeEach(() => {
    time = 0;
  });

  for (const error of [FULL, EMBEDDED])
    it(`is full for ten seconds behind each statement that fails with ${error.code}`, async () => {
      const database = failingWith(error);
      expect(database.isFull()).to.equal(false);
      expect(await codeOfPromise(database.query("SELECT"))).to.equal(error.code);
      time = 9_999;
      expect(database.isFull()).to.equal(true);
      expect(await codeOfPromise(database.transaction(() => Promise.resolve()))).to.equal(
        error.code,
      );
      time = 19_998;
      expect(database.isFull()).to.equal(true);
      time = 19_999;
      expect(database.isFull()).to.equal(false);
    });

  it("takes no other failure for a full disk", async () => {
    const database = failingWith(OTHER);
    expect(await codeOfPromise(database.query("SELECT"))).to.equal("DATABASE_FAILED");
    expect(database.isFull()).to.equal(false);
  });
});
