import type { Hex, VoucherOffer } from "@vouch/protocol";
import { hashOfWords } from "@vouch/protocol";
import type { HashedPrice } from "../../catalog.ts";
import type { EscrowQuestion } from "../escrow/escrowTermsOf.ts";

/** Where vouchers are redeemed, and how long they are good for. */
export type VoucherOptions = {
  readonly ledger: Hex;
  readonly operator: Hex;
  /** Seconds from the signature. */
  readonly seconds: number;
};

/** Returns what a voucher for this question under this price has to say: the same each time it is asked. */
export function voucherOfferOf(
  { release, input }: EscrowQuestion,
  { policyHash }: HashedPrice,
  { ledger, operator, seconds }: VoucherOptions,
): VoucherOffer {
  return { ledger, operator, release, inputHash: hashOfWords(input), policyHash, seconds };
}
