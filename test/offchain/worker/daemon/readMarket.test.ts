import { readMarket } from "@vouch/worker";
import { expect } from "chai";
import type { Block } from "ethers";
import { pino } from "pino";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

const log = pino({ level: "silent" });
const block: Pick<Block, "number" | "timestamp"> = { number: 1_000, timestamp: 77 };

describe("readMarket", () => {
  it("reads the next block's price beside the recent past's", async () => {
    const asked: unknown[] = [];
    const market = await readMarket(
      {
        getBlock: () => Promise.resolve(block),
        send(method, params) {
          asked.push(method, ...params);
          return Promise.resolve({
            oldestBlock: "0x1",
            baseFeePerGas: ["0x9", "0x10", "0x4", "0x7"],
          });
        },
      },
      log,
    );
    expect(market).to.deep.equal({ time: 77, gas: { now: 7n, low: 4n, high: 16n } });
    expect(asked).to.deep.equal(["eth_feeHistory", "0x12c", "latest", []]);
  });

  for (const [what, send] of [
    ["a node that has no such method", () => Promise.reject(new Error("method not found"))],
    ["a chain without a base fee", () => Promise.resolve({ baseFeePerGas: [] })],
    ["an answer of another form", () => Promise.resolve({ baseFeePerGas: ["ten"] })],
  ] as const) {
    it(`knows no price to wait for on ${what}`, async () => {
      const market = await readMarket({ getBlock: () => Promise.resolve(block), send }, log);
      expect(market).to.deep.equal({ time: 77, gas: { now: 0n, low: 0n, high: 0n } });
    });
  }

  it("refuses a node without blocks", async () => {
    const node = { getBlock: () => Promise.resolve(null), send: () => Promise.resolve({}) };
    expect(await codeOfPromise(readMarket(node, log))).to.equal("NODE_WITHOUT_BLOCKS");
  });
});
