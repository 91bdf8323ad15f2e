import type { Socket } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import type { FreeGateway } from "../../helpers/freeGateway.ts";
import { freeGateway } from "../../helpers/freeGateway.ts";
import { until } from "../../helpers/until.ts";

const TENSOR = Array.from({ length: 20 }, (_, i) => i);
const asJson = (body: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body,
});

describe("a gateway before hostile clients", () => {
  let gateway: FreeGateway;

  before(async () => {
    gateway = await freeGateway({
      ...{ bodyLimit: 4_096, headersTimeoutMs: 200, requestTimeoutMs: 400, timeoutCheckMs: 50 },
      rateLimit: { max: 40, windowMs: 60_000 },
    });
  });
  after(() => gateway.close());

  const dial = (lines: readonly string[]): Socket => {
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write(lines.join("\r\n"));
    return socket;
  };
  const HEAD = [
    "POST /v1/infer/credit HTTP/1.1",
    "host: gateway.test",
    "content-type: application/json",
  ];
  const codeOf = async (response: Response) => ({
    status: response.status,
    code: ((await response.json()) as { error: { code: string } }).error.code,
  });
  const infer = (body: string) => fetch(`${gateway.url}/v1/infer/credit`, asJson(body));

  it("closes connections whose head or body never comes, and serves others meanwhile", async () => {
    const slow = [
      ...Array.from({ length: 20 }, () => dial(HEAD)),
      ...Array.from({ length: 20 }, () => dial([...HEAD, "content-length: 100", "", '{"tensor":'])),
    ];
    const ends = slow.map((socket) => text(socket));
    expect((await infer(JSON.stringify({ tensor: TENSOR }))).status).to.equal(200);
    for (const answer of await Promise.all(ends)) expect(answer).to.match(/^HTTP\/1\.1 408 /);
  });

  it("waits for no body that does not come where it is told to close", async () => {
    const other = await freeGateway({ requestTimeoutMs: 120_000 });
    const socket = connect(Number(new URL(other.url).port), "127.0.0.1");
    socket.on("error", () => undefined); // it is reset
    socket.write([...HEAD, "content-length: 100", "", '{"tensor":'].join("\r\n"));
    const { server } = other.gateway.app;
    await until("it is connected", async () => {
      const open = await new Promise<number>((done) => {
        server.getConnections((_, count) => {
          done(count);
        });
      });
      return open === 1;
    });
    await other.close(); // in less than a test may take
    if (!socket.destroyed) await text(socket); // whatever it is told, it is closed
    expect(socket.destroyed || socket.readableEnded).to.equal(true);
  }).timeout(20_000);

  it("closes connections of those who ask and do not read", async () => {
    const rateLimit = { max: 10_000, windowMs: 60_000 };
    const times = { answerTimeoutMs: 100, requestTimeoutMs: 200, timeoutCheckMs: 50 };
    const other = await freeGateway({ ...times, rateLimit });
    const { server } = other.gateway.app;
    const socket = connect(Number(new URL(other.url).port), "127.0.0.1").pause();
    socket.on("error", () => undefined); // it is reset
    const connections = (): Promise<number> =>
      new Promise((resolve) => {
        server.getConnections((_, count) => {
          resolve(count);
        });
      });
    socket.write("GET /openapi.json HTTP/1.1\r\nhost: gateway.test\r\n\r\n".repeat(1_000));
    await until("it is connected", async () => (await connections()) === 1);
    await until("it is closed", async () => (await connections()) === 0, 5_000);
    socket.destroy();
    await other.close();
  });

  for (const [name, body, status, code] of [
    ["a body over the limit", `{"words":["${"0".repeat(5_000)}"]}`, 413, "BODY_TOO_LARGE"],
    ["a body that is not JSON", '{"tensor":', 400, "REQUEST_INVALID"],
    ["a body that is nested too deeply", "[".repeat(2_000), 400, "REQUEST_INVALID"],
    ["a body with a prototype", '{"__proto__":{}}', 400, "REQUEST_INVALID"],
    ["no body", "", 400, "REQUEST_INVALID"],
    ["another number of elements", '{"tensor":[1]}', 400, "REQUEST_INVALID"],
    ["words that are not canonical", `{"words":["0x${"f".repeat(64)}"]}`, 400, "REQUEST_INVALID"],
    ["both forms of an input", '{"tensor":[1],"words":[]}', 400, "REQUEST_INVALID"],
  ] as const) {
    it(`refuses ${name}`, async () => {
      expect(await codeOf(await infer(body))).to.deep.equal({ status, code });
    });
  }

  it("refuses a body over the limit that does not tell its length", async () => {
    const socket = dial([...HEAD, "transfer-encoding: chunked", "", ""]);
    const answer = text(socket);
    for (let i = 0; i < 6; i++) socket.write(`400\r\n${"x".repeat(0x400)}\r\n`);
    expect(await answer).to.match(/^HTTP\/1\.1 413 /);
  });

  it("refuses another type of body, and knows its routes", async () => {
    const form = await fetch(`${gateway.url}/v1/infer/credit`, { method: "POST", body: "a=b" });
    expect(await codeOf(form)).to.deep.equal({ status: 415, code: "MEDIA_TYPE" });
    const nowhere = await fetch(`${gateway.url}/v2?key=secret`);
    expect(await codeOf(nowhere)).to.deep.equal({ status: 404, code: "ROUTE_UNKNOWN" });
  });

  it("refuses receipts that are not there, whatever they are called", async () => {
    for (const id of ["0x12", `0x${"ab".repeat(32)}`, "..%2f..%2fetc"])
      expect(await codeOf(await fetch(`${gateway.url}/v1/receipts/${id}`))).to.deep.equal({
        ...{ status: 404, code: "RECEIPT_UNKNOWN" },
      });
  });

  it("counts by the address that the proxy in front saw, whatever the client says that it is", async () => {
    const rateLimit = { max: 3, windowMs: 60_000 };
    const other = await freeGateway({ rateLimit, trustProxy: true });
    const ask = async (forwarded: string): Promise<number> => {
      const headers = { "x-forwarded-for": forwarded };
      return (await fetch(`${other.url}/v1/models`, { headers })).status;
    };
    try {
      const statuses = [];
      for (const client of [1, 2, 3, 4]) statuses.push(await ask(`10.0.0.${client}, 192.0.2.7`));
      expect(statuses).to.deep.equal([200, 200, 200, 429]);
      expect(await ask("192.0.2.8")).to.equal(200);
    } finally {
      await other.close();
    }
  });

  // Last: it uses up what this address may ask.
  it("bounds what one address may ask, and still says that it lives", async () => {
    const statuses = [];
    for (let i = 0; i < 40; i++) statuses.push((await fetch(`${gateway.url}/v1/models`)).status);
    expect(statuses.at(-1)).to.equal(429);
    const refused = await codeOf(await fetch(`${gateway.url}/v1/models`));
    expect(refused).to.deep.equal({ status: 429, code: "RATE_LIMITED" });
    expect((await fetch(`${gateway.url}/healthz`)).status).to.equal(200);
  });
});
