import { describeAssurance } from "@vouch/protocol";
import { openGateway } from "@vouch/sdk/http";
import type { PublishedModel } from "../scenario.ts";
import type { StepLog } from "../steps.ts";
import { gatewayOptions } from "./gatewayOptions.ts";
import { requireCaptured } from "./requireCaptured.ts";
import type { Purse, Stage } from "./stage.ts";

const ROW = 0;

/** Buys an inference that is paid when its proof verifies on the chain, and not before. */
export async function buyProof(
  log: StepLog,
  stage: Stage,
  purse: Purse,
  { id: release, samples }: PublishedModel,
  offered: { readonly url: string; readonly policy: string; readonly price: bigint },
): Promise<void> {
  const { url, policy, price } = offered;
  const input = samples.rows[ROW]?.x;
  if (input === undefined) throw new RangeError(`the model has no sample ${ROW}`);
  const limits = { ...purse, maxAmount: price, ways: ["individual"] } as const;
  const gateway = await openGateway(gatewayOptions(stage, url, limits));
  const answer = await log.run("402, escrow signed, locked, proven, fulfilled, verified", () =>
    gateway.infer({ release, input, policy }),
  );
  for (const { name, detail } of answer.verification.checks) log.note(`${name}: ${detail}`);
  log.note(`assurance: ${describeAssurance(answer.assurance)}`);
  log.note(`output ${JSON.stringify(answer.output)}`);
  const transaction = await log.run("escrow captured: the contract verified the proof", () =>
    requireCaptured(gateway, answer),
  );
  const mined = await stage.chain.connection.ethers.provider.getTransactionReceipt(transaction);
  log.add({ name: "  the transaction that proved and paid", gas: mined?.gasUsed ?? 0n });
}
