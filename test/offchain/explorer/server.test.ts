import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { isPageAddress } from "../../../offchain/explorer/server/pageAddresses.ts";
import { serveExplorer } from "../../../offchain/explorer/server/serveExplorer.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const SCRIPT = `export const page = "${"x".repeat(4_000)}";\n`;
const MANIFEST_HASH = `0x${"ab".repeat(32)}`;
const ANSWER = { data: { network: { requests: 7 } } };
const RPC = "http://127.0.0.1:8545";
const GATEWAY = "https://gateway.example:8402/v1";

type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};
type Asked = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

const deployment = {
  ...{ chainId: "31337", fromBlock: 0, anchor: `0x${"11".repeat(32)}` },
  ...Object.fromEntries(
    [
      ...["modelRegistry", "circuitRegistry", "stakeVault", "signatureEvidence"],
      ...["enclaveAuthorities", "enclaveCollateral", "dcapVerifier", "simulatedAuthorities"],
      ...["simulatedCollateral", "simulatedVerifier", "enclaveRegistry", "nitroRegistrars"],
      ...["evidenceRouter", "inferenceRequests", "requestFunding", "receiptLedger"],
      "policyQuotes",
    ].map((name) => [name, `0x${"22".repeat(20)}`]),
  ),
};
const SETTINGS = { deployment, chain: "local", rpc: RPC, gateway: GATEWAY, isLocal: true };

