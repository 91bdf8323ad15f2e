import type { BatchEntry, EncodedInclusion, Hex } from "@vouch/protocol";
import { encodeBatchItem, receiptLeaf } from "@vouch/protocol";
import { concat, id, keccak256 } from "ethers";
import type { TransactionReceipt } from "ethers";
import { A_MOMENT, mined } from "./gasScenario.ts";
import type { LedgerScenario } from "./ledgerScenario.ts";

const COUNT = 2 ** 20;

/** A batch of 2^20 receipts, one of which can be claimed. */
export type LargeBatch = {
  readonly entry: BatchEntry;
  readonly inclusion: EncodedInclusion;
  readonly posted: TransactionReceipt;
};

/** The entry of a voucher whose deadline has no zero byte. */
export function entryOf(scenario: LedgerScenario, nonce: bigint, token: Hex): BatchEntry {
  const deadline = A_MOMENT + 0x0101_0101;
  return scenario.entry(scenario.voucher({ nonce, token, deadline }));
}

/** Posts a root of 2^20 leaves: one item's, and 20 siblings that stand for the others. */
export async function postLarge(scenario: LedgerScenario, entry: BatchEntry): Promise<LargeBatch> {
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
  const posted = await mined(ledger.connect(operator).post(root, COUNT, { value }));
  const inclusion: EncodedInclusion = { batch, item: encodeBatchItem(entry, index), proof };
  return { entry, inclusion, posted };
}

/** Claims the item as a stranger. */
export async function claimLarge(
  { ledger, stranger, signVoucher }: LedgerScenario,
  { entry, inclusion }: LargeBatch,
): Promise<TransactionReceipt> {
  const signature = await signVoucher(entry.voucher);
  return mined(ledger.connect(stranger).claim(inclusion, signature));
}
