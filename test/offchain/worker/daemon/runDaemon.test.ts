import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import type { OpenedDaemon } from "@vouch/worker";
import { NEVER, runDaemon } from "@vouch/worker";
import { expect } from "chai";
import { SILENT } from "../../../helpers/stores.ts";

const within = { env: {}, log: SILENT, signals: { stop: NEVER, hurry: NEVER } };

describe("runDaemon", () => {
  let taken: Server;
  let steps: string[];

  beforeEach(async () => {
    steps = [];
    taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
  });
  afterEach(() => new Promise((closed) => taken.close(closed)));

  const opened = (start: () => Promise<boolean>): OpenedDaemon =>
    ({
      daemon: {
        start() {
          steps.push("start");
          return start();
        },
      },
      close() {
        steps.push("close");
        return Promise.resolve();
      },
    }) as unknown as OpenedDaemon; // what it uses of one

  const failure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("gives everything back where the port of its pages is taken, for a sender sends already", async () => {
    const { port } = taken.address() as AddressInfo;
    const place = { host: "127.0.0.1", port, log: "silent" } as const;
    const daemon = opened(() => Promise.resolve(true));
    const error = await failure(runDaemon(daemon, place, within, () => steps.push("ready")));
    expect(error).to.include({ code: "EADDRINUSE" });
    expect(steps).to.deep.equal(["close"]);
  });

  it("gives everything back, once, where the daemon fails", async () => {
    const broken = new RangeError("broken");
    const daemon = opened(() => Promise.reject(broken));
    const place = { host: "127.0.0.1", port: 0, log: "silent" } as const;
    const error = await failure(runDaemon(daemon, place, within, () => steps.push("ready")));
    expect(error).to.equal(broken);
    expect(steps).to.deep.equal(["start", "ready", "close"]);
  });
});
