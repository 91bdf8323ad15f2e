import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Imported, ImportOptions } from "@vouch/publisher";
import { importModel, PublisherError } from "@vouch/publisher";
import { expect } from "chai";
import type { Network } from "../../../../offchain/publisher/import/network.ts";
import { NETWORK } from "../../../../offchain/publisher/import/network.ts";
import { reachOf } from "../../../../offchain/publisher/import/reachOf.ts";
import { moveWeightsOut } from "../../../helpers/externalWeights.ts";
import type { HostileServer } from "../../../helpers/hostileServer.ts";
import { hostileServer } from "../../../helpers/hostileServer.ts";
import { creditModel } from "../../../helpers/onnxModel.ts";

const { file: MODEL } = creditModel();
const TOKEN = "hf_CANARYofAtokenThatNobodyMaySee";
const COMMIT = "5a".repeat(20);
const QUICK: Network = { ...NETWORK, tries: 3, waitMs: 1 };
const SILENCE_MS = 150;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const whole =
  (bytes: Uint8Array = MODEL): Answer =>
  (_, response) =>
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
const redirect =
  (location: string, status = 302): Answer =>
  (_, response) =>
    response.writeHead(status, { location }).end();

describe("importModel over HTTP", () => {
  let into = "";
  let first: HostileServer;
  let second: HostileServer;
  beforeEach(async () => {
    into = mkdtempSync(join(tmpdir(), "vouch-import-"));
    [first, second] = await Promise.all([hostileServer(), hostileServer()]);
  });
  afterEach(async () => {
    rmSync(into, { recursive: true });
    await Promise.all([first.close(), second.close()]);
  });

  const importing = (source: string, options: Partial<ImportOptions> = {}): Promise<Imported> =>
    importModel(source, { into, network: QUICK, ...options });
  const errorOf = async (source: string, options: Partial<ImportOptions> = {}): Promise<unknown> =>
    importing(source, options).then(
      () => undefined,
      (error: unknown) => error,
    );
  const refusal = async (
    source: string,
    options: Partial<ImportOptions> = {},
  ): Promise<PublisherError["data"] | undefined> => {
    const error = await errorOf(source, options);
    if (error === undefined || !(error instanceof PublisherError)) throw error;
    expect(readdirSync(into)).to.deep.equal([]);
    return error.data;
  };
  const url = (path = "/credit.onnx"): string => `${first.url}${path}`;

  describe("from an address", () => {
    it("is what the server has, and shows nothing of a query", async () => {
      first.answer = whole();
      const { name, folder, record } = await importing(url("/a/credit.onnx?key=CANARY"));
      expect(name).to.equal("credit");
      expect(readFileSync(join(folder, "model.onnx")).equals(MODEL)).to.equal(true);
      expect(record.source).to.equal(url("/a/credit.onnx"));
      expect(first.asked).to.deep.equal(["/a/credit.onnx?key=CANARY"]);
    });

    it("brings data from beside it", async () => {
      const at = mkdtempSync(join(tmpdir(), "vouch-data-"));
      writeFileSync(join(at, "model.onnx"), MODEL);
      moveWeightsOut(at);
      first.answer = (request, response) => {
        whole(readFileSync(join(at, (request.url ?? "").split("/").at(-1) ?? "")))(
          request,
          response,
        );
      };
      const { record } = await importing(url("/credit/onnx/model.onnx"));
      rmSync(at, { recursive: true });
      expect(record.files.map(({ path }) => path)).to.deep.equal(["model.onnx", "model.onnx_data"]);
      expect(first.asked).to.deep.equal([
        "/credit/onnx/model.onnx",
        "/credit/onnx/model.onnx_data",
      ]);
    });

    it("goes on where the connection broke, of the same file only", async () => {
      const ranges: unknown[] = [];
      const half = MODEL.length >> 1;
      first.answer = ({ headers }, response) => {
        ranges.push([headers.range, headers["if-range"]]);
        const etag = '"one"';
        if (headers.range === undefined) {
          response.writeHead(200, { etag, "content-length": MODEL.length });
          response.write(MODEL.subarray(0, half), () => response.destroy());
          return;
        }
        const range = `bytes ${half}-${MODEL.length - 1}/${MODEL.length}`;
        response.writeHead(206, { etag, "content-range": range });
        response.end(MODEL.subarray(half));
      };
      const { folder } = await importing(url());
      expect(readFileSync(join(folder, "model.onnx")).equals(MODEL)).to.equal(true);
      expect(ranges).to.deep.equal([
        [undefined, undefined],
        [`bytes=${half}-`, '"one"'],
      ]);
    });

    it("begins again where the file became another meanwhile", async () => {
      const half = MODEL.length >> 1;
      first.answer = (request, response) => {
        if (first.asked.length > 1) {
          whole()(request, response);
          return;
        }
        response.writeHead(200, { etag: '"one"', "content-length": MODEL.length });
        response.write(Buffer.alloc(half, 8), () => response.destroy());
      };
      const { folder } = await importing(url());
      expect(readFileSync(join(folder, "model.onnx")).equals(MODEL)).to.equal(true);
    });

    it("takes no part of another file in the place of the rest", async () => {
      const half = MODEL.length >> 1;
      first.answer = ({ headers }, response) => {
        const etag = headers.range === undefined ? '"one"' : '"two"';
        const range = `bytes ${half}-${MODEL.length - 1}/${MODEL.length}`;
        const head = { etag, "content-length": MODEL.length };
        if (headers.range === undefined)
          response.writeHead(200, head).write(MODEL.subarray(0, half), () => response.destroy());
        else response.writeHead(206, { etag, "content-range": range }).end(MODEL.subarray(half));
      };
      expect(await refusal(url())).to.have.property("code", "DOWNLOAD_FAILED");
      expect(first.asked).to.have.length(QUICK.tries);
    });

    const faults: Readonly<Record<string, Answer>> = {
      "says nothing": () => undefined,
      stalls: (_, response) => {
        response.writeHead(200, { "content-length": MODEL.length }).write(MODEL.subarray(0, 10));
      },
      "sends less than it said": (_, response) => {
        response.writeHead(200, { "content-length": MODEL.length + 1 });
        response.write(MODEL, () => response.destroy());
      },
      "does not say where it ends": (_, response) => {
        response.socket?.end("HTTP/1.0 200 OK\r\n\r\nabc");
      },
      "compresses it": (_, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(MODEL));
      },
      "is down": (_, response) => response.writeHead(503).end(),
      "speaks no HTTP": (_, response) => {
        response.socket?.end("220 mail\r\n");
      },
    };
    for (const [conduct, answer] of Object.entries(faults))
      it(`is tried some times where the server ${conduct}, then given up`, async () => {
        first.answer = answer;
        const data = await refusal(url(), { network: { ...QUICK, stallMs: SILENCE_MS } });
        expect(data).to.deep.include({ code: "DOWNLOAD_FAILED", url: url() });
        expect(first.asked).to.have.length(QUICK.tries);
      });

    it("ends an endless body at the limit, and reads none that says it is too long", async () => {
      first.answer = (_, response) => {
        const more = (): void => {
          if (!response.destroyed)
            response.write(Buffer.alloc(1 << 16, 8), () => setImmediate(more));
        };
        more();
      };
      const limit = 1 << 20;
      const tooLarge = { code: "IMPORT_TOO_LARGE", path: url(), limit };
      expect(await refusal(url(), { maxBytes: limit })).to.deep.equal(tooLarge);
      first.answer = (_, response) => {
        response.writeHead(200, { "content-length": limit + 1 }).flushHeaders();
      };
      expect(await refusal(url(), { maxBytes: limit })).to.deep.equal(tooLarge);
    });

    it("refuses a page in the place of the file, once", async () => {
      first.answer = whole(Buffer.from("<!doctype html><title>Log in</title>"));
      expect(await refusal(url())).to.deep.include({ code: "FORMAT_REFUSED", format: "html" });
      first.answer = (_, response) => response.writeHead(404).end();
      expect(await refusal(url())).to.deep.include({ code: "DOWNLOAD_REFUSED", status: 404 });
      expect(first.asked).to.have.length(2);
    });

    it("is stopped by a signal while it waits", async () => {
      const stop = new AbortController();
      first.answer = () => {
        stop.abort();
      };
      const data = { code: "IMPORT_ABORTED" };
      expect(await refusal(url(), { signal: stop.signal })).to.deep.equal(data);
    });
  });

  describe("that leads elsewhere", () => {
    it("is followed, without a user's name and password", async () => {
      first.answer = redirect(`${second.url}/blob`, 307);
      let authorization: unknown = "";
      second.answer = (request, response) => {
        ({ authorization } = request.headers);
        whole()(request, response);
      };
      const { record } = await importing(url().replace("//", "//user:CANARY@"));
      expect(authorization).to.equal(undefined);
      expect(record.source).to.equal(url());
    });

    it("goes in a circle", async () => {
      first.answer = redirect("/again");
      expect(await refusal(url())).to.have.property("code", "REDIRECT_REFUSED");
      expect(first.asked).to.have.length(6);
    });

    const inside = async (hostname: string): ReturnType<Network["lookup"]> =>
      Promise.resolve([
        { address: "93.184.216.34", family: 4 },
        { address: hostname === "internal.example" ? "10.0.0.5" : "169.254.169.254", family: 4 },
      ]);
    for (const location of [
      ...["http://93.184.216.34/", "ftp://93.184.216.34/", "file:///etc/hostname", "data:,a"],
      ...["https://10.0.0.1/", "https://169.254.169.254/latest", "https://[fd00::1]/"],
      ...["https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://0.0.0.0/"],
      ...["https://internal.example/", "https://metadata.example/"],
    ])
      it(`is not followed to ${location}`, async () => {
        first.answer = redirect(location);
        const data = await refusal(url(), { network: { ...QUICK, lookup: inside } });
        expect(data).to.have.property("code", "REDIRECT_REFUSED");
        expect(data).to.have.property("url", url());
      });

    it("knows whose an address is", () => {
      const owners = {
        public: ["93.184.216.34", "2606:2800::1", "64:ff9b::5db8:d822", "172.32.0.1"],
        private: ["10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.1", "fc00::1"],
        loopback: ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"],
        special: ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "2002::1", "::", "none"],
      };
      for (const [owner, addresses] of Object.entries(owners))
        for (const address of addresses) expect(reachOf(address), address).to.equal(owner);
    });
  });

  describe("from a hub", () => {
    const siblings = (...names: readonly string[]) => names.map((rfilename) => ({ rfilename }));
    const hub = (token?: string) => ({ endpoint: first.url, token });
    /** As `/api/models` of the Hugging Face Hub answers. */
    const info = (change: object = {}): Buffer =>
      Buffer.from(
        JSON.stringify({
          ...{ sha: COMMIT, siblings: siblings("README.md", "onnx/model.onnx") },
          ...{ cardData: { license: "mit" }, tags: ["onnx", "license:mit"], ...change },
        }),
      );
    const serve = (answer: Buffer, file: Answer = whole()): void => {
      first.answer = (request, response) => {
        const isApi = (request.url ?? "").startsWith("/api/");
        (isApi ? whole(answer) : file)(request, response);
      };
    };

    it("is of one commit, with its licence", async () => {
      serve(info());
      const { name, record } = await importing("hf://owner/a_model@main", { hub: hub() });
      expect(name).to.equal("a-model");
      expect(record).to.deep.include({
        ...{ source: "hf://owner/a_model/onnx/model.onnx", revision: COMMIT },
        licence: { text: "mit", from: "hub" },
      });
      expect(first.asked).to.deep.equal([
        "/api/models/owner/a_model/revision/main",
        `/owner/a_model/resolve/${COMMIT}/onnx/model.onnx`,
      ]);
    });

    it("shows a token to the hub alone", async () => {
      const seen: unknown[] = [];
      second.answer = (request, response) => {
        seen.push(request.headers.authorization);
        whole()(request, response);
      };
      const toStore: Answer = (request, response) => {
        seen.push(request.headers.authorization);
        redirect(`${second.url}/blob?signature=CANARY`)(request, response);
      };
      serve(info(), toStore);
      const { folder } = await importing("hf://owner/model/onnx/model.onnx", { hub: hub(TOKEN) });
      expect(seen).to.deep.equal([`Bearer ${TOKEN}`, undefined]);
      expect(readFileSync(join(folder, "source.json"), "utf8")).to.not.contain("CANARY");
    });

    it("says nothing of a token where it fails", async () => {
      const told = (error: unknown): string => {
        expect(error).to.be.instanceOf(PublisherError);
        const { message, stack, data } = error as PublisherError;
        return `${message}${stack ?? ""}${JSON.stringify(data)}`;
      };
      first.answer = (_, response) => response.writeHead(401).end(TOKEN);
      expect(told(await errorOf("hf://owner/model", { hub: hub(TOKEN) }))).to.not.contain("CANARY");
      const broken = await errorOf("hf://owner/model", { hub: hub(`${TOKEN}\n`) });
      expect(broken).to.have.property("code", "HUB_TOKEN_INVALID");
      expect(told(broken)).to.not.contain("CANARY");
      expect(readdirSync(into)).to.deep.equal([]);
    });

    it("names its files where there are several, or none", async () => {
      serve(info({ siblings: siblings("b.onnx", "a.onnx", "../c.onnx") }));
      expect(await refusal("hf://owner/model", { hub: hub() })).to.deep.equal({
        ...{ code: "FILE_CHOICE", source: "hf://owner/model", found: ["a.onnx", "b.onnx"] },
      });
      serve(info({ siblings: siblings("model.safetensors") }));
      expect(await refusal("hf://owner/model", { hub: hub() })).to.deep.include({ found: [] });
    });

    it("takes a licence from where it is said", async () => {
      const said = async (change: object): Promise<unknown> => {
        serve(info(change));
        const { record, folder } = await importing("hf://owner/model", { hub: hub() });
        rmSync(folder, { recursive: true });
        return record.licence?.text;
      };
      expect(await said({ cardData: undefined })).to.equal("mit");
      const own = { license: "other", license_name: "own\u001b[2J-1" };
      expect(await said({ cardData: own })).to.equal("own\ufffd[2J-1");
      expect(await said({ cardData: undefined, tags: [] })).to.equal(undefined);
    });

    for (const [what, answer] of Object.entries({
      "no JSON": Buffer.from("<html>"),
      "no commit": info({ sha: "main" }),
      "a path for a commit": info({ sha: "../../secret" }),
      "too much": Buffer.alloc((1 << 24) + 1, 0x20),
    }))
      it(`is not taken at its word: ${what}`, async () => {
        serve(answer);
        const data = await refusal("hf://owner/model", { hub: hub() });
        expect(data).to.have.property("code", "HUB_ANSWER_INVALID");
      });
  });

  describe("from what is no source", () => {
    for (const source of [
      ...["", "ftp://host/a.onnx", "http://example.com/a.onnx", "file:///a.onnx", "https://"],
      ...["hf://", "hf://owner", "hf://../model", "hf://owner/a@b@c", "hf://owner/a@../b"],
      ...["hf://owner/a/../b.onnx", "hf://owner/a//b.onnx", "s3://bucket/a.onnx", "a\0b"],
    ])
      it(`refuses ${JSON.stringify(source)}`, async () => {
        expect(await refusal(source)).to.have.property("code", "SOURCE_INVALID");
      });

    it("refuses a revision of what has none, and two of them", async () => {
      expect(await refusal(url(), { revision: "main" })).to.have.property("code", "SOURCE_INVALID");
      const two = await refusal("hf://owner/a@main", { revision: "other" });
      expect(two).to.have.property("code", "SOURCE_INVALID");
      expect(first.asked).to.deep.equal([]);
    });

    it("repeats no password of it", async () => {
      const error = await errorOf("http://user:CANARY@example.com/a.onnx?key=CANARY");
      expect(error).to.have.property("code", "SOURCE_INVALID");
      expect(String(error)).to.not.contain("CANARY");
      expect(existsSync(into)).to.equal(true);
    });
  });
});
