import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import { A_MOMENT, mined } from "../../helpers/gasScenario.ts";
import { claimLarge, entryOf, postLarge } from "../../helpers/largeBatch.ts";
import {
  DISPUTE_PERIOD,
  NATIVE,
  PRICE,
  SIGNED,
  encodePolicy,
  ledgerOn,
} from "../../helpers/ledgerScenario.ts";
import type { LedgerScenario } from "../../helpers/ledgerScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/ledgerGas.json");
const BASE = 21_000;

/** Gas of whole transactions: 21,000 of each is the transaction itself, the rest execution and calldata. */
describe("gas of ReceiptLedger", () => {
  it("equals test/snapshots/ledgerGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    const chain = await network.create();
    const scenario = await ledgerOn(chain);
    await chain.networkHelpers.time.increaseTo(A_MOMENT);
    const token = await chain.ethers.deployContract("TokenPlain");
    const erc20 = (await token.getAddress()) as Hex;
    await token.mint(scenario.requester, 10n ** 20n);
    await token.connect(scenario.requester).approve(scenario.ledger, 10n ** 20n);
    const measured: Record<string, number> = {};
    const pass = async () => chain.networkHelpers.time.increase(DISPUTE_PERIOD + 1);

    measured["deposit: native"] = await deposited(scenario, NATIVE);
    measured["deposit: ERC-20"] = await deposited(scenario, erc20);
    await postLarge(scenario, entryOf(scenario, 0n, NATIVE));
    for (const [name, address] of [
      ["native", NATIVE],
      ["ERC-20", erc20],
    ] as const) {
      // The first claim of all opens the channel's earnings with the slot that holds its deposit: none is dearer.
      for (const [word, nonce] of [
        ["cold", 256n],
        ["warm", 257n],
      ] as const) {
        const large = await postLarge(scenario, entryOf(scenario, nonce, address));
        measured["post: 2^20 receipts"] = Number(large.posted.gasUsed);
        await pass();
        const claimed = await claimLarge(scenario, large);
        measured[`claim: ${name}, ${word} word`] = Number(claimed.gasUsed);
      }
    }
    const items = [];
    for (let nonce = 258n; nonce < 268n; nonce++) {
      items.push(await postLarge(scenario, entryOf(scenario, nonce, NATIVE)));
    }
    await pass();
    const signatures = await Promise.all(items.map((it) => scenario.signVoucher(it.entry.voucher)));
    const inclusions = items.map((it) => it.inclusion);
    const many = await gasOf(scenario.ledger.claimMany(inclusions, signatures));
    measured["claimMany: each of ten batches' items"] = Math.ceil(many / 10);
    // The bond behind signatures lapses in the time that passes here.
    await scenario.signatures.connect(scenario.operator).post(10n ** 18n);
    Object.assign(measured, await disputes(scenario, pass));

    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    expect(measured).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
    expect(measured["post: 2^20 receipts"]).to.be.at.most(80_000);
    for (const name of ["native", "ERC-20"]) {
      expect(measured[`claim: ${name}, warm word`]! - BASE).to.be.at.most(60_000);
      expect(measured[`claim: ${name}, cold word`]! - BASE).to.be.at.most(80_000);
    }
  });
});

async function disputes(scenario: LedgerScenario, pass: () => Promise<unknown>) {
  const { ledger, prover, stranger } = scenario;
  const value = await ledger.disputeBond();
  const proven = await postLarge(scenario, entryOf(scenario, 300n, NATIVE));
  const dropped = await postLarge(scenario, entryOf(scenario, 301n, NATIVE));
  const { index } = proven.inclusion.item;
  const own = ledger.connect(stranger);
  const dispute = await gasOf(own.dispute(proven.inclusion.batch, index, { value }));
  await own.dispute(dropped.inclusion.batch, index, { value });
  const { voucher } = proven.entry;
  const signature = await scenario.signVoucher(voucher);
  const receipt = await scenario.receipt(voucher);
  const prove = await gasOf(
    prover.prove(proven.inclusion, signature, encodePolicy(SIGNED), receipt),
  );
  await pass();
  const skip = await gasOf(own.skip(dropped.inclusion.batch, index));
  return { dispute, "prove: signature": prove, skip };
}

async function deposited({ ledger, requester, operator }: LedgerScenario, token: Hex) {
  const amount = 1000n * PRICE;
  const value = token === NATIVE ? amount : 0n;
  return gasOf(ledger.connect(requester).deposit(operator, token, amount, { value }));
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  return Number((await mined(sent)).gasUsed);
}
