import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BatchEntry, EncodedInclusion, Hex } from "@vouch/protocol";
import { encodeBatchItem, receiptLeaf } from "@vouch/protocol";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { concat, id, keccak256 } from "ethers";
import { network } from "hardhat";
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
const COUNT = 2 ** 20;
/** Deadlines are calldata, and a zero byte is cheaper: here none is zero, whatever the minute. */
const A_MOMENT = 0xf486_8010;
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
    await postLarge(scenario, scenario.entry(voucherOf(scenario, 0n, NATIVE)));
    for (const [name, address] of [
      ["native", NATIVE],
      ["ERC-20", erc20],
    ] as const) {
      // The first claim of all opens the channel's earnings with the slot that holds its deposit: none is dearer.
      for (const [word, nonce] of [
        ["cold", 256n],
        ["warm", 257n],
      ] as const) {
        const large = await postLarge(
          scenario,
          scenario.entry(voucherOf(scenario, nonce, address)),
        );
        measured["post: 2^20 receipts"] = large.gas;
        await pass();
        const signature = await scenario.signVoucher(large.entry.voucher);
        const sent = scenario.ledger.connect(scenario.stranger).claim(large.inclusion, signature);
        measured[`claim: ${name}, ${word} word`] = await gasOf(sent);
      }
    }
    const items = [];
    for (let nonce = 258n; nonce < 268n; nonce++) {
      items.push(await postLarge(scenario, scenario.entry(voucherOf(scenario, nonce, NATIVE))));
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
  const proven = await postLarge(scenario, scenario.entry(voucherOf(scenario, 300n, NATIVE)));
  const dropped = await postLarge(scenario, scenario.entry(voucherOf(scenario, 301n, NATIVE)));
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

function voucherOf(scenario: LedgerScenario, nonce: bigint, token: Hex) {
  return scenario.voucher({ nonce, token, deadline: A_MOMENT + 0x0101_0101 });
}

/** Posts a root of 2^20 leaves: one item's, and 20 siblings that stand for the others. */
async function postLarge(scenario: LedgerScenario, entry: BatchEntry) {
  const { ledger, operator, domain } = scenario;
  const own = { chainId: domain.chainId, ledger: (await ledger.getAddress()) as Hex };
  const index = 0xa_bcde;
  const proof = Array.from(
    { length: 20 },
    (_, i) => id(`sibling ${i} ${entry.voucher.nonce}`) as Hex,
  );
  const root = proof.reduce(
    (node, it, i) => keccak256((index >> i) & 1 ? concat([it, node]) : concat([node, it])) as Hex,
    receiptLeaf(own, entry, index),
  );
  const value = await ledger.bondFor(COUNT);
  const batch = await ledger.connect(operator).post.staticCall(root, COUNT, { value });
  const gas = await gasOf(ledger.connect(operator).post(root, COUNT, { value }));
  const inclusion: EncodedInclusion = { batch, item: encodeBatchItem(entry, index), proof };
  return { entry, inclusion, gas };
}

async function deposited({ ledger, requester, operator }: LedgerScenario, token: Hex) {
  const amount = 1000n * PRICE;
  const value = token === NATIVE ? amount : 0n;
  return gasOf(ledger.connect(requester).deposit(operator, token, amount, { value }));
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const mined = await (await sent).wait();
  return Number(mined!.gasUsed);
}
