import { once } from "node:events";
import { createServer } from "node:http";
import type { OpenedOperator } from "@vouch/operator";
import { readOperatorConfig, runOperator } from "@vouch/operator";
import { expect } from "chai";
import { SILENT } from "../../helpers/stores.ts";

const { config } = readOperatorConfig({
  args: [
    ...["--observe-port", "0", "--http-port", "0", "--http-receipt-days", "0"],
    ...["--http-free-receipts-mb", "0"],
  ],
  env: {},
});

describe("runOperator", () => {
  let stop: AbortController;
  let hurry: AbortController;
  let steps: string[];
  /** Resolves when the gateway's last answer is given. */
  let answered: Promise<unknown>;
  /** Settles as what the gateway stood on is closed. */
  let closed: Promise<void>;

  beforeEach(() => {
    [stop, hurry] = [new AbortController(), new AbortController()];
    steps = [];
    answered = Promise.resolve();
    closed = Promise.resolve();
  });

  const run = (): Promise<boolean> => {
    const server = createServer();
    const operator = {
      daemon: {
        daemon: {
          async start(signal: AbortSignal) {
            await once(signal, "abort");
            steps.push("worker");
            return true;
          },
        },
        close: () => Promise.resolve(),
      },
      gateway: {
        app: {
          server,
          listen: ({ host, port }: { host: string; port: number }) =>
            new Promise<void>((listening) => server.listen(port, host, listening)),
        },
        async start(signal: AbortSignal) {
          await once(signal, "abort");
          steps.push("settling");
        },
        async close() {
          server.close();
          steps.push("no more requests");
          await answered;
          steps.push("answered");
        },
      },
      close() {
        steps.push("http");
        return closed;
      },
    } as unknown as OpenedOperator; // what it uses of one
    const signals = { stop: stop.signal, hurry: hurry.signal };
    return runOperator(operator, config, { env: {}, log: SILENT, signals }, () => {
      steps.push("ready");
    });
  };
  const ready = async (running: Promise<boolean>): Promise<void> => {
    running.catch(() => undefined); // awaited by the test
    while (!steps.includes("ready")) await new Promise(setImmediate);
  };

  it("answers what is under way, settles until then, and has the worker end last", async () => {
    const running = run();
    await ready(running);
    stop.abort();
    expect(await running).to.equal(true);
    expect(steps.slice(1)).to.deep.equal(
      ["no more requests", "answered", "settling", "http", "worker"], // each behind the one before
    );
  });

  it("waits for no answer once it is told to hurry, and says that not all has ended", async () => {
    answered = new Promise(() => undefined); // a model that hangs
    const running = run();
    await ready(running);
    stop.abort();
    hurry.abort();
    expect(await running).to.equal(false);
    expect(steps).to.include.members(["settling", "worker"]);
  });

  it("has the worker end also where something else cannot be closed, and throws that", async () => {
    const fault = new RangeError("a model that cannot be freed");
    closed = Promise.reject(fault);
    closed.catch(() => undefined); // thrown to whom closes it
    const running = run();
    await ready(running);
    stop.abort();
    expect(await running.catch((error: unknown) => error)).to.equal(fault);
    expect(steps.at(-1)).to.equal("worker");
  });
});
