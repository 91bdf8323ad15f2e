import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlockSource, ContentId, FetchProgress, SourceFailure } from "@vouch/storage";
import {
  SourceRefusal,
  StorageError,
  fetchDag,
  fileNode,
  folderNode,
  gatewaySource,
  importPath,
  kuboNode,
  leafId,
  mirrorSource,
} from "@vouch/storage";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import { memoryBlocks } from "../../helpers/memoryBlocks.ts";
import type { BlockServer, Conduct } from "../../helpers/storageServer.ts";
import { CONDUCT, serveBlocks } from "../../helpers/storageServer.ts";

const LEAF = 1 << 20;
const LENGTH = 5 * LEAF + 3;
const SILENCE = { silenceMs: 150 };

describe("fetchDag", () => {
  const kept = memoryBlocks();
  const servers: BlockServer[] = [];
  let root: ContentId;
  let folder = "";

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-fetch-"));
    const path = join(folder, "model.onnx");
    writeFileSync(
      path,
      Uint8Array.from({ length: LENGTH }, (_, i) => (i * 7 + (i >> 12) + (i >> 20)) & 0xff),
    );
    ({ root } = await importPath(path, { blocks: kept }));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((it) => it.close()));
  });

  async function serve(conduct: Conduct | undefined): Promise<BlockServer> {
    if (conduct === undefined) throw new RangeError("no such conduct");
    const server = await serveBlocks(kept.all, conduct);
    servers.push(server);
    return server;
  }
  async function fetched(sources: readonly BlockSource[], parallel = 4) {
    const blocks = memoryBlocks();
    const refused: (SourceFailure & { readonly block: ContentId })[] = [];
    const progress: FetchProgress[] = [];
    const options = {
      ...{ blocks, sources, parallel },
      onRefused: (it: (typeof refused)[number]) => refused.push(it),
      onProgress: (it: FetchProgress) => progress.push(it),
    };
    await fetchDag(root, options);
    return { blocks, refused, progress };
  }
  const holdsAll = (blocks: ReturnType<typeof memoryBlocks>): boolean =>
    [...kept.all.keys()].every((id) => blocks.all.has(id));

  it("brings every block from a gateway and from a mirror, as each is asked", async () => {
    const gateway = await serve(CONDUCT["honest"]);
    const mirror = await serve(CONDUCT["honest"]);
    for (const [server, source, path] of [
      [gateway, gatewaySource(gateway.url), `/ipfs/${root}?format=raw`],
      [mirror, mirrorSource(`${mirror.url}/models`), `/models/blocks/${root}`],
    ] as const) {
      const { blocks, refused, progress } = await fetched([source]);
      expect(holdsAll(blocks)).to.equal(true);
      expect(refused).to.deep.equal([]);
      expect(server.asked[0]).to.equal(path);
      expect(progress.at(-1)).to.deep.equal({ blocks: 7, bytes: LENGTH, total: LENGTH });
    }
  });

  for (const [conduct, reason] of [
    ["lying", "lied"],
    ["empty", "lied"],
    ["truncating", "truncated"],
    ["stalling", "stalled"],
    ["silent", "stalled"],
    ["endless", "overfull"],
    ["bombing", "overfull"],
    ["failing", "failed"],
  ] as const)
    it(`passes a source over that is ${conduct}, says so once, and has all from the other`, async () => {
      const bad = await serve(CONDUCT[conduct]);
      const good = await serve(CONDUCT["honest"]);
      const sources = [gatewaySource(bad.url, SILENCE), gatewaySource(good.url)];
      const { blocks, refused } = await fetched(sources, 1);
      expect(holdsAll(blocks)).to.equal(true);
      expect(refused.map(({ source, reason: why }) => [source, why])).to.deep.equal([
        [bad.host, reason],
      ]);
      // A lie is enough; who merely fails is given another chance.
      const isFinal = reason === "lied" || reason === "overfull";
      expect(bad.asked).to.have.length(isFinal ? 1 : bad.asked.length);
      expect(bad.asked.length).to.be.at.most(3);
    });

  it("names the block and what each source did where none has it", async () => {
    const lying = await serve(CONDUCT["lying"]);
    const empty = await serveBlocks(new Map(), CONDUCT["honest"] ?? (() => undefined));
    servers.push(empty);
    const error = await fetched([gatewaySource(lying.url), gatewaySource(empty.url)]).catch(
      (it: unknown) => it,
    );
    expect(error).to.be.instanceOf(StorageError);
    const { data } = error as StorageError;
    expect(data).to.deep.include({ code: "CONTENT_UNAVAILABLE", block: root });
    if (data.code !== "CONTENT_UNAVAILABLE") throw new TypeError(data.code);
    expect(data.failures).to.have.deep.members([
      { source: lying.host, reason: "lied" },
      { source: empty.host, reason: "absent" },
    ]);
    expect(await codeOfPromise(fetched([]))).to.equal("CONTENT_UNAVAILABLE");
  });

  it("goes on where it was interrupted, and asks for nothing twice", async () => {
    const server = await serve(CONDUCT["honest"]);
    const blocks = memoryBlocks();
    const ending = new AbortController();
    const reason = new RangeError("the line broke");
    const first = fetchDag(root, {
      ...{ blocks, sources: [gatewaySource(server.url)], parallel: 1, signal: ending.signal },
      onProgress: ({ blocks: count }) => {
        if (count === 3) ending.abort(reason);
      },
    });
    expect(await first.catch((it: unknown) => it)).to.equal(reason);
    const [had, asked] = [blocks.all.size, server.asked.length];
    expect(had).to.be.within(3, 6);
    await fetchDag(root, { blocks, sources: [gatewaySource(server.url)] });
    expect(holdsAll(blocks)).to.equal(true);
    expect(server.asked.length - asked).to.equal(kept.all.size - had);
    await fetchDag(root, { blocks, sources: [] }); // all of it is there
  });

  it("asks for several blocks at once, and for no more than it is told", async () => {
    let [now, most] = [0, 0];
    const source: BlockSource = {
      name: "counted",
      async get(id) {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        now--;
        return kept.get(id);
      },
    };
    await fetched([source], 3);
    expect(most).to.equal(3);
  });

  it("takes no content that is more than was allowed, whoever sends it", async () => {
    const server = await serve(CONDUCT["honest"]);
    const take = (limits: { readonly bytes: number; readonly blocks: number }) =>
      codeOfPromise(
        fetchDag(root, { blocks: memoryBlocks(), sources: [gatewaySource(server.url)], limits }),
      );
    expect(await take({ bytes: LENGTH, blocks: 7 })).to.equal(undefined);
    expect(await take({ bytes: LENGTH - 1, blocks: 7 })).to.equal("CONTENT_TOO_LARGE");
    expect(await take({ bytes: LENGTH, blocks: 6 })).to.equal("CONTENT_TOO_LARGE");
    expect(server.asked.length).to.be.lessThan(20);
  });

  it("is ended by content that unfolds or contradicts itself", async () => {
    const bomb = memoryBlocks();
    const x = Buffer.from("x");
    let id = leafId(x);
    await bomb.put(id, x);
    for (let level = 0; level < 30; level++) {
      const made = folderNode(["a", "b"].map((name) => ({ name, id, size: 1 })));
      await bomb.put(made.id, made.block);
      ({ id } = made);
    }
    const lying = fileNode([{ id: leafId(x), bytes: 9, size: 1 }]);
    await bomb.put(lying.id, lying.block);
    const source: BlockSource = { name: "bomb", get: (it) => bomb.get(it) };
    const take = (it: ContentId) =>
      codeOfPromise(fetchDag(it, { blocks: memoryBlocks(), sources: [source] }));
    expect(await take(id)).to.equal("CONTENT_TOO_LARGE");
    expect(await take(lying.id)).to.equal("NODE_INVALID");
  });

  it("passes on what is no fault of a source", async () => {
    const fault = new TypeError("a fault of this program");
    const source: BlockSource = { name: "broken", get: () => Promise.reject(fault) };
    expect(await fetched([source]).catch((it: unknown) => it)).to.equal(fault);
    const refusing: BlockSource = {
      ...{ name: "refusing", get: () => Promise.reject(new SourceRefusal("failed")) },
    };
    expect(await codeOfPromise(fetched([refusing]))).to.equal("CONTENT_UNAVAILABLE");
  });
});

