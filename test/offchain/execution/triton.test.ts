import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { emitIntegerOnnx, interpret } from "@vouch/compiler";
import { createKserveBackend } from "@vouch/execution";
import { quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { compile } from "../../../offchain/compiler/compile.ts";
import { releaseNamed, temporaryFolder } from "../../helpers/executables.ts";
import { CREDIT_OPTIONS, creditModel } from "../../helpers/onnxModel.ts";

const python = process.env["VOUCH_TRITON"];

if (python === undefined) {
  process.stderr.write(
    "  NOT TRIED: the KServe V2 back end against Triton, whose tensors are binary; set VOUCH_TRITON to a python that has nvidia-pytriton and onnxruntime\n",
  );
} else {
  describe("createKserveBackend, with a real Triton", function () {
    this.timeout(240_000);

    const { file, samples } = creditModel();
    const calibration = { samples: samples.map((it) => it.input) };
    const compiled = compile(file, { ...CREDIT_OPTIONS, weights: "private", calibration });
    const { input, output, graph } = compiled;
    const RELEASE = releaseNamed("credit");
    let server: ChildProcess;
    const ports = { http: 0, grpc: 0 };

    before(async () => {
      Object.assign(ports, { http: await freePort(), grpc: await freePort() });
      const onnx = join(temporaryFolder(), "model.onnx");
      writeFileSync(onnx, emitIntegerOnnx(graph));
      const told = {
        ...{ name: "credit", onnx, ...ports },
        input: { name: "input", shape: graph.input.shape },
        output: { name: "output", shape: graph.output.shape },
      };
      const script = join(import.meta.dirname, "../../helpers/triton/serve.py");
      const child = spawn(python, [script, JSON.stringify(told)], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      server = child;
      for await (const line of createInterface({ input: child.stdout }))
        if (line === "READY") return;
      throw new Error(
        "Triton ended before it was ready: start test/helpers/triton/serve.py by hand",
      );
    });
    after(async () => {
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.stdin?.end();
      await ended;
    });

    it("is a server whose tensors are bytes over http, too", async () => {
      const response = await fetch(`http://127.0.0.1:${ports.http}/v2`);
      const { extensions } = (await response.json()) as { extensions: readonly string[] };
      expect(extensions).to.include("binary_tensor_data");
    });

    for (const [protocol, url] of [
      ["http", () => `http://127.0.0.1:${ports.http}`],
      ["grpc", () => `grpc://127.0.0.1:${ports.grpc}`],
    ] as const)
      it(`gives the integer graph's answers to the bit, over ${protocol}`, async () => {
        const backend = createKserveBackend({ url: url(), holds: "integers" });
        backend.register(RELEASE, { model: "credit", input, output });
        for (const sample of samples) {
          const row = quantizeTensor(sample.input, input);
          expect(await backend.run(RELEASE, row)).to.deep.equal(interpret(graph, row));
        }
        await backend.close();
      });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
