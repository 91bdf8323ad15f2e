import type { Policy } from "@vouch/protocol";
import { allOf, parseReleaseId, requireSignature, requireTee, requireZk } from "@vouch/protocol";
import { expect } from "chai";
import type { EscrowQuestion } from "../../../offchain/gateway/payment/escrow/escrowTermsOf.ts";
import type { LedgerMeans } from "../../../offchain/gateway/payment/voucher/ledgerChain.ts";
import { createVoucherStanding } from "../../../offchain/gateway/payment/voucher/voucherStanding.ts";
import { SILENT } from "../../helpers/stores.ts";
import { CIRCUIT, OPERATOR, ZERO_BYTES32 } from "../../helpers/trapdoorReceipt.ts";

const NOW = 1_700_000_000;
const DAY = 24 * 3_600;
const SOUND: LedgerMeans = { bond: 5n, lapsesAt: NOW + 7 * DAY, missing: 2n, balance: 3n };
const SIGNED = allOf([requireSignature()]);
const PROVEN = allOf([requireZk("any")]);

describe("createVoucherStanding", () => {
  let means: LedgerMeans;
  let asked: number;
  /** Seconds that each batch which is not posted has waited. */
  let waiting: readonly number[];
  let isSilent: boolean;

  beforeEach(() => {
    [means, asked, waiting, isSilent] = [SOUND, 0, [], false];
  });

  const standing = (pollMs = 1) =>
    createVoucherStanding(
      { ledger: OPERATOR, batchItems: 8, batchSeconds: 3_600, pollMs },
      {
        chain: {
          head: () => Promise.resolve({ block: 1, time: NOW }),
          means() {
            asked += 1;
            return isSilent ? Promise.reject(new Error("no node")) : Promise.resolve(means);
          },
        },
        vouchers: {
          open: () => Promise.resolve(waiting.map((age) => ({ posted: null, age })) as never),
        },
        log: SILENT,
      },
    );
  const question = (change: Partial<EscrowQuestion> = {}): EscrowQuestion => ({
    ...{ release: parseReleaseId(ZERO_BYTES32), circuit: CIRCUIT, input: [1n], floor: allOf([]) },
    ...change,
  });
  const doubtOf = (policy: Policy = SIGNED, change: Partial<EscrowQuestion> = {}) =>
    standing().doubtOf({ policy }, question(change));

  it("has none where bond, account and posting stand, for a signature and for a proof", async () => {
    expect(await doubtOf()).to.equal(null);
    expect(await doubtOf(PROVEN)).to.equal(null);
  });

  const doubts: readonly (readonly [string, string, () => void])[] = [
    ["no bond stands", "SIGNATURE_BOND_LAPSES", () => (means = { ...SOUND, bond: 0n })],
    [
      "the bond lapses before the last dispute could be answered",
      "SIGNATURE_BOND_LAPSES",
      () => (means = { ...SOUND, lapsesAt: NOW + 6 * DAY }),
    ],
    [
      "the account has no more than a batch's bond",
      "BATCH_BOND_UNFUNDED",
      () => (means = { ...SOUND, balance: 2n }),
    ],
    ["a batch has waited for its posting for long", "POSTING_STALLED", () => (waiting = [5, 901])],
    ["no node answers", "CHAIN_SILENT", () => (isSilent = true)],
  ];
  for (const [what, doubt, change] of doubts)
    it(`says so where ${what}`, async () => {
      change();
      expect(await doubtOf()).to.equal(doubt);
    });

  it("compares the bond with what policy and release demand together", async () => {
    expect(await doubtOf({ ...SIGNED, minStake: 5n })).to.equal(null);
    expect(await doubtOf({ ...SIGNED, minStake: 6n })).to.equal("SIGNATURE_BOND_TOO_LOW");
    const floor = { ...allOf([]), minStake: 6n };
    expect(await doubtOf(SIGNED, { floor })).to.equal("SIGNATURE_BOND_TOO_LOW");
  });

  it("doubts what only an enclave could say days later", async () => {
    const tee = requireTee("UpToDate");
    expect(await doubtOf(allOf([tee]))).to.equal("EVIDENCE_LAPSES");
    expect(await doubtOf(SIGNED, { floor: allOf([tee]) })).to.equal("EVIDENCE_LAPSES");
  });

  it("doubts what no transaction could prove, and says so without asking the chain", async () => {
    const input = Array.from({ length: 4_096 }, () => 1n);
    expect(await doubtOf(SIGNED, { input })).to.equal("PROOF_TOO_LARGE");
    expect(asked).to.equal(0);
  });

  it("asks the chain no more often than it is told, and says what it found", async () => {
    const often = standing(60_000);
    await often.doubtOf({ policy: SIGNED }, question());
    waiting = [901];
    await often.doubtOf({ policy: SIGNED }, question());
    expect(asked).to.equal(1);
    await often.look();
    expect(often.facts()).to.deep.include({ doubt: "POSTING_STALLED", unpostedSeconds: 901 });
  });
});
