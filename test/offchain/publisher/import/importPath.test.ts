import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ImportOptions } from "@vouch/publisher";
import { importModel, PublisherError, readModelFolder } from "@vouch/publisher";
import { expect } from "chai";
import fc from "fast-check";
import { encodeModel } from "../../../../offchain/compiler/onnx/modelProto.ts";
import { describeOnnx } from "../../../../offchain/publisher/import/describeOnnx.ts";
import { readSourceRecord } from "../../../../offchain/publisher/import/sourceRecord.ts";
import { codeOf, codeOfPromise } from "../../../helpers/codeOf.ts";
import { externalEntry, moveWeightsOut } from "../../../helpers/externalWeights.ts";
import {
  CREDIT_OPTIONS,
  creditModel,
  floats,
  node,
  onnxModel,
} from "../../../helpers/onnxModel.ts";

const { file: MODEL } = creditModel();
/** Of `models/credit-german-mlp/model.onnx`, by `sha256sum`. */
const OTHER_HASH = `0x${"5a".repeat(32)}` as const;

/** A model whose only weights lie at `location`. */
function withDataAt(location: string, extra: Readonly<Record<string, string>> = {}): Uint8Array {
  const { rawData, ...rest } = floats("w", [4, 1], [1, 2, 3, 4]);
  expect(rawData).to.have.length(16);
  const entries = Object.entries({ location, ...extra });
  const externalData = entries.map(([key, value]) => externalEntry(key, value));
  const outside = { ...rest, dataLocation: 1, externalData };
  return onnxModel({ nodes: [node("MatMul", ["x", "w"], "y")], initializers: [outside] });
}

/** A field with a length. */
function wrap(tag: number, inner: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let left = inner.length; ; left >>>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) return Buffer.concat([Uint8Array.from([tag, ...length]), inner]);
  }
}

/** The data of a safetensors file, a header and nothing else. */
function safetensors(): Uint8Array {
  const header = Buffer.from('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

/** The local header of a ZIP archive's first entry. */
function zipOf(name: string): Uint8Array {
  const header = Buffer.alloc(30);
  header.write("PK\x03\x04", "latin1");
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.alloc(16)]);
}

const FOREIGN: Readonly<Record<string, Uint8Array>> = {
  safetensors: safetensors(),
  pytorch: Buffer.from("\x80\x02}q\x00.", "latin1"),
  torchscript: zipOf("archive/constants.pkl"),
  keras: zipOf("metadata.json"),
  zip: zipOf("readme.txt"),
  hdf5: Buffer.from("\x89HDF\r\n\x1a\n", "latin1"),
  tflite: Buffer.from("\x20\0\0\0TFL3", "latin1"),
  gguf: Buffer.from("GGUF\x03\0\0\0", "latin1"),
  gzip: gzipSync(MODEL),
  zstd: Buffer.from("\x28\xb5\x2f\xfd\x04", "latin1"),
  gitLfs: Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
  html: Buffer.from("\n<!DOCTYPE html><title>Log in</title>"),
  json: Buffer.from('{"error":"not found"}'),
  empty: new Uint8Array(),
};

