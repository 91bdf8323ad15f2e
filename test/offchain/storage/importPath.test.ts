import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContentId } from "@vouch/storage";
import {
  StorageError,
  cidOf,
  collectGarbage,
  diskBlocks,
  exportTo,
  fileNode,
  folderNode,
  idOf,
  importPath,
  leafId,
  measure,
  nodeId,
  openPins,
  parseContentId,
  readCar,
  requireName,
  writeCar,
} from "@vouch/storage";
import { createNode, encode, prepare } from "@ipld/dag-pb";
import { CarReader } from "@ipld/car/reader";
import { CarWriter } from "@ipld/car/writer";
import { parseReleaseId } from "@vouch/protocol";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import fc from "fast-check";
import { UnixFS } from "ipfs-unixfs";
import { exporter } from "ipfs-unixfs-exporter";
import { CID } from "multiformats/cid";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { memoryBlocks } from "../../helpers/memoryBlocks.ts";

const LEAF = 1 << 20;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vouch-storage-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const bytesOf = (length: number): Buffer => Buffer.alloc(length, "a model's weights, ");
function fileOf(bytes: Uint8Array, name = "model.onnx"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
async function whole(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

describe("importPath", () => {
  it("gives the roots that IPFS gives", async () => {
    // `ipfs add --cid-version=1` of "hello world\n" is in IPFS's own documentation; the empty folder is one of its constants.
    const blocks = memoryBlocks();
    const { root } = await importPath(fileOf(Buffer.from("hello world\n")), { blocks });
    expect(root).to.equal("bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
    mkdirSync(join(folder, "empty"));
    const empty = await importPath(join(folder, "empty"), { blocks });
    expect(empty.root).to.equal("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354");
  });

  for (const length of [0, 1, LEAF - 1, LEAF, LEAF + 1, 3 * LEAF + 7])
    it(`stores a file of ${length} bytes such that IPFS's own reader reads it`, async () => {
      const blocks = memoryBlocks();
      const told: number[] = [];
      const imported = await importPath(fileOf(bytesOf(length)), {
        blocks,
        onProgress: (bytes) => told.push(bytes),
      });
      expect(imported.bytes).to.equal(length);
      expect(told.at(-1)).to.equal(length);
      const entry = await exporter(cidOf(imported.root), {
        async *get(cid) {
          yield await blocks.get(idOf(cid));
        },
      });
      if (entry.type !== "file" && entry.type !== "raw") throw new TypeError(entry.type);
      expect((await whole(entry.content())).equals(bytesOf(length))).to.equal(true);
      expect([...blocks.all.values()].every((it) => it.length <= LEAF)).to.equal(true);
      expect(await measure(imported.root, { blocks })).to.include({ bytes: length });
    });

  it("stores a folder with all that is in it, and gives it back", async () => {
    const source = join(folder, "release");
    mkdirSync(join(source, "data"), { recursive: true });
    writeFileSync(join(source, "model.onnx"), bytesOf(10));
    writeFileSync(join(source, "data", "weights"), bytesOf(LEAF + 3));
    mkdirSync(join(source, "nothing"));
    const blocks = diskBlocks(join(folder, "blocks"));
    const { root, bytes } = await importPath(source, { blocks });
    expect(bytes).to.equal(LEAF + 13);
    const hashed = new Map<string, number>();
    const target = join(folder, "out", "again");
    await exportTo(root, target, {
      blocks,
      onBytes: (path, piece) => hashed.set(path, (hashed.get(path) ?? 0) + piece.length),
    });
    expect(readFileSync(join(target, "data", "weights")).equals(bytesOf(LEAF + 3))).to.equal(true);
    expect(readdirSync(target).sort()).to.deep.equal(["data", "model.onnx", "nothing"]);
    expect([...hashed]).to.have.deep.members([
      ["model.onnx", 10],
      ["data/weights", LEAF + 3],
    ]);
    expect((await importPath(target, { blocks })).root).to.equal(root);
    expect(await codeOfPromise(exportTo(root, target, { blocks }))).to.equal("TARGET_EXISTS");
  });

  it("refuses links, and does not follow them", async () => {
    const secret = fileOf(Buffer.from("secret"), "secret");
    mkdirSync(join(folder, "model"));
    symlinkSync(secret, join(folder, "model", "weights"));
    const blocks = memoryBlocks();
    for (const path of [join(folder, "model"), join(folder, "model", "weights")])
      expect(await codeOfPromise(importPath(path, { blocks }))).to.equal("PATH_UNFIT");
    expect(blocks.all.size).to.equal(0);
  });

  it("ends where it is told to", async () => {
    const reason = new RangeError("enough");
    const importing = importPath(fileOf(bytesOf(LEAF * 2)), {
      blocks: memoryBlocks(),
      signal: AbortSignal.abort(reason),
    });
    expect(await importing.catch((it: unknown) => it)).to.equal(reason);
  });
});

describe("parseContentId", () => {
  it("takes ids of SHA-256 in version 1, and gives them in base32", () => {
    const id = leafId(Buffer.from("x"));
    expect(parseContentId(id)).to.equal(id);
    expect(parseContentId(cidOf(id).toString())).to.equal(id);
  });

  for (const text of [
    "",
    "bafy",
    "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", // version 0
    "bafkqaaa", // the hash is the content itself
    "../../etc/passwd",
    "b".repeat(10_000),
  ])
    it(`refuses ${JSON.stringify(text.slice(0, 50))}`, () => {
      expect(codeOf(() => parseContentId(text))).to.equal("CONTENT_ID_INVALID");
    });
});

describe("requireName", () => {
  it("takes what every system takes for a name", () => {
    for (const name of ["model.onnx", "weights_0", "Modèle", "a".repeat(255), ".hidden"])
      expect(requireName(name)).to.equal(name);
  });

  it("refuses paths, devices, and what two names are one of", () => {
    const unfit = [
      "",
      ".",
      "..",
      "a/b",
      "/etc",
      "..\\x",
      "C:x",
      "a\0b",
      "nul",
      "COM1.txt",
      "a.",
      "b ",
    ];
    for (const name of [...unfit, "a".repeat(256), "e\u0301"])
      expect(
        codeOf(() => requireName(name)),
        JSON.stringify(name),
      ).to.equal("NAME_INVALID");
  });
});

describe("content of somebody else", () => {
  const blocks = memoryBlocks();
  const put = async ({ id, block }: { readonly id: ContentId; readonly block: Uint8Array }) => {
    await blocks.put(id, block);
    return id;
  };
  const leaf = async (bytes: Uint8Array) => put({ id: leafId(bytes), block: bytes });
  const outer = () => join(folder, "out");

  it("writes nothing outside of its folder, whatever its names are", async () => {
    const inner = await leaf(Buffer.from("x"));
    const fs = new UnixFS({ type: "directory" });
    for (const name of ["..", "../up", "/etc/x", "a/../../b", "a\\b"]) {
      const link = { Name: name, Hash: cidOf(inner), Tsize: 1 };
      const block = encode(prepare(createNode(fs.marshal(), [link])));
      const evil = await put({ id: nodeId(block), block });
      expect(await codeOfPromise(exportTo(evil, outer(), { blocks }))).to.equal("NAME_INVALID");
    }
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("is refused where it is a link, has bytes beside its parts, or two entries of one name", async () => {
    const inner = await leaf(Buffer.from("x"));
    const link = new UnixFS({ type: "symlink", data: Buffer.from("/etc/passwd") });
    const inline = new UnixFS({ type: "file", data: Buffer.from("x") });
    const twice = [
      { Name: "a", Hash: cidOf(inner), Tsize: 1 },
      { Name: "A", Hash: cidOf(inner), Tsize: 1 },
    ];
    for (const [fs, links] of [
      [link, []],
      [inline, []],
      [new UnixFS({ type: "directory" }), twice],
      [new UnixFS({ type: "hamt-sharded-directory" }), []],
      [new UnixFS({ type: "file", blockSizes: [] }), twice],
    ] as const) {
      const block = encode(prepare(createNode(fs.marshal(), [...links])));
      const id = await put({ id: nodeId(block), block });
      expect(await codeOfPromise(measure(id, { blocks })), fs.type).to.equal("NODE_INVALID");
    }
    const junk = Buffer.from("not protobuf");
    const id = await put({ id: nodeId(junk), block: junk });
    expect(await codeOfPromise(measure(id, { blocks }))).to.equal("NODE_INVALID");
  });

  it("is refused where a part is not as long as the node above says", async () => {
    const inner = await leaf(Buffer.from("four"));
    const lying = await put(fileNode([{ id: inner, bytes: 5, size: 4 }]));
    expect(await codeOfPromise(measure(lying, { blocks }))).to.equal("NODE_INVALID");
  });

  it("does not unfold: a few blocks of terabytes are refused before anything is written", async () => {
    let id = await leaf(Buffer.alloc(LEAF));
    let bytes = LEAF;
    for (let level = 0; level < 5; level++) {
      const parts = Array.from({ length: 16 }, () => ({ id, bytes, size: 1 }));
      id = await put(fileNode(parts));
      bytes *= 16;
    }
    expect(await codeOfPromise(exportTo(id, outer(), { blocks }))).to.equal("CONTENT_TOO_LARGE");
    let nested = await leaf(Buffer.from("x"));
    for (let level = 0; level < 30; level++)
      nested = await put(folderNode(["a", "b"].map((name) => ({ name, id: nested, size: 1 }))));
    expect(await codeOfPromise(exportTo(nested, outer(), { blocks }))).to.equal(
      "CONTENT_TOO_LARGE",
    );
    for (let level = 0; level < 40; level++)
      nested = await put(folderNode([{ name: "a", id: nested, size: 1 }]));
    expect(await codeOfPromise(measure(nested, { blocks }))).to.equal("CONTENT_TOO_LARGE");
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});

describe("diskBlocks", () => {
  it("keeps what is put, and finds out what the disk damaged", async () => {
    const blocks = diskBlocks(folder);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 99 }), async (bytes) => {
        const id = leafId(bytes);
        await blocks.put(id, bytes);
        expect(Buffer.from(await blocks.get(id)).equals(bytes)).to.equal(true);
      }),
      { seed: 4, numRuns: 30 },
    );
    const id = leafId(Buffer.from("whole"));
    await blocks.put(id, Buffer.from("whole"));
    const path = join(folder, id.slice(-3, -1), id);
    for (const damage of ["wholf", "", "whole and more"]) {
      writeFileSync(path, damage);
      expect(await codeOfPromise(blocks.get(id))).to.equal("BLOCK_CORRUPT");
      expect(await blocks.has(id)).to.equal(false);
      expect(await codeOfPromise(blocks.get(id))).to.equal("BLOCK_MISSING");
      await blocks.put(id, Buffer.from("whole"));
      expect(await blocks.get(id)).to.deep.equal(Buffer.from("whole"));
    }
  });

  it("takes no block under another's id, and none that is too large", async () => {
    const blocks = diskBlocks(folder);
    const id = leafId(Buffer.from("x"));
    expect(await codeOfPromise(blocks.put(id, Buffer.from("y")))).to.equal("BLOCK_CORRUPT");
    const large = Buffer.alloc((2 << 20) + 1);
    expect(await codeOfPromise(blocks.put(leafId(large), large))).to.equal("BLOCK_TOO_LARGE");
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});

describe("collectGarbage", () => {
  const release = parseReleaseId(hashOf("release"));
  const other = parseReleaseId(hashOf("other"));

  it("keeps what a release pins, and removes the rest once it is old", async () => {
    const blocks = diskBlocks(join(folder, "blocks"));
    const pins = openPins(join(folder, "pins"));
    const kept = await importPath(fileOf(bytesOf(2 * LEAF + 1), "kept"), { blocks });
    const gone = await importPath(fileOf(Buffer.from("gone"), "gone"), { blocks });
    await pins.pin(release, kept.root);
    await pins.pin(other, gone.root);
    const later = { now: Date.now() + 7_200_000 };
    expect(await collectGarbage({ blocks, pins }, later)).to.include({ removed: 0 });
    await pins.unpin(other);
    expect(await collectGarbage({ blocks, pins })).to.include({ removed: 0 }); // somebody may be at work
    expect(await collectGarbage({ blocks, pins }, later)).to.deep.include({
      ...{ removed: 1, incomplete: [] },
    });
    expect(await blocks.has(gone.root)).to.equal(false);
    await exportTo(kept.root, join(folder, "again"), { blocks });
    expect(statSync(join(folder, "again")).size).to.equal(2 * LEAF + 1);
  });

  it("tells of a release of which blocks are missing, and removes none of the others", async () => {
    const blocks = diskBlocks(join(folder, "blocks"));
    const pins = openPins(join(folder, "pins"));
    const { root } = await importPath(fileOf(bytesOf(2 * LEAF + 1)), { blocks });
    await pins.pin(release, root);
    await blocks.remove(leafId(bytesOf(2 * LEAF + 1).subarray(2 * LEAF)));
    const found = await collectGarbage({ blocks, pins }, { keepMs: 0 });
    expect(found).to.deep.include({ removed: 0, incomplete: [{ release, root }] });
  });

  it("removes nothing where it cannot read a pin", async () => {
    const blocks = diskBlocks(join(folder, "blocks"));
    const pins = openPins(join(folder, "pins"));
    const { root } = await importPath(fileOf(Buffer.from("x")), { blocks });
    await pins.pin(release, root);
    writeFileSync(join(folder, "pins", `${release}.json`), "{");
    const collecting = collectGarbage({ blocks, pins }, { keepMs: 0 });
    expect(await codeOfPromise(collecting)).to.equal("PIN_MALFORMED");
    expect(await blocks.has(root)).to.equal(true);
  });
});

describe("CAR files", () => {
  async function packed() {
    const blocks = memoryBlocks();
    const { root } = await importPath(fileOf(bytesOf(2 * LEAF + 9)), { blocks });
    return { blocks, root, car: await whole(writeCar(root, { blocks })) };
  }
  const read = (car: Uint8Array, step = car.length) => {
    const blocks = memoryBlocks();
    const parts = (async function* () {
      for (let i = 0; i < car.length; i += step)
        yield await Promise.resolve(car.subarray(i, i + step));
    })();
    return { blocks, roots: readCar(parts, { blocks }) };
  };

  it("carry every block once, as others read them", async () => {
    const { blocks, root, car } = await packed();
    const reader = await CarReader.fromBytes(car);
    expect((await reader.getRoots()).map(String)).to.deep.equal([root]);
    for (const step of [car.length, 65_537]) {
      const again = read(car, step);
      expect(await again.roots).to.deep.equal([root]);
      expect([...again.blocks.all.keys()].sort()).to.deep.equal([...blocks.all.keys()].sort());
    }
  });

  it("are refused where they end early, lie, or are none", async () => {
    const { car } = await packed();
    for (const end of [car.length - 1, car.length - LEAF, 40, 3])
      expect(await codeOfPromise(read(car.subarray(0, end)).roots), `${end}`).to.equal(
        "CAR_MALFORMED",
      );
    const changed = Uint8Array.from(car);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(await codeOfPromise(read(changed).roots)).to.equal("BLOCK_CORRUPT");
    for (const junk of [Buffer.from("hello, I am no CAR file"), Buffer.alloc(99)])
      expect(await codeOfPromise(read(junk).roots)).to.equal("CAR_MALFORMED");
    const trailing = Buffer.concat([car, Buffer.from([0x05, 1, 2])]);
    expect(await codeOfPromise(read(trailing).roots)).to.equal("CAR_MALFORMED");
  });

  it("are refused where a block says that it has terabytes, before they are read", async () => {
    const { car } = await packed();
    const header = (car[0] ?? 0) + 1;
    const length = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f]);
    const bomb = Buffer.concat([car.subarray(0, header), length, Buffer.alloc(1 << 20)]);
    expect(await codeOfPromise(read(bomb, 4_096).roots)).to.equal("CAR_MALFORMED");
  });

  it("are refused with a block of another hash or codec", async () => {
    const { writer, out } = CarWriter.create([]);
    const identity = { cid: CID.parse("bafkqaaa"), bytes: new Uint8Array() };
    void writer.put(identity).then(() => writer.close());
    expect(await codeOfPromise(read(await whole(out)).roots)).to.equal("CONTENT_ID_INVALID");
  });

  it("are not made of content that is not all there", async () => {
    const { blocks, root } = await packed();
    blocks.all.delete(leafId(bytesOf(2 * LEAF + 9).subarray(2 * LEAF)));
    const failed = await whole(writeCar(root, { blocks })).catch((it: unknown) => it);
    expect(failed).to.be.instanceOf(StorageError).with.property("code", "BLOCK_MISSING");
  });
});
