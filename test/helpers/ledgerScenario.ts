import type {
  Assurance,
  BatchEntry,
  EncodedInclusion,
  EncodedTerms,
  Hex,
  Policy,
  Statement,
  Voucher,
} from "@vouch/protocol";
import {
  encodeBatchItem,
  encodePolicy,
  encodeTerms,
  allOf,
  requireSignature,
  receiptLeaf,
  receiptProof,
  receiptRoot,
  receiptTree,
  voucherTypedData,
} from "@vouch/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroAddress, id } from "ethers";
import type { ReceiptLedger, ReceiptProver } from "../../offchain/protocol/typechain/index.ts";
import type { Connection } from "./deployVouch.ts";
import { connection } from "./deployVouch.ts";
import { ETHER, GOOD, INPUT, hashOfWords, prove, scenarioOn, sign } from "./vouchScenario.ts";
import type { Evidence, Receipt, Scenario } from "./vouchScenario.ts";

export const DAY: number = 24 * 3600;
export const DISPUTE_PERIOD: number = 2 * DAY;
export const ANSWER_PERIOD: number = DAY;
export const CLAIM_PERIOD: number = 2 * DAY;
export const WITHDRAWAL_DELAY: number = 8 * DAY;
export const NATIVE: Hex = ZeroAddress as Hex;
export const BOND: bigint = 10n ** 16n;
export const PRICE: bigint = 10n ** 15n;

/** In the order of `IReceiptLedger.Status`. */
export const STATUS = { undisputed: 0n, disputed: 1n, proven: 2n, skipped: 3n } as const;
/** In the order of `IReceiptLedger.Refusal`. */
export const REFUSAL = {
  none: 0n,
  notIncluded: 1n,
  notFinal: 2n,
  skipped: 3n,
  claimPeriodOver: 4n,
  voucherExpired: 5n,
  amountTooHigh: 6n,
  signatureInvalid: 7n,
  voucherSpent: 8n,
  depositInsufficient: 9n,
} as const;

/** Nothing is claimed of the evidence. */
export const NO_CLAIM: Assurance = {
  kinds: [],
  developmentSetup: true,
  unattestedSetup: true,
  simulatedEnclave: false,
  vouchedEnclave: false,
  externalVerifier: false,
  quorumArbitration: false,
  quorumK: 0,
  quorumN: 0,
  minTcb: 0,
  tolerance: 0,
  window: 0,
  stakeAtRisk: 0n,
};

export const SIGNED: Policy = allOf([requireSignature()]);

/** A posted batch with what its items were made of. */
export type PostedBatch = {
  readonly id: bigint;
  readonly entries: readonly BatchEntry[];
  readonly postedAt: number;
  readonly inclusion: (index: number) => EncodedInclusion;
};

export type LedgerScenario = Scenario & {
  readonly ledger: ReceiptLedger;
  readonly prover: ReceiptProver;
  readonly voucher: (overrides?: Partial<Voucher>) => Voucher;
  readonly entry: (voucher: Voucher, overrides?: Partial<BatchEntry>) => BatchEntry;
  /** The requester's signature, or another's. */
  readonly signVoucher: (voucher: Voucher, by?: HardhatEthersSigner) => Promise<string>;
  /** Posts as `operator`, or another, with the bond sent along. */
  readonly post: (entries: readonly BatchEntry[], by?: HardhatEthersSigner) => Promise<PostedBatch>;
  /** The receipt of an item whose words are `INPUT` and `output`, with a signature as evidence unless told otherwise. */
  readonly receipt: (
    voucher: Voucher,
    output?: bigint[],
    evidence?: readonly ("signature" | "zk")[],
  ) => Promise<Receipt>;
  readonly deposit: (token?: Hex, amount?: bigint) => Promise<void>;
};

/** A deployment whose requester has deposited an ether for `operator`. */
export async function deployLedger(): Promise<LedgerScenario> {
  const scenario = await ledgerOn(connection);
  await scenario.deposit();
  return scenario;
}

export async function ledgerOn(chain: Connection): Promise<LedgerScenario> {
  const scenario = await scenarioOn(chain);
  const { ethers, networkHelpers } = chain;
  const { ledger, operator, requester, releaseId, domain } = scenario;
  const prover = await ethers.getContractAt("ReceiptProver", await ledger.prover());
  const own = { chainId: domain.chainId, ledger: (await ledger.getAddress()) as Hex };
  const deadline = (await networkHelpers.time.latest()) + 365 * DAY;
  let nonces = 0n;

  const receipt: LedgerScenario["receipt"] = async (
    { operator: by, terms },
    output = GOOD,
    evidence = ["signature"],
  ) => {
    const claim = {
      release: terms.release,
      request: terms.request,
      operator: by,
      input: INPUT,
      output,
    };
    const pieces: Evidence[] = [];
    for (const kind of evidence) {
      const signer = await ethers.getSigner(by);
      pieces.push(kind === "zk" ? prove(domain, claim) : await sign(signer, domain, claim));
    }
    return { ...claim, evidence: pieces };
  };

  return {
    ...scenario,
    prover,
    receipt,
    voucher: (overrides = {}) => ({
      requester: requester.address as Hex,
      operator: operator.address as Hex,
      token: NATIVE,
      amount: PRICE,
      nonce: nonces++,
      deadline,
      terms: {
        release: releaseId as Voucher["terms"]["release"],
        request: id(`request ${nonces}`) as Voucher["terms"]["request"],
        inputHash: hashOfWords(INPUT) as Hex,
        policy: SIGNED,
      },
      ...overrides,
    }),
    entry: (voucher, overrides = {}) => ({
      voucher,
      outputHash: hashOfWords(GOOD) as Hex,
      amount: voucher.amount,
      claimed: NO_CLAIM,
      ...overrides,
    }),
    signVoucher: (voucher, by = requester) => {
      const { domain: eip712, types, value } = voucherTypedData(own, voucher);
      return by.signTypedData(eip712, types, value);
    },
    post: async (entries, by = operator) => {
      const tree = receiptTree(entries.map((it, i) => receiptLeaf(own, it, i)));
      const value = await ledger.bondFor(entries.length);
      const root = receiptRoot(tree);
      const batch = await ledger.connect(by).post.staticCall(root, entries.length, { value });
      await ledger.connect(by).post(root, entries.length, { value });
      return {
        id: batch,
        entries,
        postedAt: await networkHelpers.time.latest(),
        inclusion: (index) => ({
          batch,
          item: encodeBatchItem(entries[index]!, index),
          proof: receiptProof(tree, index),
        }),
      };
    },
    deposit: async (token = NATIVE, amount = ETHER) => {
      const value = token === NATIVE ? amount : 0n;
      await ledger.connect(requester).deposit(operator, token, amount, { value });
    },
  };
}

/** What `isSettled` is asked for the item at `index`. */
export function settledQuestion(
  batch: PostedBatch,
  index: number,
): readonly [Statement, EncodedInclusion, EncodedTerms] {
  const { voucher, outputHash } = batch.entries[index]!;
  const { release, request, inputHash } = voucher.terms;
  const statement = { release, request, operator: voucher.operator, inputHash, outputHash };
  return [statement, batch.inclusion(index), encodeTerms(voucher.terms)] as const;
}

export { encodePolicy };
