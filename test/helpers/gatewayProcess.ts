/** Test only: a gateway in a process of its own, to be killed. Prints its URL, and each answer that it begins. */
import type { Hex } from "@vouch/protocol";
import { storedPayments } from "@vouch/gateway";
import type { StoreOptions } from "@vouch/queue";
import { openStore } from "@vouch/queue";
import { fileReceipts } from "./fileReceipts.ts";
import { facilitatorOn, paidGateway } from "./paidGateway.ts";
import { SILENT } from "./stores.ts";
import { testAnswerer } from "./testAnswerer.ts";

/** What the process is told, as JSON in `VOUCH_TEST_GATEWAY`. */
export type GatewayProcessOptions = {
  readonly rpcUrl: string;
  readonly asset: Hex;
  readonly payTo: Hex;
  readonly facilitatorKey: Hex;
  /** Where its payments are. */
  readonly store: Pick<StoreOptions, "url" | "folder">;
  /** Where its receipts are. */
  readonly folder: string;
  /** Step at which it stands still until it is killed. */
  readonly hangsAt: "nothing" | "answering" | "settling";
};

if (import.meta.main)
  await serve(JSON.parse(process.env["VOUCH_TEST_GATEWAY"] ?? "") as GatewayProcessOptions);

async function serve(options: GatewayProcessOptions): Promise<void> {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const never = new Promise<never>(() => undefined);

  const answerer = testAnswerer();
  answerer.hold = async () => {
    say("answering");
    if (options.hangsAt === "answering") await never;
  };
  const facilitator = facilitatorOn(options);
  const store = await openStore(options.store, { log: SILENT });
  const { url } = await paidGateway(options, {
    ...{ answerer, prices: { signature: 10n } },
    payments: storedPayments(store.sql),
    receipts: fileReceipts(options.folder),
    facilitator:
      options.hangsAt === "settling" ? { ...facilitator, settle: () => never } : facilitator,
  });
  say(`listening ${url}`);
}
