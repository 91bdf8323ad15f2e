import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  beginCeremony,
  ceremonyPaths,
  CeremonyError,
  endCeremony,
  fetchCeremony,
  joinMessage,
  openCoordinator,
  readCeremonyFacts,
  receiptHash,
  takePart,
  verifyCeremonyFolder,
  ceremonyId,
} from "@vouch/ceremony";
import type { Receipt } from "@vouch/ceremony";
import { terminate } from "@vouch/prover";
import { QueueError } from "@vouch/queue";
import { expect } from "chai";
import { Wallet } from "ethers";
import { until } from "../../helpers/until.ts";
import { readSections, writeSections } from "../prover/ceremony/phaseTwo.ts";
import { temporaryFolder } from "../prover/fixture.ts";
import {
  ask,
  ceremonyFolder,
  closeVerifier,
  joinQueue,
  joinTurn,
  nextKey,
  openSite,
  refusal,
  standing,
  upload,
} from "./ceremonySite.ts";
import type { Site } from "./ceremonySite.ts";

const read = async (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  Uint8Array.from(await readFile(path));

describe("openCoordinator", function () {
  this.timeout(60_000);
  const sites: Site[] = [];
  const open = async (...args: Parameters<typeof openSite>): Promise<Site> => {
    const site = await openSite(...args);
    sites.push(site);
    return site;
  };
  afterEach(async () => {
    for (const { coordinator } of sites.splice(0)) await coordinator.close();
  });
  after(async () => {
    closeVerifier();
    await terminate();
  });

  it("takes contributions to all circuits from several at once, and what it ends with verifies", async () => {
    const { folder, url, coordinator } = await open({}, await ceremonyFolder(2));
    const names = ["Ada", "Grace"];
    const steps = new Set<string>();
    const onProgress = (step: string): void => void steps.add(step.replace(/\d+/g, "n"));
    const parts = await Promise.all(
      names.map((name) => takePart({ url, name, entropy: name, pollMs: 20, onProgress })),
    );
    expect([...steps]).to.include.members(["fetch key n of n", "send key n of n"]);
    const { body } = await ask(url, "/transcript");
    const rounds = body["rounds"] as readonly {
      readonly hash: string;
      readonly receipt: Receipt;
    }[];
    expect(rounds.map(({ hash }) => hash)).to.have.members(parts.map(({ hash }) => hash));
    expect(rounds.map(({ receipt }) => receiptHash(receipt))).to.deep.equal(
      rounds.map(({ hash }) => hash),
    );
    expect(rounds[1]?.receipt.previous).to.equal(rounds[0]?.hash);

    const beacon = { hash: "2a".repeat(32), iterationsExponent: 10 };
    await coordinator.close();
    await endCeremony(folder, { source: "drand 1", beacon });
    const late = await open({}, folder);
    const fetched = join(temporaryFolder(), "fetched");
    await fetchCeremony(late.url, fetched);
    const verified = await verifyCeremonyFolder(fetched, ceremonyPaths(fetched).powers);
    expect(verified.circuits.map(({ secrets }) => secrets)).to.deep.equal([2, 2]);
    if (verified.system !== "groth16") throw new Error("it is of plain keys");
    for (const [index, { document }] of verified.circuits.entries()) {
      const own = document.contributions.map(({ hash }) => hash);
      for (const { contributions } of parts) expect(own).to.include(contributions[index]);
      expect(document.contributions.at(-1)?.beacon).to.deep.equal(beacon);
    }
    const answer = await ask(late.url, "/queue", { method: "POST", body: '{"name":"late"}' });
    expect([answer.status, refusal(answer)]).to.deep.equal([410, "CEREMONY_OVER"]);

    const { state } = ceremonyPaths(fetched);
    const text = await readFile(state, "utf8");
    await writeFile(state, text.replace('"name":"Ada"', '"name":"Eve"'));
    const powers = ceremonyPaths(fetched).powers;
    const renamed = await verifyCeremonyFolder(fetched, powers).catch((it: unknown) => it);
    expect(renamed).to.be.instanceOf(CeremonyError).with.property("code", "FOLDER_INVALID");
  });

  it("gives nobody who waited a turn behind the beacon", async () => {
    const { folder, url, coordinator } = await open();
    const ticket = await joinTurn(url, "Ada");
    await upload(url, ticket, await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada")));
    await standing(url, ticket, "accepted");
    const late = await joinTurn(url, "Grace");
    await coordinator.close();
    const beacon = { hash: "2a".repeat(32), iterationsExponent: 10 };
    await endCeremony(folder, { source: "drand 1", beacon });
    const again = await open({}, folder);
    await standing(again.url, late, "lost");
    expect((await ask(again.url, "/transcript")).body["waiting"]).to.deep.equal([]);
  });

  it("passes on nothing of a coordinator's words that a terminal would obey", async () => {
    const answers: Record<string, readonly [number, object]> = {};
    const server = createServer(({ url = "" }, response) => {
      const [status, body] = answers[url] ?? [404, {}];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const facts = await readCeremonyFacts(await ceremonyFolder());
    const said = async (): Promise<string> =>
      String(await takePart({ url, name: "Ada", pollMs: 20 }).catch((it: unknown) => it));
    const hostile = "\u001b[2K\r\u009bAll is well\u202e";
    try {
      answers["/ceremony"] = [200, { id: ceremonyId(facts), facts, signed: false }];
      answers["/queue"] = [403, { error: { code: hostile, message: hostile } }];
      const refused = await said();
      answers["/queue"] = [201, { ticket: "00".repeat(32) }];
      answers["/turn"] = [200, { status: "lost", reason: hostile }];
      const lost = await said();
      for (const it of [refused, lost]) {
        expect(it).to.contain("All is well");
        expect(/\p{C}/u.test(it)).to.equal(false);
      }
    } finally {
      server.close();
    }
  });

  it("is told by who took part where it lists another key than the one that was sent", async () => {
    const { url: honest } = await open();
    const forge = (receipt: Receipt): { readonly receipt: Receipt; readonly hash: string } => {
      const circuits = receipt.circuits.map((it) => ({ ...it, key: "00".repeat(32) }));
      const forged = { ...receipt, circuits };
      return { receipt: forged, hash: receiptHash(forged) };
    };
    const forward = async (request: IncomingMessage): Promise<Buffer> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { authorization } = request.headers;
      const response = await fetch(`${honest}${request.url ?? ""}`, {
        method: request.method ?? "GET",
        headers: authorization === undefined ? {} : { authorization },
        ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (request.url !== "/turn" && request.url !== "/transcript") return bytes;
      const said = JSON.parse(bytes.toString()) as {
        readonly receipt?: Receipt;
        readonly rounds?: readonly { readonly receipt: Receipt }[];
      };
      const rounds = said.rounds?.map(({ receipt }) => forge(receipt));
      const own = said.receipt === undefined ? {} : forge(said.receipt);
      return Buffer.from(JSON.stringify({ ...said, ...own, ...(rounds && { rounds }) }));
    };
    const server = createServer((request, response) => {
      void forward(request).then((bytes) => response.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const error = await takePart({ url, name: "Ada", pollMs: 20 }).catch((it: unknown) => it);
      expect(error).to.have.property("code", "SERVER_INCONSISTENT");
    } finally {
      server.close();
    }
  });

  it("believes no state that says whether a beacon ended it", async () => {
    const { folder, url, coordinator } = await open();
    const ticket = await joinTurn(url, "Ada");
    await upload(url, ticket, await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada")));
    await standing(url, ticket, "accepted");
    await coordinator.close();
    const { state, powers } = ceremonyPaths(folder);
    expect((await verifyCeremonyFolder(folder, powers)).circuits).to.have.length(1);
    await writeFile(
      state,
      (await readFile(state, "utf8")).replace('"ended":false', '"ended":true'),
    );
    const claimed = await verifyCeremonyFolder(folder, powers).catch((it: unknown) => it);
    expect(claimed).to.have.property("code", "FOLDER_INVALID");
  });

  it("answers parts of a key, so that a download goes on where it ended", async () => {
    const { folder, url } = await open();
    const key = await readFile(ceremonyPaths(folder).key(0, 0));
    const get = async (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/keys/0/0`, { headers });
    const rest = await get({ range: "bytes=100-" });
    expect([rest.status, rest.headers.get("content-range")]).to.deep.equal(
      [206, `bytes 100-${key.length - 1}/${key.length}`], // prettier-ignore
    );
    expect(Buffer.from(await rest.arrayBuffer())).to.deep.equal(key.subarray(100));
    const part = await get({ range: "bytes=1-2" });
    expect(Buffer.from(await part.arrayBuffer())).to.deep.equal(key.subarray(1, 3));
    const other = await get({ range: "bytes=1-2", "if-range": '"another"' });
    expect(Buffer.from(await other.arrayBuffer())).to.deep.equal(key);
    expect((await get({ range: `bytes=${key.length}-` })).status).to.equal(416);
  });

  it("serves a folder alone", async () => {
    const { folder } = await open();
    const second = openCoordinator({ folder, port: 0 }, { log: () => undefined });
    const error = await second.then(() => undefined, (it: unknown) => it); // prettier-ignore
    expect(error).to.be.instanceOf(QueueError).with.property("code", "LOCK_HELD");
  });

  describe("given a hostile upload", () => {
    let site: Site;
    let current: string;
    before(async () => {
      site = await openSite();
      const { key } = ceremonyPaths(site.folder);
      const ticket = await joinTurn(site.url, "Ada");
      await upload(site.url, ticket, await read(await nextKey(key(0, 0), "Ada")));
      await standing(site.url, ticket, "accepted");
      current = key(1, 0);
    });
    after(() => site.coordinator.close());

    /** What becomes of a turn that ends with this key. */
    const outcome = async (made: string): Promise<readonly unknown[]> => {
      const ticket = await joinTurn(site.url, "Mallory");
      const answer = await upload(site.url, ticket, await read(made));
      if (answer.status !== 202) return [answer.status, refusal(answer)];
      const { reason } = await standing(site.url, ticket, "lost");
      expect((await ask(site.url, "/transcript")).body["rounds"]).to.have.length(1);
      expect(await readdir(join(site.folder, "keys"))).to.deep.equal(["0000", "0001"]);
      return [202, String(reason).split(": ")[1]?.split(",")[0]];
    };
    const change = async (
      path: string,
      alter: (sections: Map<number, Buffer>) => void,
    ): Promise<string> => {
      const sections = new Map(
        [...(await readSections(path))].map(([id, it]) => [id, Buffer.from(it)]),
      );
      alter(sections);
      await writeSections(path, sections);
      return path;
    };

    it("refuses one that builds on an older key", async () => {
      const own = await nextKey(ceremonyPaths(site.folder).key(0, 0), "Ada");
      const made = await outcome(await nextKey(own, "Mallory"));
      expect(made).to.deep.equal([202, "CONTRIBUTION_INVALID"]);
    });

    it("refuses a forged proof of knowledge", async () => {
      const forged = await change(await nextKey(current, "Mallory"), (sections) => {
        // x·s of the second contribution becomes s: it claims x = 1, though delta was multiplied by another.
        const second = 68 + 392 + 2 + "Ada".length;
        sections.get(10)?.copyWithin(second + 128, second + 64, second + 128);
      });
      expect(await outcome(forged)).to.deep.equal([202, "CONTRIBUTION_INVALID"]);
    });

    it("refuses another's contribution as one's own", async () => {
      const made = await outcome(await nextKey(current, "Grace"));
      expect(made).to.deep.equal([202, "CONTRIBUTION_INVALID"]);
    });

    it("refuses a key with other constraints", async () => {
      const other = await change(await nextKey(current, "Mallory"), (sections) => {
        const matrices = sections.get(4);
        matrices?.writeUInt8(matrices.readUInt8(20) ^ 1, 20);
      });
      expect(await outcome(other)).to.deep.equal([202, "KEY_UNRELATED"]);
    });

    it("refuses the current key as the next, by its length", async () => {
      expect(await outcome(current)).to.deep.equal([413, "UPLOAD_LENGTH"]);
    });
  });

  describe("given hostile requests", () => {
    it("takes nothing from who has no ticket, or not the turn, or has it for one key twice at once", async () => {
      const { folder, url } = await open();
      const key = await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada"));
      const turn = await joinTurn(url, "Ada");
      const waiting = await joinQueue(url, "Grace");
      // The first upload has begun, and does not end before the second is answered.
      const first = request(`${url}/contributions/0`, {
        method: "PUT",
        headers: { authorization: `Bearer ${turn}`, "content-length": key.length },
      });
      first.on("error", () => undefined);
      first.write(key.subarray(0, 100));
      const draft = join(folder, "uploads");
      await until("the first upload has begun", async () =>
        (await readdir(draft, { recursive: true })).some((it) => it.endsWith(".part")),
      );
      const codes = [
        refusal(await upload(url, "00".repeat(32), key)),
        refusal(await upload(url, waiting, key)),
        refusal(await upload(url, turn, key)),
        refusal(await upload(url, turn, key, 7)),
      ];
      expect(codes).to.deep.equal([
        ...["TOKEN_UNKNOWN", "NOT_YOUR_TURN"],
        ...["UPLOAD_RUNNING", "ROUTE_UNKNOWN"],
      ]);
      first.end(key.subarray(100));
      await standing(url, turn, "accepted");
    });

    it("replaces no key once the turn's are being verified", async () => {
      const { folder, url } = await open({}, await ceremonyFolder(2));
      const paths = ceremonyPaths(folder);
      const ticket = await joinTurn(url, "Ada");
      const key = await read(await nextKey(paths.key(0, 0), "Ada"));
      await upload(url, ticket, key, 0);
      // Another file for the first circuit, of which one byte is held back until the second circuit's is there.
      const late = request(`${url}/contributions/0`, {
        method: "PUT",
        headers: { authorization: `Bearer ${ticket}`, "content-length": key.length },
      });
      const ended = new Promise((resolve) => late.on("error", resolve).on("response", resolve));
      late.write(Buffer.alloc(key.length - 1));
      await until("the late upload has begun", async () =>
        (await readdir(paths.uploads, { recursive: true })).some((it) => it.endsWith(".part")),
      );
      await upload(url, ticket, await read(await nextKey(paths.key(0, 1), "Ada")), 1);
      late.end(Buffer.alloc(1));
      await ended;
      await standing(url, ticket, "accepted");
      expect(await readFile(paths.key(1, 0))).to.deep.equal(Buffer.from(key));
      expect((await readdir(paths.round(1))).toSorted()).to.deep.equal(["0.zkey", "1.zkey"]);
    });

    it("keeps nothing of an upload that is cut, and takes it again", async () => {
      const { folder, url } = await open();
      const key = await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada"));
      const ticket = await joinTurn(url, "Ada");
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.write(
        `PUT /contributions/0 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${ticket}\r\ncontent-length: ${key.length}\r\n\r\n`,
      );
      socket.write(key.subarray(0, 1000));
      const files = async (): Promise<readonly string[]> =>
        (await readdir(join(folder, "uploads"), { recursive: true })).filter((it) =>
          it.includes("/"),
        );
      await until("a part has come", async () => (await files()).length === 1);
      socket.destroy();
      await until("it is gone", async () => (await files()).length === 0);
      expect((await upload(url, ticket, key)).status).to.equal(202);
      await standing(url, ticket, "accepted");
    });

    it("refuses what is too large before it comes, without a length, and bodies that are no request", async () => {
      const { folder, url } = await open();
      const key = await read(await nextKey(ceremonyPaths(folder).key(0, 0), "Ada"));
      const ticket = await joinTurn(url, "Ada");
      const large = await upload(url, ticket, Buffer.concat([key, Buffer.alloc(1000)]));
      expect([large.status, refusal(large)]).to.deep.equal([413, "UPLOAD_LENGTH"]);
      const stream = new Blob([key]).stream();
      const chunked = await ask(url, "/contributions/0", {
        ...{ method: "PUT", ticket, body: stream },
        ...{ duplex: "half" },
      });
      expect(refusal(chunked)).to.equal("LENGTH_REQUIRED");
      for (const body of ["", "[]", "{", '{"name":1}', '{"name":"\\u0000"}', "x".repeat(9000)]) {
        expect(refusal(await ask(url, "/queue", { method: "POST", body }))).to.equal(
          "REQUEST_INVALID",
        );
      }
      expect(refusal(await ask(url, "/queue", { method: "DELETE" }))).to.equal("METHOD_UNKNOWN");
    });

    it("has no path to other files", async () => {
      const { url } = await open();
      const port = Number(new URL(url).port);
      const paths = [
        ...["/keys/../state.json", "/keys/0/..%2f..%2fstate.json", "/circuits/%2e%2e/r1cs"],
        ...["//etc/passwd", "/keys/-1/0", "/keys/1/0", "/keys/0/1", "/keys/0/0/", "/state.json"],
      ];
      for (const path of paths) {
        const status = await new Promise((resolve) => {
          request({ port, path, host: "127.0.0.1" }, (it) => {
            it.resume();
            resolve(it.statusCode);
          }).end();
        });
        expect(status, path).to.equal(404);
      }
    });

    it("ends connections that dribble, and answers others meanwhile", async () => {
      const { url } = await open({ headersMs: 300, stallMs: 300 });
      const sockets = Array.from({ length: 20 }, () =>
        connect(Number(new URL(url).port), "127.0.0.1"),
      );
      const closed = sockets.map(
        (it) => new Promise((resolve) => it.on("error", () => undefined).once("close", resolve)),
      );
      for (const [index, it] of sockets.entries()) {
        const head = "POST /queue HTTP/1.1\r\nhost: a\r\n";
        it.write(index % 2 === 0 ? head : `${head}content-length: 100\r\n\r\n{`);
        it.resume();
      }
      expect((await ask(url, "/ceremony")).status).to.equal(200);
      await Promise.all(closed);
    });

    it("counts all addresses of an IPv6 network of 64 bits as one", async () => {
      const { url } = await open({ trustProxy: true, joinsPerHour: 1 });
      const join = async (address: string): Promise<number> => {
        const headers = { "x-forwarded-for": address };
        const body = JSON.stringify({ name: address });
        return (await fetch(`${url}/queue`, { method: "POST", headers, body })).status;
      };
      const statuses: number[] = [];
      for (const it of ["2001:db8::1", "2001:DB8:0:0:1::", "2001:db8:0:1::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2", "::1"]) statuses.push(await join(it)); // prettier-ignore
      expect(statuses).to.deep.equal([201, 429, 201, 201, 201, 201]);
    });

    it("shows hostile names as text", async () => {
      const { url } = await open();
      await joinQueue(url, "<script>alert(1)</script>");
      await joinQueue(url, `"'&</li>`);
      const page = await fetch(`${url}/`);
      const text = await page.text();
      expect(text)
        .to.include("&lt;script&gt;alert(1)&lt;/script&gt;")
        .and.include("&quot;&#39;&amp;&lt;/li&gt;");
      expect(text).to.not.match(/<script/i);
      expect(page.headers.get("content-security-policy")).to.match(/default-src 'none'/);
    });

    it("refuses who asks too often, or joins too often, or finds the queue full", async () => {
      const { url } = await open({ joinsPerHour: 2 });
      await joinQueue(url, "a");
      await joinQueue(url, "b");
      const again = await ask(url, "/queue", { method: "POST", body: '{"name":"c"}' });
      expect([again.status, refusal(again)]).to.deep.equal([429, "RATE_LIMITED"]);
      const busy = await open({ requestsPerMinute: 3 });
      for (const expected of [200, 200, 200, 429]) {
        expect((await ask(busy.url, "/ceremony")).status).to.equal(expected);
      }
      const short = await open({ maxQueue: 1 });
      await joinQueue(short.url, "a");
      const full = await ask(short.url, "/queue", { method: "POST", body: '{"name":"b"}' });
      expect(refusal(full)).to.equal("QUEUE_FULL");
    });
  });

  describe("given participants who do nothing", () => {
    it("gives the turn to the next when its time is over", async () => {
      const { url, pass } = await open({ turnMs: 60_000, patienceMs: 600_000 });
      const slow = await joinTurn(url, "slow");
      const next = await joinQueue(url, "next");
      expect((await standing(url, next, "waiting"))["ahead"]).to.equal(1);
      pass(61_000);
      await standing(url, slow, "lost");
      await standing(url, next, "turn");
    });

    it("gives it to the next when the one whose it is has left, before its time is over", async () => {
      const { url, pass } = await open({ turnMs: 600_000, patienceMs: 60_000 });
      const gone = await joinTurn(url, "gone");
      pass(40_000);
      const next = await joinQueue(url, "next");
      pass(40_000);
      await standing(url, next, "turn");
      await standing(url, gone, "lost");
    });
  });

  describe("given a list of who may join", () => {
    const allowed = new Wallet(`0x${"11".repeat(32)}`);
    const stranger = new Wallet(`0x${"22".repeat(32)}`);

    it("takes the address's own signature, fresh, for this ceremony and name, once", async () => {
      const { folder, url, pass } = await open({ allowed: [allowed.address.toLowerCase()] });
      const id = ceremonyId(await readCeremonyFacts(folder));
      const issuedAt = new Date().toISOString();
      const sign = async (wallet: Wallet, name: string): Promise<object> => ({
        name,
        issuedAt,
        signature: await wallet.signMessage(joinMessage(id, name, issuedAt)),
      });
      const code = async (body: object): Promise<unknown> =>
        refusal(await ask(url, "/queue", { method: "POST", body: JSON.stringify(body) }));
      const own = await sign(allowed, "Ada");
      expect(await code({ name: "Ada" })).to.equal("NOT_ALLOWED");
      expect(await code(await sign(stranger, "Ada"))).to.equal("NOT_ALLOWED");
      expect(await code({ ...own, name: "Grace" })).to.equal("NOT_ALLOWED");
      pass(11 * 60_000);
      expect(await code(own)).to.equal("NOT_ALLOWED");
      pass(-11 * 60_000);
      const part = await takePart({
        url,
        name: "Ada",
        pollMs: 20,
        sign: (it) => allowed.signMessage(it),
      });
      expect(part.receipt.address).to.equal(allowed.address);
      expect(await code(own)).to.equal("NOT_ALLOWED");
    });
  });

  it("refuses to begin in a folder that exists", async () => {
    const powers = { path: "", origin: "development", blake2b: "00".repeat(64), power: 4 } as const;
    const error = await beginCeremony(temporaryFolder(), "x", [], powers).catch(
      (it: unknown) => it,
    );
    expect(error).to.be.instanceOf(CeremonyError).with.property("code", "FOLDER_INVALID");
  });
});
