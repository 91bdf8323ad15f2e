import type { TextSource, TextTranscript } from "@vouch/protocol";
import {
  ProtocolError,
  SCALAR_FIELD,
  TEXT_INPUT,
  TEXT_OUTPUT,
  parseReceipt,
  parseTextManifest,
  serializeReceipt,
  textWords,
  verifyReceipt,
  wordToHex,
} from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../helpers/codeOf.ts";
import { TRANSCRIPT, textReceipt, textReleaseOf } from "../../helpers/textReceipt.ts";
import { signedOnlyReceipt, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const { manifest, request, generation, execution } = TRANSCRIPT;
const { sampling } = request;
const source = filesOf(manifest.source);
const prompt = request.prompt as Exclude<typeof request.prompt, string>;
const other = `0x${"5a".repeat(32)}` as const;

/** One change of each thing that a transcript says, and the component that it is seen in. */
const CHANGES: readonly (readonly [string, string, TextTranscript])[] = [
  ["the system prompt", "systemPrompt", withPrompt(0, { role: "system", content: "Lie." })],
  [
    "who the system is",
    "systemPrompt",
    withPrompt(0, { ...prompt[0]!, role: "developer" } as never),
  ],
  [
    "a message",
    "messages",
    withPrompt(1, { role: "user", content: "What is the weather in Zurich?" }),
  ],
  [
    "a tool's answer",
    "messages",
    withPrompt(3, { role: "tool", content: "13 °C", toolCallId: "call-1" }),
  ],
  ["a call in the past", "messages", withPrompt(2, { role: "assistant", content: "" })],
  ["the end of the conversation", "messages", ofRequest({ prompt: prompt.slice(0, 3) })],
  ["a tool", "tools", ofRequest({ tools: [{ ...request.tools[0]!, description: "" }] })],
  ["a tool's schema", "tools", ofRequest({ tools: [{ ...request.tools[0]!, parameters: {} }] })],
  ["no tool", "tools", ofRequest({ tools: [] })],
  ["which tool is to be called", "tools", ofRequest({ toolChoice: "required" })],
  ...Object.entries({
    maxTokens: 65,
    temperature: 0.71,
    topP: 0.91,
    topK: 41,
    seed: 43,
    stop: ["\n"],
    frequencyPenalty: 0.1,
    presencePenalty: 0.4,
    responseFormat: { type: "jsonObject" },
  } satisfies TextTranscript["request"]["sampling"]).map(
    ([field, value]) =>
      [field, "sampling", ofRequest({ sampling: { ...sampling, [field]: value } })] as const,
  ),
  ["the answer", "output", { ...TRANSCRIPT, generation: { ...generation, text: "It is 13 °C." } }],
  ["its end", "output", { ...TRANSCRIPT, generation: { ...generation, finish: "length" } }],
  ["its length", "output", { ...TRANSCRIPT, generation: { ...generation, completionTokens: 8 } }],
  [
    "the prompt's length",
    "output",
    { ...TRANSCRIPT, generation: { ...generation, promptTokens: 30 } },
  ],
  [
    "a call",
    "output",
    {
      ...TRANSCRIPT,
      generation: { ...generation, toolCalls: [{ id: "1", name: "weather", arguments: "{}" }] },
    },
  ],
  ["the back end", "backend", { ...TRANSCRIPT, execution: { ...execution, backend: "openai/x" } }],
  ["what it proves", "backend", { ...TRANSCRIPT, execution: { ...execution, proves: "routing" } }],
  ["the salt", "systemPrompt", { ...TRANSCRIPT, salt: other }],
];

/** One change of each thing that the release pins, and the component that it is seen in where the release is signed with it. */
const SOURCES: readonly (readonly [string, string, Partial<typeof source>])[] = [
  ["the weights", "model", { model: [source.model[0]!, { ...source.model[1]!, sha256: other }] }],
  [
    "the model's configuration",
    "model",
    { model: [{ ...source.model[0]!, sha256: other }, source.model[1]!] },
  ],
  ["a file of the model", "model", { model: source.model.slice(1) }],
  [
    "the tokenizer",
    "tokenizer",
    { tokenizer: [{ ...source.tokenizer[0]!, sha256: other }, source.tokenizer[1]!] },
  ],
  [
    "the chat template",
    "chatTemplate",
    { chatTemplate: { ...source.chatTemplate!, sha256: other } },
  ],
  ["no chat template", "chatTemplate", { chatTemplate: null }],
];

describe("a receipt with a transcript", () => {
  const receipt = textReceipt();

  it("verifies, opens every word, and says what ran", () => {
    const verified = verifyReceipt(receipt);
    expect(verified.transcript).to.be.true;
    expect(verified.execution).to.deep.equal({ ...execution, signed: true });
    expect(verified.checks.map(({ name }) => name)).to.include("transcript");
  });

  it("survives its file", () => {
    expect(parseReceipt(JSON.parse(serializeReceipt(receipt)))).to.deep.equal(receipt);
  });

  it("has words below the field's order, no two alike", () => {
    const words = [...receipt.input, ...receipt.output];
    expect(words).to.have.length(TEXT_INPUT.length + TEXT_OUTPUT.length);
    expect(words.every((it) => it < 2n ** 253n && it < SCALAR_FIELD)).to.be.true;
    expect(new Set(words).size).to.equal(words.length);
  });

  for (const [what, component, changed] of CHANGES) {
    it(`that shows another one than was signed (${what}) is refused, naming ${component}`, () => {
      expect(mismatch(() => verifyReceipt(textReceipt({ shown: changed })))).to.equal(component);
      expect(
        mismatch(() => verifyReceipt(textReceipt({ signed: changed, shown: TRANSCRIPT }))),
      ).to.equal(component);
    });
  }

  for (const [what, component, changes] of SOURCES) {
    const changed = { ...TRANSCRIPT, manifest: { ...manifest, source: { ...source, ...changes } } };

    it(`whose operator used something else than the release's (${what}) is refused, naming ${component}`, () => {
      const words = textWords(textReleaseOf(changed), changed);
      expect(mismatch(() => verifyReceipt(textReceipt({ words })))).to.equal(component);
    });

    it(`that shows another manifest than the release's (${what}) is refused`, () => {
      expect(mismatch(() => verifyReceipt(textReceipt({ shown: changed })))).to.equal("manifest");
    });
  }

  it("whose release's content is not that of its manifest is refused, naming model", () => {
    const release = textReleaseOf(TRANSCRIPT, { content: other });
    expect(mismatch(() => verifyReceipt(textReceipt({ release })))).to.equal("model");
  });

  it("with a word more or less is refused", () => {
    const { input, output } = receipt;
    for (const [words, component] of [
      [{ input: [...input, 1n], output }, "inputWords"],
      [{ input: input.slice(1), output }, "inputWords"],
      [{ input, output: [...output, 1n] }, "outputWords"],
    ] as const)
      expect(mismatch(() => verifyReceipt(textReceipt({ words })))).to.equal(component);
  });

  it("that states another back end beside it is refused", () => {
    const stated = { backend: "onnxruntime-node/1.30.0", proves: "weights" } as const;
    expect(mismatch(() => verifyReceipt({ ...receipt, execution: stated }))).to.equal("backend");
    expect(codeOf(() => verifyReceipt({ ...receipt, execution }))).to.be.undefined;
  });

  it("finds any change of any text, by its component", () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(texts, texts, texts, texts, (system, user, tool, text) => {
        const changed: TextTranscript = {
          ...TRANSCRIPT,
          request: {
            ...request,
            prompt: [
              { role: "system", content: system },
              { role: "user", content: user },
            ],
            tools: [{ name: "t", description: tool }],
          },
          generation: { ...generation, text },
        };
        const [a, b] = [
          textWords(receipt.release, TRANSCRIPT),
          textWords(receipt.release, changed),
        ];
        const differing = [
          ...TEXT_INPUT.filter((_, i) => a.input[i] !== b.input[i]),
          ...TEXT_OUTPUT.filter((_, i) => a.output[i] !== b.output[i]),
        ];
        expect(differing).to.deep.equal([
          ...(system === "Answer in one line." ? [] : ["systemPrompt"]),
          ...["messages", "tools"],
          ...(text === generation.text ? [] : ["output"]),
        ]);
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});

describe("a receipt of a model that somebody else serves", () => {
  const routed: TextTranscript = {
    ...TRANSCRIPT,
    manifest: parseTextManifest({
      ...manifest,
      source: { kind: "routed", provider: "api.example.org", model: "large" },
    }),
    execution: { backend: "openai/api.example.org", proves: "routing" },
  };

  it("verifies as routing", () => {
    expect(verifyReceipt(textReceipt({ signed: routed })).execution?.proves).to.equal("routing");
  });

  it("is refused where it claims weights that nobody has", () => {
    const claimed = { ...routed, execution: { ...routed.execution, proves: "weights" } as const };
    expect(mismatch(() => verifyReceipt(textReceipt({ signed: claimed })))).to.equal("backend");
  });
});

describe("a receipt without a transcript", () => {
  it("verifies its words only, and says so", () => {
    const verified = verifyReceipt(textReceipt({ shown: null }));
    expect(verified.transcript).to.be.false;
    expect(verified.execution).to.be.null;
    expect(verified.notChecked.join()).to.include("no transcript");
    expect(verifyReceipt(trapdoorReceipt()).notChecked.join()).to.not.include("no transcript");
  });

  it("passes on what its operator says of the back end, as unsigned", () => {
    const stated = { backend: "onnxruntime-node/1.30.0", proves: "weights" } as const;
    const receipt = { ...signedOnlyReceipt(), execution: stated };
    const { execution: found, notChecked } = verifyReceipt(receipt);
    expect(found).to.deep.equal({ ...stated, signed: false });
    expect(notChecked.join()).to.include("no evidence covers it");
    expect(parseReceipt(JSON.parse(serializeReceipt(receipt)))).to.deep.equal(receipt);
  });
});

/** A change that breaks these breaks receipts that exist. */
describe("vectors/text.json", () => {
  const file = join(import.meta.dirname, "../../vectors/text.json");
  const vectors = JSON.parse(readFileSync(file, "utf8")) as {
    readonly receipt: unknown;
    readonly words: Readonly<Record<string, string>>;
  };

  it("holds a receipt that still verifies, and the words that its transcript opens", () => {
    const receipt = parseReceipt(vectors.receipt);
    expect(verifyReceipt(receipt).transcript).to.be.true;
    const { input, output } = textWords(receipt.release, receipt.transcript!);
    const names = [...TEXT_INPUT, ...TEXT_OUTPUT];
    expect(
      Object.fromEntries([...input, ...output].map((it, i) => [names[i], wordToHex(it)])),
    ).to.deep.equal(vectors.words);
  });
});

function filesOf(it: TextSource): Extract<TextSource, { readonly kind: "files" }> {
  if (it.kind !== "files") throw new Error("a model of files is expected");
  return it;
}

function ofRequest(changes: Partial<TextTranscript["request"]>): TextTranscript {
  return { ...TRANSCRIPT, request: { ...request, ...changes } };
}

function withPrompt(index: number, message: (typeof prompt)[number]): TextTranscript {
  return ofRequest({ prompt: prompt.with(index, message) });
}

/** The component that a refusal names. */
function mismatch(verify: () => unknown): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError && error.data.code === "TRANSCRIPT_MISMATCH")
      return error.data.component;
    throw error;
  }
}
