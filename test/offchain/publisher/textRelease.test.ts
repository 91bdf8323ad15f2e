import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chatTemplateHash,
  parseReleaseId,
  parseTextManifest,
  releaseId,
  requireSignature,
  requireZk,
  allOf,
  textManifestHash,
} from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import {
  listTextBundles,
  prepareTextRelease,
  readTextBundle,
  routedTextRelease,
  verifyTextRelease,
  writeTextBundle,
} from "@vouch/publisher";
import { expect } from "chai";
import { CHAR_GPT, TEXT_PLAN, charGptCopy, charGptRelease } from "../../helpers/charGpt.ts";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";

const FILES = [
  ...["config.json", "generation_config.json", "onnx/model.onnx"],
  ...["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"],
];

describe("prepareTextRelease", () => {
  it("describes a folder: no circuit, no bit-exactness, and a manifest that parses", async () => {
    const { id, release, manifest } = await charGptRelease();
    expect(id).to.equal(releaseId(release));
    expect(BigInt(release.circuit)).to.equal(0n);
    expect(release.runtime).to.equal("sampled");
    expect(release.manifest).to.equal(textManifestHash(manifest));
    expect(parseTextManifest(structuredClone(manifest))).to.deep.equal(manifest);
    expect(manifest.source).to.include({ kind: "files", context: 128, dtype: "fp32" });
  });

  it("gives the same release for the same files, wherever they are", async () => {
    expect((await charGptRelease(charGptCopy())).id).to.equal((await charGptRelease()).id);
  });

  for (const file of FILES) {
    it(`gives another release where ${file} is another`, async () => {
      const folder = charGptCopy();
      appendFileSync(join(folder, file), " ");
      expect((await charGptRelease(folder)).id).to.not.equal((await charGptRelease()).id);
    });
  }

  it("finds a chat template in the tokenizer's configuration, alone or among several", async () => {
    const folder = charGptCopy();
    const template = readFileSync(join(folder, "chat_template.jinja"), "utf8");
    const expected = chatTemplateHash((await charGptRelease(folder)).manifest.source);
    rmSync(join(folder, "chat_template.jinja"));
    const named = [
      { name: "tools", template: "" },
      { name: "default", template },
    ];
    for (const chat_template of [template, named]) {
      writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ chat_template }));
      const { release, manifest } = await charGptRelease(folder);
      expect(chatTemplateHash(manifest.source)).to.equal(expected);
      await verifyTextRelease(folder, { release, manifest });
    }
  });

  it("has no template where the folder has none", async () => {
    const folder = charGptCopy();
    rmSync(join(folder, "chat_template.jinja"));
    expect(BigInt(chatTemplateHash((await charGptRelease(folder)).manifest.source))).to.equal(0n);
  });

  for (const [what, spoil, code] of [
    [
      "weights are missing",
      (it) => {
        rmSync(join(it, "onnx/model.onnx"));
      },
      "FILE_MISSING",
    ],
    [
      "the tokenizer is missing",
      (it) => {
        rmSync(join(it, "tokenizer.json"));
      },
      "FILE_MISSING",
    ],
    [
      "the configuration is no JSON",
      (it) => {
        writeFileSync(join(it, "config.json"), "{");
      },
      "BUNDLE_MALFORMED",
    ],
    [
      "nothing names the context",
      (it) => {
        writeFileSync(join(it, "config.json"), "{}");
      },
      "CONTEXT_UNKNOWN",
    ],
  ] as readonly (readonly [string, (folder: string) => void, string])[]) {
    it(`throws ${code} where ${what}`, async () => {
      const folder = charGptCopy();
      spoil(folder);
      expect(await codeOfPromise(charGptRelease(folder))).to.equal(code);
    });
  }

  it("throws CIRCUIT_NEEDED for a floor that takes proofs only", async () => {
    const floor = allOf([requireSignature(), requireZk("any")]);
    const prepared = prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, floor });
    expect(await codeOfPromise(prepared)).to.equal("CIRCUIT_NEEDED");
    expect(
      await codeOfPromise(
        prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, floor: allOf([requireSignature()]) }),
      ),
    ).to.be.undefined;
  });
});

