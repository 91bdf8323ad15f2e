import { expect } from "chai";
import { postgresFolder } from "../helpers/postgres.ts";
import type { SoakReport } from "../helpers/soak/report.ts";
import { differencesOf, tablesOf, wordsOf } from "../helpers/soak/report.ts";
import { runSoak } from "../helpers/soak/soak.ts";

const IS_DEEP = process.env["VOUCH_DEEP"] === "1";
const SECONDS = IS_DEEP ? 600 : 30;
const SEED = Number(process.env["VOUCH_SOAK_SEED"] ?? 1);

describe(`an operator under ${String(SECONDS)} seconds of faults, seed ${String(SEED)}`, function () {
  this.timeout((SECONDS + 900) * 1_000);

  let report: SoakReport;

  before(async () => {
    const said: string[] = [];
    report = await runSoak({
      ...{ seed: SEED, seconds: SECONDS, askMs: 400 },
      // Half a minute is not to be followed by a whole one, in which what lost its nonce to another installation waits.
      ...(IS_DEEP ? {} : { reorgDepth: 16 }),
      say(line) {
        said.push(line);
        if (line.includes("NOT TRIED")) process.stderr.write(`\n  ${line}\n`);
      },
    });
    if (differencesOf(report).length + report.unfinished.length > 0)
      process.stderr.write(`\n${said.join("\n")}\n`);
    process.stderr.write(`\n${tablesOf(report)}\n`);
  });

  it("brings every request to an end", () => {
    expect(report.unfinished).to.deep.equal([]);
    expect(report.asked).to.be.greaterThan(SECONDS);
    expect(report.fulfilled).to.be.greaterThan(0);
    expect(report.refunded).to.be.greaterThan(0);
  });

  if (postgresFolder() !== undefined)
    it("sells by HTTP in every way", () => {
      expect(report.sold).to.have.all.keys("payment", "escrow", "refused", "batch", "record");
    });

  it("has all accounts agree", () => {
    expect(differencesOf(report).map(wordsOf)).to.deep.equal([]);
  });

  it("has no process that ends by itself", () => {
    expect(report.ownEnds).to.deep.equal([]);
  });
});