describe("importModel from this machine", () => {
  let at = "";
  let into = "";
  beforeEach(() => {
    at = mkdtempSync(join(tmpdir(), "vouch-import-"));
    into = join(at, "models");
  });
  afterEach(() => {
    rmSync(at, { recursive: true });
  });

  const given = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(at, name), bytes);
    return join(at, name);
  };
  const importing = (source: string, options: Partial<ImportOptions> = {}) =>
    importModel(source, { into, ...options });
  const refusal = async (source: string, options: Partial<ImportOptions> = {}): Promise<unknown> =>
    importing(source, options).then(
      () => undefined,
      (error: unknown) => (error instanceof PublisherError ? error.data : error),
    );
  /** A refused import leaves nothing behind. */
  const nothingLeft = (): void => {
    expect(existsSync(into) ? readdirSync(into) : []).to.deep.equal([]);
  };

  describe("of a file", () => {
    it("makes a folder with the model, byte for byte, and where it is from", async () => {
      const path = given("credit.onnx", MODEL);
      const { name, folder, record, summary, refusal: none, wasThere } = await importing(path);
      expect([name, wasThere, none]).to.deep.equal(["credit", false, undefined]);
      expect(readFileSync(join(folder, "model.onnx")).equals(MODEL)).to.equal(true);
      expect(readdirSync(into)).to.deep.equal(["credit"]);
      expect(record).to.deep.include({ source: "credit.onnx", revision: null, licence: null });
      expect(record.files).to.have.length(1);
      expect(readSourceRecord(folder)).to.deep.equal(record);
      expect(summary.ops.map(({ op }) => op)).to.include("Relu");
      expect(JSON.stringify(record)).to.not.contain(at);
    });

    it("takes the hash that is demanded, and no other", async () => {
      const path = given("credit.onnx", MODEL);
      const { record } = await importing(path);
      const [one] = record.files;
      const sha256 = one?.sha256 as `0x${string}`;
      expect(await refusal(path, { sha256 })).to.equal(undefined);
      const data = { code: "IMPORT_HASH_MISMATCH", path: "credit.onnx" };
      const expected = { ...data, expected: OTHER_HASH, found: sha256 };
      expect(await refusal(path, { sha256: OTHER_HASH, name: "b" })).to.deep.equal(expected);
      expect(readdirSync(into)).to.deep.equal(["credit"]);
    });

    it("finds the same there already, and takes the place of nothing else", async () => {
      const path = given("credit.onnx", MODEL);
      const first = await importing(path);
      const again = await importing(path);
      expect([again.wasThere, again.record]).to.deep.equal([true, first.record]);
      writeFileSync(join(first.folder, "model.onnx"), MODEL.subarray(1));
      const data = { code: "MODEL_EXISTS", folder: first.folder };
      expect(await refusal(path)).to.deep.equal(data);
      mkdirSync(join(into, "mine"));
      expect(await refusal(path, { name: "mine" })).to.have.property("code", "MODEL_EXISTS");
      expect(readdirSync(join(into, "mine"))).to.deep.equal([]);
    });

    it("is stopped by a signal, and leaves nothing", async () => {
      const signal = AbortSignal.abort();
      const data = { code: "IMPORT_ABORTED" };
      expect(await refusal(given("a.onnx", MODEL), { signal })).to.deep.equal(data);
      nothingLeft();
    });

    it("is as large as it may be", async () => {
      const path = given("credit.onnx", MODEL);
      const limit = MODEL.length - 1;
      const data = { code: "IMPORT_TOO_LARGE", path: "credit.onnx", limit };
      expect(await refusal(path, { maxBytes: limit })).to.deep.equal(data);
      nothingLeft();
      expect(await refusal(path, { maxBytes: MODEL.length })).to.equal(undefined);
    });

    for (const name of ["", "..", "a/b", "-a", "a..b", "a".repeat(65), ".hidden", "a b"])
      it(`is not called ${JSON.stringify(name).slice(0, 20)}`, async () => {
        const path = given("credit.onnx", MODEL);
        expect(await refusal(path, { name })).to.deep.equal({ code: "IMPORT_NAME_INVALID", name });
        expect(existsSync(into)).to.equal(false);
      });

    it("says in words why no circuit can be made of it", async () => {
      const odd = onnxModel({ nodes: [node("NoSuchOp", ["x"], "y")] });
      const { refusal: why } = await importing(given("odd.onnx", odd));
      expect(why?.data.code).to.equal("OP_UNSUPPORTED");
    });
  });

  describe("that is no model", () => {
    for (const [format, bytes] of Object.entries(FOREIGN))
      it(`is refused by its content, whatever it is called: ${format}`, async () => {
        const data = { code: "FORMAT_REFUSED", path: "a.onnx", format };
        expect(await refusal(given("a.onnx", bytes))).to.deep.equal(data);
        nothingLeft();
      });

    it("is told with advice", async () => {
      const error = await importing(given("a.onnx", safetensors())).catch((it: unknown) => it);
      expect(error).to.have.property("message").that.contains("optimum-cli export onnx");
      const pickle = given("b.onnx", FOREIGN["pytorch"] ?? new Uint8Array());
      const other = await importing(pickle).catch((it: unknown) => it);
      expect(other).to.have.property("message").that.contains("pickles are never loaded");
    });

    it("is a folder, a pipe's kind or nothing", async () => {
      expect(await refusal(join(at, "none.onnx"))).to.have.property("code", "FILE_MISSING");
      expect(await refusal("/dev/null")).to.have.property("code", "SOURCE_UNFIT");
      expect(await refusal(at)).to.have.property("code", "FILE_CHOICE");
      nothingLeft();
    });

    it("is cut or scrambled, and nothing but a refusal comes of it", () => {
      const outcomes = new Set<string>();
      fc.assert(
        fc.property(
          fc.nat(MODEL.length - 1),
          fc.nat(255),
          fc.integer({ min: 1, max: MODEL.length }),
          (place, value, length) => {
            const bytes = Uint8Array.from(MODEL.subarray(0, length));
            bytes[place % length] = value;
            outcomes.add(codeOf(() => describeOnnx(bytes, "a")) ?? "read");
          },
        ),
        { seed: 10, numRuns: 2000 },
      );
      const known = ["read", "ONNX_MALFORMED", "LOCATION_REFUSED", "FORMAT_REFUSED"];
      expect([...outcomes].filter((it) => !known.includes(it))).to.deep.equal([]);
      expect(outcomes).to.include("ONNX_MALFORMED");
    });

    it("nests its graphs without end", () => {
      let graph: Uint8Array = wrap(0x0a, Buffer.from([0x22, 1, 0x41]));
      for (let depth = 0; depth < 200; depth++) graph = wrap(0x0a, wrap(0x2a, wrap(0x32, graph))); // graph.node.attribute.g
      expect(codeOf(() => describeOnnx(wrap(0x3a, graph), "a"))).to.equal("ONNX_MALFORMED");
    });
  });

  describe("with data in files of their own", () => {
    const external = (): string => {
      const folder = join(at, "exported");
      mkdirSync(folder);
      writeFileSync(join(folder, "model.onnx"), MODEL);
      moveWeightsOut(folder);
      return folder;
    };

    it("brings them along", async () => {
      const folder = external();
      const { folder: made, name, record } = await importing(folder);
      expect(name).to.equal("exported");
      expect(record.files.map(({ path }) => path)).to.deep.equal(["model.onnx", "model.onnx_data"]);
      const data = readFileSync(join(folder, "model.onnx_data"));
      expect(readFileSync(join(made, "model.onnx_data")).equals(data)).to.equal(true);
    });

    it("refuses them missing, short, a pointer or a link", async () => {
      const folder = external();
      const path = join(folder, "model.onnx_data");
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(1));
      const location = "model.onnx_data";
      const [bytes, needed] = [whole.length - 1, whole.length];
      expect(await refusal(folder)).to.deep.equal({
        ...{ code: "EXTERNAL_DATA_SHORT", location, bytes, needed },
      });
      writeFileSync(path, FOREIGN["gitLfs"] ?? "");
      const pointer = { code: "FORMAT_REFUSED", path: location, format: "gitLfs" };
      expect(await refusal(folder)).to.deep.equal(pointer);
      rmSync(path);
      const missing = { code: "EXTERNAL_DATA_MISSING", location };
      expect(await refusal(folder)).to.deep.equal(missing);
      writeFileSync(join(at, "elsewhere"), whole);
      symlinkSync(join(at, "elsewhere"), path);
      expect(await refusal(folder)).to.have.property("code", "SOURCE_UNFIT");
      nothingLeft();
    });

    it("counts them in what an import may have", async () => {
      const folder = external();
      const model = readFileSync(join(folder, "model.onnx")).length;
      const data = readFileSync(join(folder, "model.onnx_data")).length;
      const limit = data - 1;
      expect(await refusal(folder, { maxBytes: model + limit })).to.deep.equal({
        ...{ code: "IMPORT_TOO_LARGE", path: "model.onnx_data", limit },
      });
    });

    for (const location of [
      ...["", "/etc/hostname", "../secret", "a/../../secret", "a/./b", "a//b", ".hidden"],
      ...["C:\\secret", "a\\b", "c:secret", "a\0b", "nul", "a/com1.bin", "a ", "a.", "\ufffd"],
      ...["model.onnx", "SOURCE.json", "samples.json", "release.json", "LICENSE", "a".repeat(513)],
    ])
      it(`refuses the place ${JSON.stringify(location).slice(0, 30)}`, async () => {
        const path = given("a.onnx", withDataAt(location));
        expect(await refusal(path)).to.have.property("code", "LOCATION_REFUSED");
        nothingLeft();
      });

    it("refuses places that differ by their spelling, and offsets that are none", async () => {
      const [one] = [externalEntry("location", "weights.bin")];
      const [two] = [externalEntry("location", "Weights.bin")];
      const tensors = [one, two].map((entry, index) => {
        const { rawData, ...rest } = floats(`w${index}`, [4, 1], [1, 2, 3, 4]);
        expect(rawData).to.have.length(16);
        return { ...rest, dataLocation: 1, externalData: [entry] };
      });
      const model = onnxModel({ nodes: [node("MatMul", ["x", "w0"], "y")], initializers: tensors });
      expect(await refusal(given("a.onnx", model))).to.have.property("code", "LOCATION_REFUSED");
      for (const offset of ["-1", "1e9", "0x10", "9".repeat(16)]) {
        const path = given("a.onnx", withDataAt("weights.bin", { offset }));
        expect(await refusal(path)).to.have.property("code", "LOCATION_REFUSED");
      }
    });

    it("sees what only a subgraph names", async () => {
      const { rawData, ...rest } = floats("w", [4, 1], [1, 2, 3, 4]);
      expect(rawData).to.have.length(16);
      const outside = {
        ...rest,
        dataLocation: 1,
        externalData: [externalEntry("location", "../x")],
      };
      const model = encodeModel({ graph: { initializer: [outside] } });
      expect([...model.subarray(0, 2)]).to.deep.equal([0x3a, model.length - 2]);
      const inner = model.subarray(2);
      const nested = wrap(0x3a, wrap(0x0a, wrap(0x2a, wrap(0x32, inner))));
      expect(await refusal(given("a.onnx", nested))).to.have.property("code", "LOCATION_REFUSED");
    });
  });

  describe("with its licence", () => {
    it("takes what is given, else the file beside it, which comes along", async () => {
      const folder = join(at, "mine");
      mkdirSync(folder);
      writeFileSync(join(folder, "model.onnx"), MODEL);
      writeFileSync(join(folder, "LICENSE.txt"), "\n  MIT License\n\nCopyright\n");
      const { record, folder: made } = await importing(folder);
      expect(record.licence).to.deep.equal({ text: "MIT License", from: "file" });
      expect(readFileSync(join(made, "LICENSE"), "utf8")).to.contain("Copyright");
      const other = await importing(folder, { licence: "Apache-2.0", name: "other" });
      expect(other.record.licence).to.deep.equal({ text: "Apache-2.0", from: "option" });
    });

    for (const licence of ["", " ", "a\nb", "\u001b[31mMIT", "a".repeat(201)])
      it(`refuses ${JSON.stringify(licence).slice(0, 20)}`, async () => {
        const path = given("credit.onnx", MODEL);
        expect(await refusal(path, { licence })).to.have.property("code", "LICENCE_INVALID");
      });

    it("is what a release says where its publisher says nothing else", async () => {
      const path = given("credit.onnx", MODEL);
      const { folder } = await importing(path, { licence: "Apache-2.0" });
      const { input, output } = CREDIT_OPTIONS;
      const rows = [{ id: "a", inputs: { x: [0] } }];
      writeFileSync(join(folder, "samples.json"), JSON.stringify({ samples: rows }));
      writeFileSync(join(folder, "release.json"), JSON.stringify({ input, output }));
      expect(readModelFolder(into, "credit").choices.licence).to.equal("Apache-2.0");
      writeFileSync(
        join(folder, "release.json"),
        JSON.stringify({ input, output, licence: "MIT" }),
      );
      expect(readModelFolder(into, "credit").choices.licence).to.equal("MIT");
      rmSync(join(folder, "source.json"));
      writeFileSync(join(folder, "release.json"), JSON.stringify({ input, output }));
      expect(codeOf(() => readModelFolder(into, "credit"))).to.equal("BUNDLE_MALFORMED");
    });
  });

  it("asks which of several files is meant, and takes one in a folder of its own", async () => {
    const folder = join(at, "several");
    mkdirSync(join(folder, "onnx"), { recursive: true });
    writeFileSync(join(folder, "onnx", "model.onnx"), MODEL);
    expect((await importing(folder)).name).to.equal("several");
    writeFileSync(join(folder, "quantised.onnx"), MODEL);
    const data = await refusal(folder, { name: "other" });
    expect(data).to.have.property("code", "FILE_CHOICE");
    expect(data).to.have.property("found").deep.equal(["onnx/model.onnx", "quantised.onnx"]);
    expect(await codeOfPromise(importing(join(folder, "quantised.onnx")))).to.equal(undefined);
  });
});
