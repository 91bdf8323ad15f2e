import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { textBytes } from "@vouch/execution";
import type { TextRelease } from "@vouch/publisher";
import { routedTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import { charGptRelease, TEXT_PLAN } from "../../../helpers/charGpt.ts";

/** Keys and values, before and behind a token. */
const COPIES = 4;

describe("textBytes", () => {
  let release: TextRelease;
  let folder = "";
  let files = 0;
  before(async () => {
    release = await charGptRelease();
    const { source } = release.manifest;
    if (source.kind !== "files") throw new TypeError("it is of files");
    files = [...source.model, ...source.tokenizer].reduce((sum, it) => sum + it.bytes, 0);
    folder = mkdtempSync(join(tmpdir(), "vouch-text-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A release of the same files whose `config.json` says something else. */
  function configured(config: unknown, change: object = {}): TextRelease {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const { manifest } = release;
    const source = { ...manifest.source, ...change } as typeof manifest.source;
    return { ...release, folder, manifest: { ...manifest, source } };
  }

  it("adds the cache of a whole context to the files", () => {
    const [layers, heads, size, tokens, bytes] = [2, 4, 16, 128, 4];
    expect(textBytes(release)).to.equal(files + COPIES * layers * heads * size * tokens * bytes);
  });

  it("counts heads that queries share once, and halves as halves", () => {
    const config = {
      ...{ num_hidden_layers: 24, num_attention_heads: 14, num_key_value_heads: 2 },
      ...{ hidden_size: 896, head_dim: null },
    };
    const cache = COPIES * 24 * 2 * 64 * 1_000;
    expect(textBytes(configured(config, { context: 1_000 }))).to.equal(files + 4 * cache);
    const half = configured(config, { context: 1_000, dtype: "q4f16" });
    expect(textBytes(half)).to.equal(files + 2 * cache);
    const nested = configured({ text_config: { ...config, head_dim: 128 } }, { context: 1_000 });
    expect(textBytes(nested)).to.equal(files + 4 * 2 * cache);
  });

  it("is a whole number, as a cache takes it, also where heads do not share a width evenly", () => {
    const config = { num_hidden_layers: 1, num_attention_heads: 3, hidden_size: 100 };
    const cache = COPIES * Math.ceil((1 * 100) / 3) * 1_000 * 4;
    const uneven = configured({ ...config, num_key_value_heads: 1 }, { context: 1_000 });
    expect(textBytes(uneven)).to.equal(files + cache);
  });

  it("counts the files alone where nothing is said of a cache", () => {
    expect(textBytes(configured({ model_type: "mamba" }))).to.equal(files);
    rmSync(join(folder, "config.json"));
    expect(textBytes({ ...release, folder })).to.equal(files);
  });

  it("counts nothing of a model that somebody else serves", () => {
    const routed = routedTextRelease(TEXT_PLAN, { provider: "api.example", model: "gpt" });
    expect(textBytes(routed)).to.equal(0);
  });
});
