import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex, Manifest } from "@vouch/protocol";
import { contentId, manifestHash, parseReleaseId } from "@vouch/protocol";
import type { ReleaseBundle } from "@vouch/publisher";
import {
  listBundles,
  provingKeyPath,
  readBundle,
  readBundles,
  storeProvingKey,
  verifyRelease,
  writeBundle,
} from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const encoding = { mode: "public", elements: 20, bits: 16, signed: true, fractionBits: 8 } as const;
const manifest: Manifest = {
  format: "vouch.manifest/1",
  compiler: "@vouch/compiler 0.1.0",
  model: "credit",
  version: "1.0.0",
  input: { name: "x", shape: [1, 20], encoding },
  output: { name: "y", shape: [1, 3], encoding: { ...encoding, elements: 3, bits: 32 } },
  quantization: { weightBits: 8, activationBits: 8 },
  calibration: { x: 1.5 },
  report: { rows: 2, maxAbsError: 0.5, meanAbsError: 0.25 },
};

const SALT: Hex = `0x${"5a".repeat(32)}`;

function bundleOf(model = "credit"): ReleaseBundle {
  const { statement, release, circuit } = trapdoorReceipt({
    release: { model, manifest: manifestHash(manifest) },
  });
  return {
    id: statement.release,
    release,
    circuit: circuit!,
    manifest,
    salt: SALT,
    file: new Uint8Array([8, 1, 2, 3]),
  };
}

function publicBundle(): ReleaseBundle {
  const file = new Uint8Array([8, 1, 2, 3]);
  const { statement, release, circuit } = trapdoorReceipt({
    circuit: { weights: "constant" },
    release: { weights: 0n, content: contentId(file), manifest: manifestHash(manifest) },
  });
  return { id: statement.release, release, circuit: circuit!, manifest, file };
}

const bundle = bundleOf();
let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "vouch-publisher-"));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

describe("writeBundle", () => {
  it("is inverted by readBundle", async () => {
    const folder = await writeBundle(home, bundle);
    expect(folder).to.equal(join(home, bundle.id));
    const read = readBundle(home, bundle.id);
    expect({ ...read, file: Uint8Array.from(read.file) }).to.deep.equal(bundle);
  });

  it("leaves one folder, and a secret that only its owner reads", async function () {
    if (process.platform === "win32") this.skip(); // no such modes there
    const folder = await writeBundle(home, bundle);
    expect(readdirSync(home)).to.deep.equal([bundle.id]);
    expect(statSync(join(folder, "secret.json")).mode & 0o777).to.equal(0o600);
    for (const name of ["release.json", "manifest.json"])
      expect(readFileSync(join(folder, name), "utf8")).to.not.include(SALT.slice(2));
  });

  it("leaves a bundle that is there as it is", async () => {
    await writeBundle(home, bundle);
    await writeBundle(home, { ...bundle, salt: `0x${"00".repeat(32)}` });
    expect(readBundle(home, bundle.id).salt).to.equal(bundle.salt);
  });

  it("leaves one bundle where two are written at once", async () => {
    await Promise.allSettled([writeBundle(home, bundle), writeBundle(home, bundle)]);
    expect(listBundles(home)).to.deep.equal([bundle.id]);
    expect(readBundle(home, bundle.id).release).to.deep.equal(bundle.release);
  });
});

describe("writeBundle, of a release with public weights", () => {
  const open = publicBundle();

  it("keeps the file in clear and no secret, and is inverted by readBundle", async () => {
    const folder = await writeBundle(home, open);
    expect(readdirSync(folder).sort()).to.deep.equal([
      "manifest.json",
      "model.onnx",
      "release.json",
    ]);
    expect(Uint8Array.from(readFileSync(join(folder, "model.onnx")))).to.deep.equal(open.file);
    const read = readBundle(home, open.id);
    expect(read).to.not.have.property("salt");
    expect({ ...read, file: Uint8Array.from(read.file) }).to.deep.equal(open);
  });
});

describe("listBundles", () => {
  it("names whole bundles only", async () => {
    expect(listBundles(join(home, "absent"))).to.deep.equal([]);
    const other = bundleOf("another");
    await writeBundle(home, bundle);
    await writeBundle(home, other);
    writeFileSync(join(home, `${bundle.id}.7.part`), "");
    writeFileSync(join(home, "notes.txt"), "");
    expect(listBundles(home).sort()).to.deep.equal([bundle.id, other.id].sort());
  });
});

