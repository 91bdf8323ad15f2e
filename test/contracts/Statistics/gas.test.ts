import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/statisticsGas.json");
const COUNTS = [10, 100, 1_000, 10_000] as const;
/** In the order of StatisticsMock's enumeration. */
const STATISTICS = [
  "min",
  "max",
  "mean",
  "variance",
  "stdDev",
  "median",
  "standardize",
  "normalize",
  "correlation",
  "returnsOf",
] as const;
/** What one transaction may use at most (EIP-7825), a block of 60 million or not. */
const TRANSACTION_GAS_CAP = 2 ** 24;
/** For the call that measures, which draws the elements too. */
const ENOUGH = 100_000_000n;

describe("gas of Statistics", () => {
  it("equals test/snapshots/statisticsGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const { ethers } = await network.create({
      override: { blockGasLimit: ENOUGH, transactionGasCap: ENOUGH },
    });
    const mock = await ethers.deployContract("StatisticsMock");
    const measured: Record<string, Record<string, number>> = {};
    const measure = async (name: string, statistic: number, isFalling: boolean): Promise<void> => {
      measured[name] = {};
      for (const count of COUNTS) {
        const gas = await mock.gasOf(statistic, count, isFalling, { gasLimit: ENOUGH });
        measured[name][String(count)] = Number(gas);
        expect(Number(gas), `${name} of ${count}`).to.be.below(TRANSACTION_GAS_CAP);
      }
    };
    for (const [i, name] of STATISTICS.entries()) await measure(name, i, false);
    await measure("median of a falling series", STATISTICS.indexOf("median"), true);

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});
