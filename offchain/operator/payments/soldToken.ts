import type { Catalog, PaymentToken } from "@vouch/gateway";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { soldWays } from "../prices/soldWays.ts";
import { unfit } from "./unfit.ts";

/**
 * Returns the token that prices are in; undefined where none is taken and everything is free.
 *
 * @throws {OperatorError} `SETTING_UNFIT`, naming the setting.
 */
export function soldToken(
  { token: { address: asset, name, version } }: OperatorConfig["payments"],
  catalog: Catalog,
): PaymentToken | undefined {
  if (asset === undefined) {
    requireFree(catalog);
    return undefined;
  }
  if (name === "" || version === "")
    throw unfit(
      name === "" ? "payments.token.name" : "payments.token.version",
      "payers sign under the name and the version of the token's EIP-712 domain",
    );
  return { asset, name, version };
}

function requireFree(catalog: Catalog): void {
  const priced = catalog
    .list()
    .flatMap(({ name, prices }) => prices.map((it) => ({ release: name, ...it })))
    .find(({ amount }) => amount > 0n);
  if (priced === undefined && !soldWays(catalog).has("individual")) return;
  const what = priced === undefined ? "an escrow" : `${priced.name} of ${priced.release}`;
  throw unfit("payments.token.address", `${what} has a price, and no token is taken`);
}
