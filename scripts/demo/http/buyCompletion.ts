import type { Hex } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { wrapFetchWithPaymentFromConfig } from "@x402/fetch";
import OpenAI from "openai";
import { privateKeyToAccount } from "viem/accounts";
import type { StepLog } from "../steps.ts";
import { checkReceipt } from "./checkReceipt.ts";
import type { Purse, Stage } from "./stage.ts";
import { untilCaptured } from "./untilCaptured.ts";

const PROMPT = "First Citizen:";
const TOKENS = 80;

/** Buys a streamed completion with the stock clients of OpenAI and x402, and prints it as it comes. */
export async function buyCompletion(
  log: StepLog,
  stage: Stage,
  { asset, payer }: Purse,
  { id }: TextRelease,
  url: string,
): Promise<void> {
  const network = `eip155:${stage.chain.domain.chainId}` as const;
  const account = privateKeyToAccount(payer.privateKey as Hex);
  const pay = wrapFetchWithPaymentFromConfig(fetch, {
    schemes: [{ network, client: new ExactEvmScheme(account) }],
    spendControls: { allowedAssets: [{ network, asset }] },
  });
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0, fetch: pay });

  const begun = performance.now();
  let first: number | undefined;
  const { data, response } = await openai.chat.completions
    .create({
      ...{ model: "char-gpt", stream: true, max_completion_tokens: TOKENS, temperature: 0.7 },
      messages: [{ role: "user", content: PROMPT }],
    })
    .withResponse();
  const pieces: string[] = [];
  for await (const chunk of data) {
    const text = chunk.choices[0]?.delta.content ?? "";
    if (text === "") continue;
    first ??= performance.now() - begun;
    if (pieces.length === 0) process.stdout.write("    | ");
    pieces.push(text);
    process.stdout.write(text.replaceAll("\n", "\n    | "));
  }
  process.stdout.write("\n");
  log.add({ name: "402, payment signed, first piece of text", ms: first ?? 0 });
  log.add({ name: `the whole of it, ${pieces.length} pieces`, ms: performance.now() - begun });

  const request = response.headers.get("x-vouch-receipt") ?? "";
  const settled = await log.run("payment on the chain, behind the answer", () =>
    untilCaptured(url, request),
  );
  log.note(`payment ${settled.payment.state} by transaction ${settled.payment.transaction ?? "?"}`);
  const receipt = await checkReceipt(log, stage, settled.receipt, { release: id, request });
  if (receipt.transcript?.generation.text !== pieces.join(""))
    throw new Error("the receipt is of another text than was streamed");
  log.note("the receipt's transcript is the text that was streamed, piece by piece");
}
