/** Test only: the gateway of the pages about HTTP: a process of `vouch-gateway` with a model that it proves and one that talks. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOperatorSite } from "../operatorProcess.ts";
import { openTinyScenario, tinyModel } from "../tinyScenario.ts";
import type { Surroundings, Told } from "./surroundings.ts";
import { nodeProgram } from "./surroundings.ts";

/** Where the pages' gateway is. */
const GATEWAY = "https://answers.example";
/** Where the chain that it sells on is, for whom the pages tell to look there. */
const NODE = "http://127.0.0.1:8545";
const PRICES = "*:signature:0,tiny:zk:any+signature:0,tiny:signature:25000";

/** Opens `tensors`, whose programs are told a release of four numbers, and `texts`, those are told a language model's. */
export async function gatewaySurroundings(): Promise<{
  readonly of: Readonly<Record<"tensors" | "texts", Surroundings>>;
  readonly close: () => Promise<void>;
}> {
  const scenario = await openTinyScenario("public", tinyModel(7));
  const site = await openOperatorSite(scenario);
  const settings = { VOUCH_PAYMENTS_PRICES: PRICES, VOUCH_HTTP_PUBLIC_URL: GATEWAY };
  const { url } = await site.start(settings);
  const { deployment } = scenario.chain;
  const folder = mkdtempSync(join(tmpdir(), "vouch-reader-"));
  mkdirSync(join(folder, "deployments"));
  writeFileSync(join(folder, "deployments/1.json"), JSON.stringify(deployment));

  const told = (release: string): Told => ({
    routes: { [GATEWAY]: url, [NODE]: site.rpc.url },
    given: {
      ...{ deployment, release, token: site.asset },
      ...{ key: site.payer.privateKey, operator: site.operator },
    },
  });
  const askerOf = (release: string): Surroundings => ({
    programOf: (module, block) =>
      nodeProgram(module, block, { folder, args: [release], told: told(release) }),
  });
  return {
    of: { tensors: askerOf(scenario.open.id), texts: askerOf(site.text.id) },
    async close() {
      await site.close();
      scenario.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