describe("serveExplorer", () => {
  const stop = new AbortController();
  let root: string;
  let url: string;
  /** What the indexer is asked, and how it answers. */
  const asked: { method: string; url: string; body: string }[] = [];
  let respond: { status: number; type: string; body: string };
  let indexer: URL;

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "vouch-explorer-"));
    mkdirSync(join(root, "dist/assets"), { recursive: true });
    writeFileSync(join(root, "secret.txt"), "not for readers");
    writeFileSync(join(root, "dist/index.html"), "<!doctype html><title>page</title>");
    writeFileSync(join(root, "dist/assets/index-abc.js"), SCRIPT);
    writeFileSync(join(root, "dist/assets/verifyWorker-abc.js"), SCRIPT);
    const server = createServer((incoming, outgoing) => {
      void text(incoming).then((body) => {
        asked.push({ method: incoming.method ?? "", url: incoming.url ?? "", body });
        outgoing.writeHead(respond.status, { "content-type": respond.type, "set-cookie": "a=b" });
        outgoing.end(respond.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stop.signal.addEventListener("abort", () => {
      server.closeAllConnections();
      server.close();
    });
    indexer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    ({ url } = await serve({}));
  });
  beforeEach(() => {
    asked.length = 0;
    respond = { status: 200, type: "application/json", body: JSON.stringify(ANSWER) };
  });
  after(() => {
    stop.abort();
    rmSync(root, { recursive: true, force: true });
  });

  const serve = (other: Readonly<Record<string, unknown>>, at = indexer) =>
    serveExplorer(
      {
        ...{ folder: join(root, "dist"), port: 0, indexer: at },
        settings: { ...SETTINGS, ...other },
        manifestOf: (hash: Hex) =>
          Promise.resolve(hash === MANIFEST_HASH ? '{"format":"vouch.manifest/1"}' : undefined),
      },
      stop.signal,
    );
  /** Sends a path as it is written: `fetch` would make another of it. */
  async function ask(path: string, { method = "GET", headers, body }: Asked = {}): Promise<Answer> {
    const { hostname, port } = new URL(url);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        hostname,
        port,
        path,
        method,
        ...(headers === undefined ? {} : { headers }),
      };
      request(options, resolve).on("error", reject).end(body);
    });
    return {
      ...{ status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) },
    };
  }
  const json = { "content-type": "application/json" };
  const policyOf = ({ headers }: Answer): ReadonlyMap<string, string> =>
    new Map(
      String(headers["content-security-policy"])
        .split("; ")
        .map((directive) => {
          const [name = "", ...sources] = directive.split(" ");
          return [name, sources.join(" ")];
        }),
    );

  it("carries its policy on whatever it answers", async () => {
    for (const [path, how, status] of [
      ["/", {}, 200],
      ["/assets/index-abc.js", {}, 200],
      ["/settings.json", {}, 200],
      ["/status", {}, 200],
      ["/graphql", { method: "POST", headers: json, body: "{}" }, 200],
      ["/graphql", { method: "POST", body: "{}" }, 415],
      ["/graphql", { method: "POST", headers: json, body: "x".repeat(70_000) }, 413],
      [`/manifest/${MANIFEST_HASH}`, {}, 200],
      ["/none", {}, 404],
      ["/", { method: "POST" }, 405],
      ["/", { method: "HEAD" }, 200],
    ] as const satisfies readonly (readonly [string, Asked, number])[]) {
      const answer = await ask(path, how);
      expect(answer.status, path).to.equal(status);
      const policy = policyOf(answer);
      expect(policy.get("default-src"), path).to.equal("'none'");
      expect(policy.get("script-src"), path).to.equal("'self'");
      expect(policy.get("style-src"), path).to.equal("'self'");
      expect(policy.get("frame-ancestors"), path).to.equal("'none'");
      expect(answer.headers, path).to.include({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(answer.headers, path).to.have.property("permissions-policy");
      expect(answer.headers, path).to.not.have.any.keys("set-cookie", "x-powered-by", "server");
    }
  });

  it("lets pages ask the chain and the gateway that it names, and Verify any chain", async () => {
    const given = "'self' http://127.0.0.1:8545 https://gateway.example:8402";
    expect(policyOf(await ask("/")).get("connect-src")).to.equal(given);
    expect(policyOf(await ask("/assets/index-abc.js")).get("connect-src")).to.equal(given);
    for (const path of ["/verify", "/verify?id=1", "/assets/verifyWorker-abc.js"])
      expect(policyOf(await ask(path)).get("connect-src"), path).to.equal(
        `${given} https: wss: http://127.0.0.1:* http://localhost:*`,
      );
  });

  it("hands the document out at addresses of pages, and nowhere else", async () => {
    const routes = readFileSync(
      new URL("../../../offchain/explorer/src/routes.ts", import.meta.url),
      "utf8",
    );
    const paths = [...routes.matchAll(/path: "([^"]+)"/g)].map(([, path = ""]) =>
      path.replace(":id", `0x${"0a".repeat(path.startsWith("/operator/") ? 20 : 32)}`),
    );
    expect(paths).to.have.length.above(10);
    for (const path of paths) {
      const { status, headers, body } = await ask(path);
      expect([path, status]).to.deep.equal([path, 200]);
      expect(headers["content-type"]).to.equal("text/html; charset=utf-8");
      expect(body.toString()).to.include("<!doctype html>");
    }
    for (const path of ["/x", "/release", "/release/0x", "/release/0x12/..", "/verify/x", "//"])
      expect(isPageAddress(path), path).to.be.false;
  });

  it("leads out of its folder by no spelling of an address", async () => {
    for (const path of [
      "/../secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e/secret.txt",
      "/%2e%2e%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/assets/..\\..\\secret.txt",
      "/assets/%5c..%5c..%5csecret.txt",
      "/..%c0%afsecret.txt",
      `/${encodeURIComponent(join(root, "secret.txt"))}`,
      join(root, "secret.txt"),
      `//${join(root, "secret.txt")}`,
      "/assets",
      "/assets/",
      "/index.html%00.js",
      "/%",
    ]) {
      const { status, body } = await ask(path);
      expect([path, status]).to.deep.equal([path, 404]);
      expect(body.toString()).to.not.include("not for readers").and.not.include(root);
    }
  });

  it("hands out what is named by its content for ever, the document never without a look", async () => {
    const script = await ask("/assets/index-abc.js");
    expect(script.headers["cache-control"]).to.equal("public, max-age=31536000, immutable");
    const document = await ask("/");
    expect(document.headers["cache-control"]).to.equal("no-cache");
    const etag = String(document.headers["etag"]);
    const again = await ask("/", { headers: { "if-none-match": etag } });
    expect([again.status, again.body.byteLength]).to.deep.equal([304, 0]);
  });

  it("compresses for whom it may", async () => {
    const path = "/assets/index-abc.js";
    const forms = async (accepted: string): Promise<readonly [string | undefined, string]> => {
      const { headers, body } = await ask(path, { headers: { "accept-encoding": accepted } });
      const encoding = headers["content-encoding"];
      const decode = { br: brotliDecompressSync, gzip: gunzipSync }[encoding ?? ""];
      return [encoding, (decode?.(body) ?? body).toString()];
    };
    expect(await forms("gzip, br;q=0.9")).to.deep.equal(["br", SCRIPT]);
    expect(await forms("gzip, br;q=0")).to.deep.equal(["gzip", SCRIPT]);
    expect(await forms("identity")).to.deep.equal([undefined, SCRIPT]);
  });

  it("passes questions on as they are, and answers without what else came with them", async () => {
    const body = '{"query":"{ network(id: \\"network\\") { requests } }"}';
    const cookie = { cookie: "session=1" };
    const answer = await ask("/graphql?x=1", {
      method: "POST",
      headers: { ...json, ...cookie },
      body,
    });
    expect(JSON.parse(answer.body.toString())).to.deep.equal(ANSWER);
    expect(asked).to.deep.equal([{ method: "POST", url: "/graphql", body }]);
    respond = { ...respond, status: 400, body: '{"errors":[{"message":"no such field"}]}' };
    const refused = await ask("/graphql", { method: "POST", headers: json, body });
    expect(refused.status).to.equal(400);
    expect(refused.body.toString()).to.equal(respond.body);
  });

  it("offers no page of the indexer's", async () => {
    respond = { status: 200, type: "text/html", body: "<script src=https://cdn.example/x.js>" };
    expect((await ask("/graphql")).status).to.equal(404);
    const answer = await ask("/graphql", { method: "POST", headers: json, body: "{}" });
    expect(answer.status).to.equal(502);
    expect(answer.body.toString()).to.not.include("cdn.example");
    expect((await ask("/metrics")).status).to.equal(404);
  });

  it("says that the indexer is down, and not where it was", async () => {
    const { url: other } = await serve({}, new URL("http://127.0.0.1:9"));
    const answer = await fetch(`${other}/graphql`, { method: "POST", headers: json, body: "{}" });
    expect(answer.status).to.equal(502);
    const said = await answer.text();
    expect(JSON.parse(said)).to.have.nested.property("errors[0].extensions.code", "INDEXER_DOWN");
    expect(said).to.not.match(/127\.0\.0\.1|ECONN|:9\b/);
    expect((await fetch(`${other}/status`)).status).to.equal(502);
    expect((await fetch(`${other}/`)).status).to.equal(200);
  });

  it("tells the page its surroundings", async () => {
    const { headers, body } = await ask("/settings.json");
    expect(headers["cache-control"]).to.equal("no-store");
    expect(JSON.parse(body.toString())).to.deep.equal(SETTINGS);
  });

  it("finds manifests by their hash alone", async () => {
    const { headers, body } = await ask(`/manifest/${MANIFEST_HASH}`);
    expect(headers["content-type"]).to.equal("application/json");
    expect(body.toString()).to.equal('{"format":"vouch.manifest/1"}');
    for (const hash of [`0x${"cd".repeat(32)}`, "..%2fsecret.txt", "0xab", ""])
      expect((await ask(`/manifest/${hash}`)).status, hash).to.equal(404);
  });

  for (const [what, setting] of [
    ["a directive in the host", { rpc: "https://a;script-src" }],
    ["a list of hosts", { rpc: "https://a,b" }],
    ["any host", { gateway: "https://*" }],
    ["a quoted word", { gateway: "https://'unsafe-inline'" }],
    ["another scheme", { rpc: "javascript:alert(1)" }],
    ["a password", { rpc: "https://me:secret@node.example" }],
    ["no URL", { gateway: "node" }],
    ["a header's end", { chain: "", rpc: "https://a\r\nx: y" }],
    ["a setting that nobody knows", { key: "0x1" }],
    ["a deployment of nothing", { deployment: {} }],
  ] as const)
    it(`refuses ${what} among its settings`, async () => {
      expect(await codeOfPromise(serve(setting))).to.equal("SETTING_INVALID");
    });

  it("says what is missing, and what is taken", async () => {
    const options = {
      ...{ settings: SETTINGS, indexer, port: Number(new URL(url).port) },
      manifestOf: () => Promise.resolve(undefined),
    };
    const at = (folder: string): Promise<unknown> =>
      serveExplorer({ ...options, folder: join(root, folder) }, stop.signal);
    expect(await codeOfPromise(at("."))).to.equal("PAGE_NOT_BUILT");
    expect(await codeOfPromise(at("dist"))).to.equal("PORT_TAKEN");
  });
});
