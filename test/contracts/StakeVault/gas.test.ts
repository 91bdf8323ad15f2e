import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { getBytes, id } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ETHER,
  EXIT_DELAY,
  LIABILITY,
  deployDelegated,
  openLiability,
  verdict,
} from "../../helpers/stakeScenario.ts";

const { networkHelpers } = connection;
const SNAPSHOT = join(import.meta.dirname, "../../snapshots/stakeGas.json");

/** Execution alone, from cold storage: what a call adds to a transaction, but for the 2,600 gas of a cold address. */
describe("StakeVault gas", () => {
  it("equals test/snapshots/stakeGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, shares, operator, holder, delegator, other, injured, challenger } = scenario;
    const second = { liability: id("second") };
    const third = { liability: id("third") };
    const paying = { injured, compensation: ETHER, challenger, reward: ETHER };
    // What was slashed before is not zero, in a vault in use.
    await openLiability(scenario, 1n);
    await vault.connect(holder).slash(operator, LIABILITY, verdict(1n));
    const measured: Record<string, number> = {
      stake: await executionOf(vault.connect(operator).stake({ value: ETHER })),
      "open: own stake": await executionOf(
        openLiability(scenario, 4n * ETHER, { compensation: ETHER }),
      ),
      "open: own and delegated stake": await executionOf(
        openLiability(scenario, 20n * ETHER, { ...second, compensation: 2n * ETHER }),
      ),
      "close: own stake": await executionOf(vault.connect(holder).close(operator, LIABILITY)),
      "deposit: first of a delegator": await executionOf(
        shares.connect(other).deposit(9n * ETHER, other),
      ),
      requestRedeem: await executionOf(shares.connect(other).requestRedeem(1000n)),
      requestExit: await executionOf(vault.connect(operator).requestExit(ETHER)),
      "open: own stake, beside others": await executionOf(
        openLiability(scenario, ETHER, { ...third, compensation: ETHER }),
      ),
      "slash: own and delegated stake, one in exit, two new payees": await executionOf(
        vault.connect(holder).slash(operator, second.liability, verdict(20n * ETHER, paying)),
      ),
      "slash: own stake, nobody paid": await executionOf(
        vault.connect(holder).slash(operator, third.liability, verdict(ETHER)),
      ),
    };
    await networkHelpers.time.increase(EXIT_DELAY);
    measured["redeem"] = await executionOf(shares.connect(other).redeem(1000n, other, other));
    measured["withdrawExit"] = await executionOf(vault.connect(operator).withdrawExit(operator));
    measured["openPool"] = await executionOf(vault.connect(delegator).openPool());

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
  });
});

/** What a transaction used without its 21,000 gas and its calldata. */
async function executionOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const response = await sent;
  const mined = await response.wait();
  const calldata = getBytes(response.data).reduce((gas, byte) => gas + (byte === 0 ? 4 : 16), 0);
  return Number(mined!.gasUsed) - 21_000 - calldata;
}
