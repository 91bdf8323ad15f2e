import type { Intent, Journal } from "@vouch/chain";
import { ChainError, memoryJournal } from "@vouch/chain";
import { expect } from "chai";

const SENDER = `0x${"aa".repeat(20)}` as const;
const OTHER = `0x${"bb".repeat(20)}` as const;
const ATTEMPT = { hash: "0x01", raw: "0x02", fees: { gasPrice: 1n } } as const;
const MINED = { hash: "0x01", blockNumber: 7, blockHash: "0x03", status: 1 } as const;

/** What every journal has to do; the one of the database is held to the same. */
describe("Journal", () => {
  let journal: Journal;

  beforeEach(() => {
    journal = memoryJournal();
  });

  it("gives each key one nonce, in a row, from the chain's on", async () => {
    const nonces = await Promise.all(
      ["a", "b", "a", "c"].map(
        async (key) => (await journal.reserve(SENDER, intent(key), 5)).nonce,
      ),
    );
    expect(nonces).to.deep.equal([5, 6, 5, 7]);
    expect((await journal.reserve(SENDER, intent("d"), 20)).nonce).to.equal(20);
    expect((await journal.reserve(SENDER, intent("e"), 0)).nonce).to.equal(21);
    expect((await journal.reserve(OTHER, intent("f"), 0)).nonce).to.equal(0);
  });

  it("fills a nonce that nobody has, and returns who has it", async () => {
    await journal.reserve(SENDER, intent("a"), 5);
    expect((await journal.fill(SENDER, intent("g"), 3)).intent.key).to.equal("g");
    expect((await journal.fill(SENDER, intent("h"), 3)).intent.key).to.equal("g");
    expect((await journal.fill(SENDER, intent("h"), 5)).intent.key).to.equal("a");
    expect((await journal.reserve(SENDER, intent("b"), 0)).nonce).to.equal(6);
  });

  it("moves an intent to a new nonce, and gives the old one to nobody", async () => {
    await journal.reserve(SENDER, intent("a"), 0);
    await journal.attempt("a", ATTEMPT);
    const moved = await journal.moved("a", 0, 4);
    expect(moved).to.deep.include({ nonce: 4, attempts: [], mined: undefined });
    expect(await journal.at(SENDER, 0)).to.equal(undefined);
    expect(await codeOf(journal.fill(SENDER, intent("b"), 0))).to.equal("NONCE_RESERVED");
    expect((await journal.at(SENDER, 4))?.intent.key).to.equal("a");
    expect((await journal.moved("a", 0, 9)).nonce).to.equal(4); // another process saw the same
  });

  it("keeps attempts, block and finality", async () => {
    await journal.reserve(SENDER, intent("a"), 0);
    await journal.attempt("a", ATTEMPT);
    await journal.mined("a", MINED);
    expect(await journal.at(SENDER, 0)).to.deep.include({ attempts: [ATTEMPT], mined: MINED });
    expect(await journal.open(SENDER)).to.have.length(1);
    await journal.final("a");
    expect(await journal.open(SENDER)).to.be.empty;
    await journal.reopened("a");
    const [open] = await journal.open(SENDER);
    expect(open).to.deep.include({ attempts: [ATTEMPT], mined: undefined, isFinal: false });
  });

  it("refuses what it does not know", async () => {
    expect(await codeOf(journal.attempt("a", ATTEMPT))).to.equal("ENTRY_UNKNOWN");
    expect(await codeOf(journal.mined("a", MINED))).to.equal("ENTRY_UNKNOWN");
  });
});

function intent(key: string): Intent {
  return { key, to: OTHER, data: "0x", value: 0n, gasLimit: 21_000n };
}

async function codeOf(done: Promise<unknown>): Promise<string> {
  try {
    await done;
  } catch (error) {
    if (error instanceof ChainError) return error.code;
    throw error;
  }
  return "none";
}
