import { describeAssurance, verifyReceipt } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { openGateway } from "@vouch/sdk/http";
import { verified, vouchOf } from "@vouch/sdk/openai";
import OpenAI from "openai";
import type { StepLog } from "../steps.ts";
import { gatewayOptions } from "./gatewayOptions.ts";
import { requireCaptured } from "./requireCaptured.ts";
import type { Purse, Stage } from "./stage.ts";

const PROMPT = "First Citizen:";
const TOKENS = 80;

/** Buys a streamed completion with OpenAI's client, which pays by x402 and verifies, and prints it as it comes. */
export async function buyCompletion(
  log: StepLog,
  stage: Stage,
  purse: Purse,
  { id }: TextRelease,
  offered: { readonly url: string; readonly price: bigint },
): Promise<void> {
  const { url, price } = offered;
  const options = gatewayOptions(stage, url, { ...purse, maxAmount: price, ways: ["payment"] });
  const stock = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
  const openai = await verified(stock, {
    ...{ ...options, releases: { "char-gpt": id }, policy: "signature" },
  });

  const begun = performance.now();
  let first: number | undefined;
  const stream = await openai.chat.completions.create({
    ...{ model: "char-gpt", stream: true, max_completion_tokens: TOKENS, temperature: 0.7 },
    messages: [{ role: "user", content: PROMPT }],
  });
  const pieces: string[] = [];
  let last: object = {};
  for await (const chunk of stream) {
    last = chunk;
    const text = chunk.choices[0]?.delta.content ?? "";
    if (text === "") continue;
    first ??= performance.now() - begun;
    if (pieces.length === 0) process.stdout.write("    | ");
    pieces.push(text);
    process.stdout.write(text.replaceAll("\n", "\n    | "));
  }
  process.stdout.write("\n");
  log.add({ name: "402, payment signed, first piece of text", ms: first ?? 0 });
  log.add({ name: `all ${pieces.length} pieces, verified`, ms: performance.now() - begun });
  const completion = vouchOf(last);
  if (completion.receipt.transcript?.generation.text !== pieces.join(""))
    throw new Error("the receipt is of another text than was streamed");
  log.note("the receipt's transcript is the text that was streamed, piece by piece");
  const expected = { ...stage.chain.domain, release: id, request: completion.id };
  const { checks, assurance } = verifyReceipt(completion.receipt, expected);
  for (const { name, detail } of checks) log.note(`${name}: ${detail}`);
  log.note(`assurance: ${describeAssurance(assurance)}`);

  const gateway = await openGateway(options);
  const transaction = await log.run("payment on the chain, behind the answer", () =>
    requireCaptured(gateway, completion),
  );
  log.note(`payment captured by transaction ${transaction}`);
}