describe("verifyTextRelease", () => {
  it("reads every file of a release, and says how much that was", async () => {
    const { release, manifest } = await charGptRelease();
    const verified = await verifyTextRelease(CHAR_GPT, { release, manifest });
    expect(verified).to.include({ files: FILES.length, content: release.content });
    expect(verified.bytes).to.be.greaterThan(500_000);
  });

  for (const file of FILES) {
    it(`throws FILE_MISMATCH where ${file} was changed`, async () => {
      const folder = charGptCopy();
      const registered = await charGptRelease(folder);
      appendFileSync(join(folder, file), " ");
      expect(await codeOfPromise(verifyTextRelease(folder, registered))).to.equal("FILE_MISMATCH");
    });
  }

  it("throws where manifest, files, circuit or class are not the release's", async () => {
    const it = await charGptRelease();
    const { release, manifest } = it;
    const verify = (changed: Pick<TextRelease, "release" | "manifest">): Promise<unknown> =>
      codeOfPromise(verifyTextRelease(CHAR_GPT, changed));
    expect(await verify({ release, manifest: { ...manifest, version: "2" } })).to.equal(
      "MANIFEST_MISMATCH",
    );
    expect(await verify({ manifest, release: { ...release, content: release.manifest } })).to.equal(
      "CONTENT_MISMATCH",
    );
    expect(await verify({ manifest, release: { ...release, runtime: "bitExact" } })).to.equal(
      "CIRCUIT_MISMATCH",
    );
    expect(
      await verify({ manifest, release: { ...release, circuit: release.manifest as never } }),
    ).to.equal("CIRCUIT_MISMATCH");
  });

  it("has nothing to verify where somebody else serves the model", async () => {
    const routed = routedTextRelease(TEXT_PLAN, { provider: "api.example.org", model: "large" });
    expect(await codeOfPromise(verifyTextRelease(CHAR_GPT, routed))).to.equal("FILES_UNKNOWN");
    const other = routedTextRelease(TEXT_PLAN, { provider: "api.example.org", model: "small" });
    expect(other.id).to.not.equal(routed.id);
  });
});

describe("a bundle of a text release", () => {
  it("is read as it was written, with its own copy of the files", async () => {
    const texts = mkdtempSync(join(tmpdir(), "vouch-texts-"));
    const release = await charGptRelease();
    const written = await writeTextBundle(texts, release);
    expect(written).to.deep.equal({ ...release, folder: join(texts, release.id, "files") });
    expect(readTextBundle(texts, release.id)).to.deep.equal(written);
    expect(await writeTextBundle(texts, release)).to.deep.equal(written);
    expect(listTextBundles(texts)).to.deep.equal([release.id]);
    await verifyTextRelease(written.folder!, written);
  });

  it("has no folder where somebody else serves the model", async () => {
    const texts = mkdtempSync(join(tmpdir(), "vouch-texts-"));
    const routed = routedTextRelease(TEXT_PLAN, { provider: "api.example.org", model: "large" });
    expect(await writeTextBundle(texts, routed)).to.deep.equal(routed);
  });

  it("is not written where a file is not the release's, and leaves nothing behind", async () => {
    const texts = mkdtempSync(join(tmpdir(), "vouch-texts-"));
    const folder = charGptCopy();
    const release = await charGptRelease(folder);
    appendFileSync(join(folder, "onnx/model.onnx"), " ");
    expect(await codeOfPromise(writeTextBundle(texts, release))).to.equal("FILE_MISMATCH");
    expect(listTextBundles(texts)).to.deep.equal([]);
  });

  it("throws BUNDLE_MISSING and BUNDLE_MALFORMED", async () => {
    const texts = mkdtempSync(join(tmpdir(), "vouch-texts-"));
    const { id } = await writeTextBundle(texts, await charGptRelease());
    const other = parseReleaseId(`0x${"5a".repeat(32)}`);
    expect(codeOf(() => readTextBundle(texts, other))).to.equal("BUNDLE_MISSING");
    const path = join(texts, id, "release.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"char-gpt"', '"char-GPT"'));
    expect(codeOf(() => readTextBundle(texts, id))).to.equal("BUNDLE_MALFORMED");
  });
});
