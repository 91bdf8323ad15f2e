import type { Receipt } from "@vouch/protocol";
import { wordToHex } from "@vouch/protocol";
import { decodeWords } from "../../chain/decodeWords.ts";
import type { ReceiptContents, ShownText } from "./verdict.ts";

/** Returns what a receipt says, decoded by its own release and circuit. */
export function receiptContents(receipt: Receipt): ReceiptContents {
  const { domain, statement, release, circuit, input, output, transcript } = receipt;
  const execution = transcript?.execution ?? receipt.execution;
  return {
    chainId: domain.chainId.toString(),
    router: domain.router,
    release: statement.release,
    model: release.model,
    version: release.version,
    request: statement.request,
    operator: statement.operator,
    input: decodeWords(input, circuit?.input ?? null, release.inputFractionBits),
    output: decodeWords(output, circuit?.output ?? null, release.outputFractionBits),
    inputWords: input.map(wordToHex),
    outputWords: output.map(wordToHex),
    text: transcript === undefined ? null : textOf(transcript),
    execution:
      execution === undefined
        ? null
        : execution.proves === "weights"
          ? `${execution.backend}, on the release's own files`
          : `${execution.backend}, asked over the network, whatever weights ran there`,
  };
}

function textOf({ request, generation }: NonNullable<Receipt["transcript"]>): ShownText {
  const { prompt } = request;
  const utterances =
    typeof prompt === "string"
      ? [{ role: "prompt", text: prompt }]
      : prompt.map(({ role, content }) => ({ role, text: content }));
  const calls = generation.toolCalls.map((it) => `${it.name}(${it.arguments})`);
  return {
    prompt: utterances,
    answer: [generation.text, ...calls].filter((it) => it !== "").join("\n"),
    finish: generation.finish,
  };
}