describe("readBundle", () => {
  const absent = parseReleaseId(id("absent"));

  it("throws BUNDLE_MISSING where there is none", () => {
    expect(codeOf(() => readBundle(home, absent))).to.equal("BUNDLE_MISSING");
  });

  for (const name of ["release.json", "manifest.json", "secret.json", "model.onnx"]) {
    it(`throws BUNDLE_MALFORMED without ${name}`, async () => {
      const folder = await writeBundle(home, bundle);
      rmSync(join(folder, name));
      expect(() => readBundle(home, bundle.id))
        .to.throw()
        .with.property("data")
        .that.includes({ code: "BUNDLE_MALFORMED", path: join(folder, name) });
    });
  }

  for (const name of ["release.json", "manifest.json", "secret.json"]) {
    for (const text of ["", "{", "null", "[]", "{}"]) {
      it(`throws BUNDLE_MALFORMED where ${name} holds ${JSON.stringify(text)}`, async () => {
        const folder = await writeBundle(home, bundle);
        writeFileSync(join(folder, name), text);
        expect(codeOf(() => readBundle(home, bundle.id))).to.equal("BUNDLE_MALFORMED");
      });
    }
  }

  it("throws BUNDLE_MALFORMED where the release is another one", async () => {
    const folder = await writeBundle(home, bundle);
    const path = join(folder, "release.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"CC-BY-4.0"', '"MIT"'));
    expect(codeOf(() => readBundle(home, bundle.id))).to.equal("BUNDLE_MALFORMED");
  });
});

describe("verifyRelease, of a bundle that was tampered with", () => {
  const verify = async (change: Partial<ReleaseBundle>): Promise<string | undefined> =>
    codeOfPromise(verifyRelease(bundle, { ...bundle, ...change }, { cache: join(home, "cache") }));

  it("throws CONTENT_MISMATCH for another file or salt", async () => {
    expect(await verify({ file: new Uint8Array([8, 1, 2, 4]) })).to.equal("CONTENT_MISMATCH");
    expect(await verify({ salt: `0x${"00".repeat(32)}` })).to.equal("CONTENT_MISMATCH");
    expect(existsSync(join(home, "cache"))).to.be.false;
  });

  it("throws SALT_MISSING for private weights without a salt", async () => {
    const { file } = bundle;
    const verified = verifyRelease(bundle, { file, manifest }, { cache: join(home, "cache") });
    expect(await codeOfPromise(verified)).to.equal("SALT_MISSING");
  });

  it("hashes the bare file of public weights, whatever salt is given", async () => {
    const open = publicBundle();
    const options = { cache: join(home, "cache") };
    const tampered = { ...open, file: new Uint8Array([8, 1, 2, 4]) };
    const verify = (material: ReleaseBundle): Promise<unknown> =>
      codeOfPromise(verifyRelease(open, material, options));
    expect(await verify(tampered)).to.equal("CONTENT_MISMATCH");
    const otherManifest = { ...open, manifest: { ...manifest, version: "2" } };
    expect(await verify({ ...otherManifest, salt: SALT })).to.equal("MANIFEST_MISMATCH");
  });
});

describe("readBundles", () => {
  it("leaves a damaged bundle out, says so, and returns the others", async () => {
    await writeBundle(home, bundle);
    const damaged = join(home, `0x${"12".repeat(32)}`);
    mkdirSync(damaged);
    writeFileSync(join(damaged, "release.json"), "{");
    const complaints: string[] = [];
    const read = readBundles(home, ({ code }) => complaints.push(code));
    expect(read.map((it) => it.id)).to.deep.equal([bundle.id]);
    expect(complaints).to.deep.equal(["BUNDLE_MALFORMED"]);
  });
});

describe("provingKeyPath", () => {
  const { circuit } = bundle.release;

  it("throws PROVING_KEY_MISSING until the key is stored", async () => {
    const keys = join(home, "keys");
    expect(codeOf(() => provingKeyPath(keys, circuit))).to.equal("PROVING_KEY_MISSING");
    const zkey = join(home, "made.zkey");
    writeFileSync(zkey, "a key");
    await storeProvingKey(keys, circuit, zkey);
    expect(readFileSync(provingKeyPath(keys, circuit), "utf8")).to.equal("a key");
    expect(readdirSync(keys)).to.deep.equal([`${circuit}.zkey`]);
  });

  it("is of the first key stored: it cannot be made again", async () => {
    const zkey = join(home, "made.zkey");
    writeFileSync(zkey, "first");
    await storeProvingKey(home, circuit, zkey);
    writeFileSync(zkey, "second");
    await storeProvingKey(home, circuit, zkey);
    expect(readFileSync(provingKeyPath(home, circuit), "utf8")).to.equal("first");
  });
});
