import { hexlify, randomBytes } from "ethers";
import { SdkError } from "./errors.ts";

/** What of an x402 offer this package's schemes read. */
export type X402Offer = {
  readonly scheme: string;
  readonly network: string;
  readonly asset: string;
  readonly amount: string;
  readonly payTo: string;
  readonly extra: Readonly<Record<string, unknown>>;
};

/** A client of x402's, version 2, of one scheme: what its libraries register for a network. */
export type X402Client<Scheme extends string> = {
  readonly scheme: Scheme;
  readonly createPaymentPayload: (
    x402Version: number,
    offer: X402Offer,
  ) => Promise<{ readonly x402Version: number; readonly payload: Record<string, unknown> }>;
};

/** Compares an offer with what it should be; each throws {SdkError} of its code, naming the field. */
export type OfferChecks = {
  readonly refuse: (field: string, offered: string, expected: string) => never;
  /** In any case of letters. */
  readonly same: (field: string, offered: string, expected: string) => void;
  readonly within: (field: string, offered: bigint, limit: bigint) => void;
};

/** Returns what refuses offers by a code. */
export function offerChecks(
  code: "ESCROW_REFUSED" | "VOUCHER_REFUSED" | "PAYMENT_REFUSED",
): OfferChecks {
  const refuse = (field: string, offered: string, expected: string): never => {
    throw new SdkError({ code, field, offered, expected });
  };
  return {
    refuse,
    same(field, offered, expected) {
      if (offered.toLowerCase() !== expected.toLowerCase()) refuse(field, offered, expected);
    },
    within(field, offered, limit) {
      if (offered > limit) refuse(field, offered.toString(), `at most ${limit}`);
    },
  };
}

/** Returns a number that nobody drew before: 32 random bytes. */
export function drawNonce(): bigint {
  return BigInt(hexlify(randomBytes(32)));
}

/** Returns the seconds since 1970 by the system's clock. */
export function systemTime(): number {
  return Math.floor(Date.now() / 1000);
}