describe("a source's address", () => {
  for (const url of [
    "",
    "gateway",
    "ftp://a.example",
    "file:///etc",
    "https://user:CANARY@a.example",
  ])
    it(`is refused where it is ${JSON.stringify(url)}, and not repeated`, () => {
      for (const make of [gatewaySource, mirrorSource, kuboNode]) {
        expect(codeOf(() => make(url))).to.equal("SOURCE_INVALID");
        expect(() => make(url))
          .to.throw()
          .with.property("message")
          .not.contain("CANARY");
      }
    });
});

describe("kuboNode", () => {
  type Call = { readonly method: string; readonly path: string; readonly body: Buffer };
  const calls: Call[] = [];
  let status = 200;
  let url = "";
  const stored = Buffer.from("a block");
  const server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url: path = "" } = request;
      calls.push({ method, path, body: Buffer.concat(parts) });
      response.writeHead(status).end(path.startsWith("/api/v0/block/get") ? stored : "{}");
    });
  });

  before((done) => {
    server.listen(0, "127.0.0.1", () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done();
    });
  });
  after((done) => {
    server.closeAllConnections();
    server.close(() => {
      done();
    });
  });
  beforeEach(() => {
    calls.length = 0;
    status = 200;
  });

  it("reads, writes and pins as Kubo's RPC has it: all by POST", async () => {
    const node = kuboNode(url);
    const id = leafId(stored);
    expect(Buffer.from(await node.get(id, undefined)).equals(stored)).to.equal(true);
    await node.put(id, stored);
    const folder = folderNode([]);
    await node.put(folder.id, folder.block);
    await node.pin(folder.id);
    expect(calls.map(({ method, path }) => [method, path])).to.deep.equal([
      ["POST", `/api/v0/block/get?arg=${id}`],
      ["POST", "/api/v0/block/put?cid-codec=raw&mhtype=sha2-256"],
      ["POST", "/api/v0/block/put?cid-codec=dag-pb&mhtype=sha2-256"],
      ["POST", `/api/v0/pin/add?arg=${folder.id}&recursive=true`],
    ]);
    expect(calls[1]?.body.includes(stored)).to.equal(true);
  });

  it("says that a node did not take a block", async () => {
    status = 500;
    expect(await codeOfPromise(kuboNode(url).put(leafId(stored), stored))).to.equal("SINK_FAILED");
  });
});
