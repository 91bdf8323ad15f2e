import type { Catalog, Gateway, GatewayOptions } from "@vouch/gateway";
import { createGateway } from "@vouch/gateway";
import { pino } from "pino";
import { Registry } from "prom-client";
import { listening } from "./listening.ts";
import { memoryReceipts } from "./memoryPayments.ts";
import type { TestAnswerer } from "./testAnswerer.ts";
import { testAnswerer, testCatalog } from "./testAnswerer.ts";
import { DOMAIN } from "./trapdoorReceipt.ts";

export type FreeGateway = {
  readonly gateway: Gateway;
  readonly answerer: TestAnswerer;
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** A gateway that sells nothing, listening, over an answerer of tests. */
export async function freeGateway(
  options: Partial<GatewayOptions> = {},
  catalog: Catalog = testCatalog({ signature: 0n, zk: 0n }),
): Promise<FreeGateway> {
  const answerer = testAnswerer();
  const gateway = await createGateway(
    { domain: DOMAIN, publicUrl: "http://gateway.test", ...options },
    {
      ...{ catalog, answerer, receipts: memoryReceipts() },
      ...{ registry: new Registry(), log: pino({ level: "silent" }) },
    },
  );
  const url = await listening(gateway);
  return { gateway, answerer, url, close: gateway.close };
}
