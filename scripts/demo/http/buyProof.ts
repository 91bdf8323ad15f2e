import { dequantizeTensor, packWords, quantizeTensor, unpackWords } from "@vouch/protocol";
import type { Policy } from "@vouch/protocol";
import { chainTime, escrowScheme } from "@vouch/sdk";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import { z } from "zod";
import type { PublishedModel } from "../scenario.ts";
import { MODEL } from "../scenario.ts";
import type { StepLog } from "../steps.ts";
import { checkReceipt } from "./checkReceipt.ts";
import type { Purse, Stage } from "./stage.ts";
import { untilCaptured } from "./untilCaptured.ts";

const answerSchema = z.object({ id: z.string(), receipt: z.unknown() });

const ROW = 0;
const MAX_SECONDS = 900;

/** Buys an inference that is paid when its proof verifies on the chain, and not before. */
export async function buyProof(
  log: StepLog,
  stage: Stage,
  { asset: token, payer }: Purse,
  { id, prepared, samples }: PublishedModel,
  offered: { readonly url: string; readonly policy: Policy; readonly price: bigint },
): Promise<void> {
  const { chain } = stage;
  const { chainId } = chain.domain;
  const { inferenceRequests: requests, requestFunding: funding } = chain.deployment;
  const { input, output } = prepared.compiled;
  const row = samples.rows[ROW];
  if (row === undefined) throw new RangeError(`the model has no sample ${ROW}`);
  const network = `eip155:${chainId}` as const;
  const ask = {
    ...{ chainId, requests, funding, token, release: id, policy: offered.policy },
    ...{ input: packWords(quantizeTensor(row.x, input), input) },
    ...{ maxEscrow: offered.price, maxSeconds: MAX_SECONDS },
  };
  const now = (): Promise<number> => chainTime(chain.connection.ethers.provider);
  const pay = wrapFetchWithPaymentFromConfig(fetch, {
    schemes: [{ network, client: escrowScheme(ask, { signer: payer, now }) }],
    spendControls: { allowedAssets: [{ network, asset: token }] },
  });
  const response = await log.run("402, escrow signed, locked, run, proven, fulfilled", () =>
    pay(`${offered.url}/v1/infer/${MODEL}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ tensor: row.x }),
    }),
  );
  if (!response.ok)
    throw new Error(`the gateway answers ${response.status}: ${await response.text()}`);
  const answer = answerSchema.parse(await response.json());
  const receipt = await checkReceipt(log, stage, answer.receipt, {
    release: id,
    request: answer.id,
  });
  const tensor = dequantizeTensor(unpackWords(receipt.output, output), output);
  log.note(`output ${tensor.join(", ")}`);
  const settled = await log.run("escrow captured: the contract verified the proof", () =>
    untilCaptured(offered.url, answer.id),
  );
  const hash = settled.payment.transaction ?? "";
  const mined = await chain.connection.ethers.provider.getTransactionReceipt(hash);
  log.add({ name: "  the transaction that proved and paid", gas: mined?.gasUsed ?? 0n });
}
