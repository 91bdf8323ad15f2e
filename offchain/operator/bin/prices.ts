import { openEndpoints } from "@vouch/chain";
import type { Price } from "@vouch/gateway";
import { connectContracts, describePolicy } from "@vouch/protocol";
import { listBundles, openHome } from "@vouch/publisher";
import type { Env, Terminal } from "@vouch/worker";
import { readDeployment } from "@vouch/worker";
import { pino } from "pino";
import type { OperatorConfig } from "../config/operatorConfig.ts";
import { createCatalog } from "../prices/createCatalog.ts";
import { soldReleases } from "../soldReleases.ts";
import { openTexts } from "../texts.ts";

/** Lists what these settings sell; also beside a running process, for it opens neither key nor store. */
export async function listPrices(
  config: OperatorConfig,
  env: Env,
  { out }: Terminal,
): Promise<void> {
  const log = pino({ level: config.observe.log }, pino.destination(2));
  const provider = await openEndpoints(config.chain.rpc);
  try {
    const { chainId } = await provider.getNetwork();
    const contracts = connectContracts(readDeployment(config.deployment, chainId), provider);
    const home = openHome(config.home);
    const bundles = listBundles(home.releases);
    const known = await Promise.all(bundles.map((id) => contracts.models.isPublished(id)));
    const texts = await openTexts(config.text, { contracts, home, env, log });
    try {
      const served = bundles.filter((_, index) => known[index]);
      const sold = soldReleases(home, served, texts.releases);
      const offers = createCatalog(config.payments.prices, sold).list();
      if (offers.length === 0) out("Nothing is sold: no release here can give what is priced.");
      for (const { id, name, prices } of offers) {
        out(`${name}  ${id}`);
        for (const price of prices) out(`  ${lineOf(price)}`);
      }
    } finally {
      await texts.close();
    }
  } finally {
    provider.destroy();
  }
}

function lineOf({ name, amount, settlement = [], policy }: Price): string {
  const cost = amount === 0n ? "free" : amount.toString();
  return `${name.padEnd(16)} ${cost.padStart(12)}  ${settlement.join(", ").padEnd(20)}  ${describePolicy(policy)}`;
}
