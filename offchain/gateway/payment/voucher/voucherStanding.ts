import type { Hex, Policy } from "@vouch/protocol";
import { conjoin } from "@vouch/protocol";
import type { Logger } from "pino";
import type { HashedPrice } from "../../catalog.ts";
import type { EscrowQuestion } from "../escrow/escrowTermsOf.ts";
import type { LedgerChain, LedgerMeans } from "./ledgerChain.ts";
import { fitsTransaction, provingCost } from "./provingCost.ts";
import type { VoucherStore } from "./voucherStore.ts";

/** Why the ledger might not pay for an answer: then no voucher is taken for it. */
export type VoucherDoubt =
  /** The bond behind the operator's signatures ends before what is served now could be proven last. */
  | "SIGNATURE_BOND_LAPSES"
  /** It is less than policy and release demand. */
  | "SIGNATURE_BOND_TOO_LOW"
  /** The operator's account has not what posting a batch takes. */
  | "BATCH_BOND_UNFUNDED"
  /** A batch has waited for its posting for too long. */
  | "POSTING_STALLED"
  /** Only an enclave meets the policy, whose key may lapse before a dispute. */
  | "EVIDENCE_LAPSES"
  /** No transaction is large enough to prove it by. */
  | "PROOF_TOO_LARGE"
  | "CHAIN_SILENT";

/** How it stood at the last look; seconds. */
export type StandingFacts = {
  readonly doubt: VoucherDoubt | null;
  /** Since the oldest batch that is not posted was sealed; 0 where none waits. */
  readonly unpostedSeconds: number;
};

/** Whether what vouchers promise can be kept. */
export type VoucherStanding = {
  /** Returns why a voucher cannot be taken for a question now; `null` where it can. */
  readonly doubtOf: (
    price: Pick<HashedPrice, "policy">,
    question: EscrowQuestion,
  ) => Promise<VoucherDoubt | null>;
  /** Looks again, for whoever watches `facts`; never rejects. */
  readonly look: () => Promise<void>;
  readonly facts: () => StandingFacts;
};

export type StandingOptions = {
  readonly ledger: Hex;
  readonly batchItems: number;
  readonly batchSeconds: number;
  /** Milliseconds for which what the chain says is believed. */
  readonly pollMs: number;
};

export type StandingDeps = {
  readonly chain: Pick<LedgerChain, "head" | "means">;
  readonly vouchers: Pick<VoucherStore, "open">;
  readonly log: Logger;
};

/** A batch is disputed for two days and an answer may take one, and a bond counts until three days before it lapses. */
const PROVABLE_SECONDS = 6 * 24 * 3_600;
/** From sealing to posting, fees that rise and nodes that fail included. */
const POSTING_SECONDS = 900;

/** Looks at what vouchers rest on when it is told to or somebody asks, but then no earlier than `pollMs` behind the last look. */
export function createVoucherStanding(
  { ledger, batchItems, batchSeconds, pollMs }: StandingOptions,
  { chain, vouchers, log }: StandingDeps,
): VoucherStanding {
  type Look = StandingFacts & { readonly bond: bigint };
  let facts: StandingFacts = { doubt: null, unpostedSeconds: 0 };
  let looked: { readonly at: number; readonly look: Promise<Look> } | undefined;

  const look = async (): Promise<Look> => {
    try {
      const [head, means, open] = await Promise.all([
        ...([chain.head(), chain.means(batchItems)] as const),
        vouchers.open(ledger),
      ]);
      const waiting = open.filter(({ posted }) => posted === null).map(({ age }) => age);
      const unpostedSeconds = Math.max(0, ...waiting);
      const provable = head.time + batchSeconds + POSTING_SECONDS + PROVABLE_SECONDS;
      const doubt = doubtIn(means, { provable, unpostedSeconds });
      return { doubt, unpostedSeconds, bond: means.bond };
    } catch (error) {
      log.warn({ err: error }, "ledger not looked at");
      return { ...facts, doubt: "CHAIN_SILENT", bond: 0n };
    }
  };
  const note = (found: Look): Look => {
    if (found.doubt !== facts.doubt)
      log.warn(
        { doubt: found.doubt },
        found.doubt === null ? "vouchers are taken again" : "no vouchers are taken",
      );
    facts = found;
    return found;
  };
  const again = (): Promise<Look> => {
    const begun = { at: performance.now(), look: look().then(note) };
    looked = begun;
    return begun.look;
  };
  const standing = (): Promise<Look> =>
    looked === undefined || performance.now() - looked.at > pollMs ? again() : looked.look;

  return {
    async doubtOf({ policy }, question) {
      const effective = conjoin(question.floor, policy);
      if (!effective.allOf.every(({ anyOf }) => anyOf.some(({ kind }) => LASTING.has(kind))))
        return "EVIDENCE_LAPSES";
      if (!fitsTransaction(provingCost(question, takesProof(effective)))) return "PROOF_TOO_LARGE";
      const { doubt, bond } = await standing();
      return doubt ?? (bond < effective.minStake ? "SIGNATURE_BOND_TOO_LOW" : null);
    },
    async look() {
      await again();
    },
    facts: () => facts,
  };
}

function doubtIn(
  { bond, lapsesAt, missing, balance }: LedgerMeans,
  { provable, unpostedSeconds }: { readonly provable: number; readonly unpostedSeconds: number },
): VoucherDoubt | null {
  if (bond === 0n || lapsesAt < provable) return "SIGNATURE_BOND_LAPSES";
  if (missing >= balance) return "BATCH_BOND_UNFUNDED";
  return unpostedSeconds > POSTING_SECONDS ? "POSTING_STALLED" : null;
}

/** Kinds of evidence that prove themselves days later as well. */
const LASTING: ReadonlySet<string> = new Set(["signature", "zk"]);

function takesProof({ allOf }: Policy): boolean {
  return allOf.some(({ anyOf }) => !anyOf.some(({ kind }) => kind === "signature"));
}
