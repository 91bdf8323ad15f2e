import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startTracing, traced } from "@vouch/worker";
import { expect } from "chai";

describe("tracing", () => {
  it("runs the work and gives its result and its error where nothing is exported", async () => {
    const stop = await startTracing({});
    expect(await traced("infer", {}, () => Promise.resolve(7))).to.equal(7);
    const failed = traced("infer", {}, () => Promise.reject(new RangeError("no")));
    expect(await failed.catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    await stop();
  });

  it("exports spans with their ids and failures to where the environment says", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      void read(request).then((body) => {
        bodies.push(body);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const name = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const before = process.env[name];
    process.env[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const stop = await startTracing(process.env);
      await traced("settle", { requestId: "0xabc" }, () => Promise.resolve());
      await traced("prove", {}, () => Promise.reject(new Error("SPENT"))).catch(() => undefined);
      await stop();
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before;
      server.close();
    }
    const sent = bodies.join("");
    expect(sent).to.include("settle").and.include("0xabc").and.include("SPENT");
  });
});

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
