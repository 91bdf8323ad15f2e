import type { Catalog, SettlementMode } from "@vouch/gateway";
import { DEFAULT_SETTLEMENT } from "@vouch/gateway";

/** Returns the ways in which anything is settled that is sold. */
export function soldWays(catalog: Catalog): ReadonlySet<SettlementMode> {
  const prices = catalog.list().flatMap((offer) => offer.prices);
  return new Set(prices.flatMap(({ settlement = DEFAULT_SETTLEMENT }) => settlement));
}
