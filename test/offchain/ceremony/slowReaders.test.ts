import { once } from "node:events";
import { truncate } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { ceremonyPaths } from "@vouch/ceremony";
import { terminate } from "@vouch/prover";
import { expect } from "chai";
import { until } from "../../helpers/until.ts";
import { ask, closeVerifier, openSite } from "./ceremonySite.ts";
import type { Site } from "./ceremonySite.ts";

describe("openCoordinator, given who reads slowly", function () {
  this.timeout(60_000);
  const sites: Site[] = [];
  const open = async (options: Parameters<typeof openSite>[0]): Promise<Site> => {
    const site = await openSite(options);
    sites.push(site);
    return site;
  };
  after(async () => {
    closeVerifier();
    await terminate();
  });
  /** More than the sockets on both sides hold, of which nothing is on disk. */
  const LARGE = 1 << 26;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const it of sockets.splice(0)) it.destroy();
    for (const { coordinator } of sites.splice(0)) await coordinator.close();
  });
  const dial = (url: string): Socket => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    sockets.push(socket.on("error", () => undefined));
    return socket;
  };
  /** Asks for a key, and reads no more than the answer's beginning. */
  const readSlowly = async (url: string, address: string): Promise<Socket> => {
    const socket = dial(url);
    socket.write(`GET /keys/0/0 HTTP/1.1\r\nhost: a\r\nx-forwarded-for: ${address}\r\n\r\n`);
    await once(socket, "readable");
    return socket;
  };
  const enlarge = ({ folder }: Site): Promise<void> =>
    truncate(ceremonyPaths(folder).key(0, 0), LARGE);

  const get = async (url: string, address: string): Promise<number> => {
    const headers = { "x-forwarded-for": address, range: "bytes=0-9" };
    const response = await fetch(`${url}/keys/0/0`, { headers });
    await response.arrayBuffer();
    return response.status;
  };

  it("ends a transfer that is slower than it may be", async () => {
    const one = { transfersPerAddress: 1, minBytesPerSecond: LARGE * 10 };
    const site = await open({ stallMs: 400, ...one });
    await enlarge(site);
    const socket = await readSlowly(site.url, "");
    expect(await get(site.url, "")).to.equal(429);
    // Some bytes now and then are a sign of life for the connection, not for the transfer.
    const trickle = setInterval(() => void socket.read(), 20);
    try {
      await until("it is ended", async () => (await get(site.url, "")) === 206);
    } finally {
      clearInterval(trickle);
    }
  });

  it("lets an address fetch so many files at once, and others meanwhile", async () => {
    const site = await open({ trustProxy: true, transfersPerAddress: 3 });
    await enlarge(site);
    for (let i = 0; i < 3; i++) await readSlowly(site.url, "192.0.2.1");
    const codes = [await get(site.url, "192.0.2.1"), await get(site.url, "192.0.2.2")];
    expect(codes).to.deep.equal([429, 206]);
    sockets[0]?.destroy();
    await until("one is done", async () => (await get(site.url, "192.0.2.1")) === 206);
  });

  it("keeps so many connections of an address open", async () => {
    const { url } = await open({ connectionsPerAddress: 3 });
    const held = [dial(url), dial(url), dial(url)];
    await Promise.all(held.map((it) => once(it, "connect")));
    const refused = dial(url);
    await once(refused, "close");
    expect(held.map((it) => it.destroyed)).to.deep.equal([false, false, false]);
    held[0]?.destroy();
    await until(
      "another is taken",
      () =>
      ask(url, "/ceremony").then(({ status }) => status === 200).catch(() => false), // prettier-ignore
    );
  });
});
