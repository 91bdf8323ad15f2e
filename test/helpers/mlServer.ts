import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryFolder } from "./executables.ts";

type Tensor = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
};

/** An ONNX file with its tensors, as MLServer is told of them. */
export type MlServerModel = {
  readonly name: string;
  readonly onnx: Uint8Array;
  readonly input: Tensor;
  readonly output: Tensor;
};

export type MlServer = {
  readonly http: string;
  readonly grpc: string;
  readonly close: () => Promise<void>;
};

const START_MS = 60_000;

/**
 * Starts MLServer by a Python that has it, and onnxruntime: `pip install mlserver onnxruntime`. Returns when it is ready.
 *
 * @throws {Error} with what it printed, where it ends or is not ready within a minute.
 */
export async function startMlServer(
  python: string,
  models: readonly MlServerModel[],
): Promise<MlServer> {
  const folder = temporaryFolder();
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const settings = {
    ...{ host: "127.0.0.1", http_port: http, grpc_port: grpc, metrics_port: metrics },
    ...{ parallel_workers: 0, debug: false },
  };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
  const source = join(import.meta.dirname, "mlserver/onnx_runtime.py");
  for (const { name, onnx, input, output } of models) {
    const at = join(folder, name);
    mkdirSync(at);
    copyFileSync(source, join(at, "onnx_runtime.py"));
    writeFileSync(join(at, "model.onnx"), onnx);
    const description = {
      ...{ name, implementation: "onnx_runtime.OnnxRuntime" },
      parameters: { uri: join(at, "model.onnx") },
      ...{ inputs: [input], outputs: [output] },
    };
    writeFileSync(join(at, "model-settings.json"), JSON.stringify(description));
  }
  const child = spawn(join(dirname(python), "mlserver"), ["start", folder], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONPATH: dirname(source) },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const state = { hasEnded: false };
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      state.hasEnded = true;
      resolve();
    };
    child.on("close", end);
    child.on("error", (error) => {
      printed += String(error);
      end();
    });
  });
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  const start = performance.now();
  while (!(await isReady(http))) {
    if (state.hasEnded || performance.now() - start > START_MS) {
      await close();
      throw new Error(`MLServer did not start: ${printed}`);
    }
    await delay(100);
  }
  return { http: `http://127.0.0.1:${http}`, grpc: `grpc://127.0.0.1:${grpc}`, close };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).ok;
  } catch {
    return false; // nobody listens yet
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
