import { expect } from "chai";
import { retryAfter } from "../../../../offchain/sdk/http/retryAfter.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR = 3_600_000;

describe("retryAfter", () => {
  for (const [header, expected] of [
    ["0", 0],
    [" 120 ", 120_000],
    [new Date(NOW + HOUR).toUTCString(), HOUR],
    [new Date(NOW - HOUR).toUTCString(), 0],
    ["9".repeat(400), Infinity],
    ["soon", 0],
    ["", 0],
    [null, 0],
  ] as const)
    it(`of ${header?.slice(0, 30) ?? "nothing"} is ${expected} ms`, () => {
      expect(retryAfter(header, NOW)).to.equal(expected);
    });
});
