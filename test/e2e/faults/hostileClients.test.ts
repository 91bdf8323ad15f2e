import type { Socket } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import type { OperatorProcess, OperatorSite } from "../../helpers/operatorProcess.ts";
import { openOperatorSite } from "../../helpers/operatorProcess.ts";
import type { Row } from "../../helpers/reconcile.ts";
import { differences, tableOf } from "../../helpers/reconcile.ts";
import { openTinyScenario, tinyModel } from "../../helpers/tinyScenario.ts";
import { until } from "../../helpers/until.ts";

const PRICE = 10n;
const TENSOR = [0.5, -0.25, 0.125, 0];
const CONNECTIONS = 160;
const SLOW = 40;
const BODY_LIMIT = 4_096;
const HEAD = [
  "POST /v1/infer/tiny HTTP/1.1",
  "host: gateway.test",
  "content-type: application/json",
];

/** One process of `vouch-gateway`, which goes on selling while it is besieged. */
/** For the long run: gateway/hostileClients.test.ts tries them on sockets by default. */
const deepDescribe = process.env["VOUCH_DEEP"] === "1" ? describe : (): undefined => undefined;

deepDescribe("vouch-gateway before hostile clients", function () {
  this.timeout(120_000);
  let scenario: Awaited<ReturnType<typeof openTinyScenario>>;
  let site: OperatorSite;
  let running: OperatorProcess;
  let opening: bigint;
  let sold = 0n;

  before(async () => {
    scenario = await openTinyScenario("public", tinyModel(7));
    site = await openOperatorSite(scenario);
    running = await site.start({
      VOUCH_PAYMENTS_PRICES: `*:signature:${PRICE}`,
      VOUCH_HTTP_BODY_LIMIT: String(BODY_LIMIT),
      VOUCH_HTTP_HEADERS_TIMEOUT_MS: "500",
      VOUCH_HTTP_REQUEST_TIMEOUT_MS: "1000",
      VOUCH_HTTP_MAX_CONNECTIONS: String(CONNECTIONS),
    });
    opening = await site.token.balanceOf(site.operator);
  });
  after(async () => {
    await running.kill("SIGKILL");
    await site.close();
    scenario.close();
  });

  /** A connection that says so much and then waits; it may be reset. */
  const dial = (lines: readonly string[] = []): Socket => {
    const socket = connect({ port: Number(new URL(running.url).port), allowHalfOpen: true });
    socket.on("error", () => undefined);
    if (lines.length > 0) socket.write(lines.join("\r\n"));
    return socket;
  };
  const many = (lines: readonly string[]): Socket[] =>
    Array.from({ length: SLOW }, () => dial(lines));
  const answered = (socket: Socket): Promise<string> => text(socket).catch(() => "reset");
  const body = JSON.stringify({ tensor: TENSOR });
  const buy = async (): Promise<void> => {
    const response = await site.pay("signature")(`${running.url}/v1/infer/tiny`, {
      ...{ method: "POST", headers: { "content-type": "application/json" }, body },
    });
    expect(response.status, running.text().slice(-2_000)).to.equal(200);
    sold += 1n;
  };

  it("sells while heads and bodies never come, and closes what is too slow", async () => {
    const slow = [
      ...many(HEAD),
      ...many([...HEAD, "content-length: 100", "", '{"tensor":']),
      ...many([]),
    ];
    const ends = slow.map(answered);
    for (let i = 0; i < 3; i++) await buy();
    for (const end of await Promise.all(ends)) expect(end).to.match(/^HTTP\/1\.1 408 /);
  });

  it("sells while connections are half open, and answers those that asked for something", async () => {
    const halves = many([...HEAD, ""]).map((socket) => socket.end());
    const whole = dial(["GET /healthz HTTP/1.1", "host: gateway.test", "", ""]).end();
    const ends = halves.map(answered);
    await buy();
    expect(await answered(whole)).to.match(/^HTTP\/1\.1 200 /);
    for (const end of await Promise.all(ends)) expect(end).to.match(/^HTTP\/1\.1 400 /);
  });

  for (const [what, status, lines] of [
    ["a head", 431, [...HEAD, `x-padding: ${"x".repeat(2 ** 16)}`, "", ""]],
    ["a body by its word", 413, [...HEAD, `content-length: ${BODY_LIMIT + 1}`, "", ""]],
    [
      "a body that does not tell its length",
      413,
      [...HEAD, "transfer-encoding: chunked", "", "2000", "x".repeat(0x2000), "0", "", ""],
    ],
  ] as const)
    it(`refuses ${what} over the limit, and sells to others`, async () => {
      const ends = many(lines).map(answered);
      await buy();
      const found = await Promise.all(ends);
      // What is still being sent when the answer comes may be reset before it is read.
      const refusal = new RegExp(`^HTTP/1\\.1 ${status} |^reset$`);
      for (const end of found) expect(end).to.match(refusal);
      expect(found.some((end) => end !== "reset")).to.equal(true);
    });

  it("holds no more connections than it may, and is there again when they are gone", async () => {
    const held = Array.from({ length: 2 * CONNECTIONS }, () => dial());
    let closed = 0;
    for (const socket of held) socket.once("close", () => (closed += 1));
    for (const socket of held) socket.once("end", () => socket.destroy());
    for (const socket of held) socket.resume();
    await until("the excess is closed", () => closed >= CONNECTIONS);
    for (const socket of held) socket.destroy();
    await until("it answers", () =>
      fetch(`${running.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await buy();
  });

  it("has taken what it sold, and nothing else", async () => {
    const found = async (): Promise<bigint> =>
      (await site.token.balanceOf(site.operator)) - opening;
    await until("all is settled", async () => (await found()) >= sold * PRICE, 30_000);
    const rows: readonly Row[] = [
      ["answers sold, paid to the operator", sold * PRICE, await found()] as const,
    ].map(([what, expected, got]) => ({ what, expected, found: got, difference: got - expected }));
    process.stderr.write(tableOf("hostile clients before a gateway", rows));
    expect(differences(rows)).to.be.empty;
    expect(await running.kill("SIGTERM")).to.equal(0);
  });
});
