import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hub } from "@vouch/execution";
import { downloadTextFiles } from "@vouch/execution";
import type { TextRelease } from "@vouch/publisher";
import { routedTextRelease, verifyTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import { CHAR_GPT, TEXT_PLAN, charGptRelease } from "../../../helpers/charGpt.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

const PREFIX = "/owner/char-gpt/resolve/main/";

describe("downloadTextFiles", () => {
  let server: Server;
  let hub: Hub;
  let release: TextRelease;
  let asked: { readonly path: string; readonly authorization: string | undefined }[] = [];
  /** What the hub serves of a file. */
  let serve: (path: string, bytes: Buffer) => Buffer | undefined;
  const folderOf = (): string => mkdtempSync(join(tmpdir(), "vouch-hub-"));

  before(async () => {
    release = await charGptRelease();
    server = createServer((request, response) => {
      const path = (request.url ?? "").slice(PREFIX.length);
      asked.push({ path, authorization: request.headers.authorization });
      const file = join(CHAR_GPT, path);
      const known = request.url?.startsWith(PREFIX) === true && existsSync(file);
      const body = known ? serve(path, readFileSync(file)) : undefined;
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    hub = { url: `http://127.0.0.1:${port}/`, model: "owner/char-gpt", revision: "main" };
  });

  beforeEach(() => {
    asked = [];
    serve = (_, bytes) => bytes;
  });

  after((done) => {
    server.close(done);
  });

  it("downloads what is not there, and nothing twice", async () => {
    const folder = folderOf();
    const found = await downloadTextFiles(release, folder, hub);
    expect(found).to.deep.equal({ ...release, folder });
    await verifyTextRelease(folder, found);
    expect(asked).to.have.length(6);
    await downloadTextFiles(release, folder, hub);
    expect(asked).to.have.length(6);
  });

  it("shows its token to the hub", async () => {
    await downloadTextFiles(release, folderOf(), { ...hub, token: "secret" });
    expect(new Set(asked.map((it) => it.authorization))).to.deep.equal(new Set(["Bearer secret"]));
  });

  for (const [what, change] of [
    ["another file", (bytes) => Buffer.from(bytes.map((it) => it ^ 1))],
    ["a longer file", (bytes) => Buffer.concat([bytes, Buffer.from(" ")])],
    ["half a file", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["nothing", () => undefined],
  ] as readonly (readonly [string, (bytes: Buffer) => Buffer | undefined])[]) {
    it(`refuses ${what}, and leaves none of it`, async () => {
      const folder = folderOf();
      serve = (path, bytes) => (path === "onnx/model.onnx" ? change(bytes) : bytes);
      expect(await codeOfPromise(downloadTextFiles(release, folder, hub))).to.equal(
        "DOWNLOAD_FAILED",
      );
      expect(readdirSync(join(folder, "onnx"))).to.deep.equal([]);
    });
  }

  it("says so where the hub cannot be reached, or it is aborted", async () => {
    const nobody = { ...hub, url: "http://127.0.0.1:1" };
    expect(await codeOfPromise(downloadTextFiles(release, folderOf(), nobody))).to.equal(
      "DOWNLOAD_FAILED",
    );
    const aborted = downloadTextFiles(release, folderOf(), hub, AbortSignal.abort());
    expect(await codeOfPromise(aborted)).to.equal("DOWNLOAD_FAILED");
    expect(asked).to.be.empty;
  });

  it("has nothing to download of a model that somebody else serves", async () => {
    const routed = routedTextRelease(TEXT_PLAN, { provider: "api.example.org", model: "large" });
    expect(await codeOfPromise(downloadTextFiles(routed, folderOf(), hub))).to.equal(
      "FILES_ABSENT",
    );
  });
});
