import { MAX_TRANSACTION_GAS } from "@vouch/protocol";

/** Returns the gas to give a transaction by its estimate: a tenth to spare, as far as one transaction may have it. */
export function gasLimitOf(estimate: bigint): bigint {
  const [spare, limit] = [(estimate * 11n) / 10n, BigInt(MAX_TRANSACTION_GAS)];
  return spare < limit ? spare : limit;
}
