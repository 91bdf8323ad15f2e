import { parseAddress } from "@vouch/protocol";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import type { MeasureOptions } from "./measureModel.ts";

/** Options of measurements for a chain: account 0 publishes, account 1 operates. */
export async function optionsFor(
  { connection, domain }: Pick<Chain, "connection" | "domain">,
  choices: Pick<MeasureOptions, "weights" | "maxConstraints" | "cache">,
): Promise<MeasureOptions> {
  const [publisher, operator] = await connection.ethers.getSigners();
  return {
    ...choices,
    domain,
    publisher: parseAddress(publisher?.address ?? ""),
    operator: parseAddress(operator?.address ?? ""),
  };
}
