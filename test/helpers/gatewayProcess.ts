/** Test only: a gateway in a process of its own, to be killed. Prints its URL, and each answer that it begins. */
import type { Hex } from "@vouch/protocol";
import { filePayments, fileReceipts } from "./filePayments.ts";
import { facilitatorOn, paidGateway } from "./paidGateway.ts";
import { testAnswerer } from "./testAnswerer.ts";

/** What the process is told, as JSON in `VOUCH_TEST_GATEWAY`. */
export type GatewayProcessOptions = {
  readonly rpcUrl: string;
  readonly asset: Hex;
  readonly payTo: Hex;
  readonly facilitatorKey: Hex;
  readonly folder: string;
  /** Step at which it stands still until it is killed. */
  readonly hangsAt: "nothing" | "answering" | "settling";
};

const options = JSON.parse(process.env["VOUCH_TEST_GATEWAY"] ?? "") as GatewayProcessOptions;
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
const { url } = await paidGateway(options, {
  ...{ answerer, prices: { signature: 10n } },
  payments: filePayments(options.folder),
  receipts: fileReceipts(options.folder),
  facilitator:
    options.hangsAt === "settling" ? { ...facilitator, settle: () => never } : facilitator,
});
say(`listening ${url}`);
