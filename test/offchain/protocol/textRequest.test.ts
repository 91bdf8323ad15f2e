import { parseTextManifest, parseTextRequest } from "@vouch/protocol";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { TRANSCRIPT } from "../../helpers/textReceipt.ts";

const { request, manifest } = TRANSCRIPT;
const nested = (depth: number): object =>
  Array.from({ length: depth }).reduce<object>((inner) => ({ inner }), {});
const withTool = (parameters: unknown): unknown => ({
  ...request,
  tools: [{ name: "weather", parameters }],
});
const withSampling = (changes: object): unknown => ({
  ...request,
  sampling: { ...request.sampling, ...changes },
});

describe("parseTextRequest", () => {
  it("takes a conversation, and a text to be continued", () => {
    expect(parseTextRequest(structuredClone(request))).to.deep.equal(request);
    const prompt = "Once upon a time";
    expect(parseTextRequest({ ...request, prompt }).prompt).to.equal(prompt);
  });

  it("takes a schema of 64 levels, and none of more, however deep", () => {
    expect(codeOf(() => parseTextRequest(withTool(nested(64))))).to.be.undefined;
    expect(codeOf(() => parseTextRequest(withTool(nested(65))))).to.equal("TEXT_REQUEST_MALFORMED");
    expect(codeOf(() => parseTextRequest(withTool(nested(100_000))))).to.equal(
      "TEXT_REQUEST_MALFORMED",
    );
  });

  for (const [what, json] of [
    ["nothing", null],
    ["no message", { ...request, prompt: [] }],
    ["an unknown role", { ...request, prompt: [{ role: "oracle", content: "" }] }],
    ["a parameter that it does not know", { ...request, logprobs: true }],
    ["a sampling parameter that it does not know", withSampling({ minP: 0.1 })],
    ["no seed", withSampling({ seed: undefined })],
    ["a seed with a fraction", withSampling({ seed: 0.5 })],
    ["a negative seed", withSampling({ seed: -1 })],
    ["a seed that doubles do not hold", withSampling({ seed: 2 ** 53 })],
    ["no token", withSampling({ maxTokens: 0 })],
    ["a temperature of NaN", withSampling({ temperature: Number.NaN })],
    ["a temperature above 2", withSampling({ temperature: 2.1 })],
    ["a top-p of zero", withSampling({ topP: 0 })],
    ["an empty stop text", withSampling({ stop: [""] })],
    ["17 stop texts", withSampling({ stop: Array.from({ length: 17 }, String) })],
    ["a lone surrogate in a message", { ...request, prompt: "\ud800" }],
    ["a lone surrogate in a schema", withTool({ title: "\ud800" })],
    ["a lone surrogate in the key of a schema", withTool({ "\udc00": 1 })],
    ["a schema that is no object", withTool([1])],
    ["a schema with what JSON lacks", withTool({ at: new Date(0), of: undefined })],
    [
      "more than 2^22 characters",
      {
        ...request,
        prompt: Array.from({ length: 5 }, () => ({ role: "user", content: "x".repeat(1 << 20) })),
      },
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(codeOf(() => parseTextRequest(json))).to.equal("TEXT_REQUEST_MALFORMED");
    });
  }
});

describe("parseTextManifest", () => {
  const withPath = (path: string): unknown => ({
    ...manifest,
    source: {
      ...manifest.source,
      tokenizer: [{ path, bytes: 1, sha256: `0x${"00".repeat(32)}` }],
    },
  });

  it("takes files, and a server's model", () => {
    expect(parseTextManifest(structuredClone(manifest))).to.deep.equal(manifest);
    const source = { kind: "routed", provider: "api.example.org", model: "large" };
    expect(parseTextManifest({ ...manifest, source }).source).to.deep.equal(source);
  });

  for (const path of [
    ...["/etc/passwd", "../tokenizer.json", "onnx/../../x", "a//b", "a/", "", ".env", "a/.git"],
    ...["a\\b", "C:/x", "a b", "~/x"],
  ]) {
    it(`refuses the path "${path}"`, () => {
      expect(codeOf(() => parseTextManifest(withPath(path)))).to.equal("MANIFEST_MALFORMED");
    });
  }

  it("refuses a path twice", () => {
    const file = { path: "a.json", bytes: 1, sha256: `0x${"00".repeat(32)}` };
    const source = { ...manifest.source, model: [file, file] };
    expect(codeOf(() => parseTextManifest({ ...manifest, source }))).to.equal("MANIFEST_MALFORMED");
  });
});
