import { createServer } from "node:http";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import { loadPackageDefinition, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import {
  OPEN_INFERENCE_LOADING,
  OPEN_INFERENCE_PROTO,
} from "../../offchain/execution/kserve/grpcTransport.ts";

type Tensor = {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
};

/** A model of the server: its tensors, and what it computes of elements as they come. */
export type ServedModel = {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly isReady?: boolean;
  readonly run: (
    elements: readonly (bigint | number)[],
  ) => Promise<readonly (bigint | number)[]> | readonly (bigint | number)[];
};

export type KserveServerOptions = {
  readonly models: Readonly<Record<string, ServedModel>>;
  readonly isReady?: boolean;
  /** Over HTTP: whether it takes and gives tensors as bytes. */
  readonly hasBinary?: boolean;
  /** Connections that are cut before anything is answered. */
  readonly cut?: number;
  /** Over gRPC: whether answers are lists of numbers, not bytes. */
  readonly hasContents?: boolean;
  /** Changes an answer's tensor before it is sent. */
  readonly alter?: (output: Tensor) => Tensor;
};

export type KserveServer = {
  readonly url: string;
  readonly calls: string[];
  /** Bytes of the last request's tensor, where it came as bytes. */
  readonly binaryBytes: () => number;
  readonly headers: () => Readonly<Record<string, string | string[] | undefined>>;
  readonly close: () => Promise<void>;
};

const HEADER_LENGTH = "inference-header-content-length";

/** A small server of the Open Inference Protocol over HTTP, for one tensor in and one out. */
export async function kserveHttpServer(options: KserveServerOptions): Promise<KserveServer> {
  const calls: string[] = [];
  let [cuts, binaryBytes] = [options.cut ?? 0, 0];
  let headers: KserveServer["headers"] extends () => infer H ? H : never = {};

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    calls.push(path);
    headers = request.headers;
    const json = (value: object, code = 200): void => {
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (path === "/v2/health/ready") {
      json({}, (options.isReady ?? true) ? 200 : 503);
      return;
    }
    if (path === "/v2") {
      const extensions = options.hasBinary === true ? ["binary_tensor_data"] : [];
      json({ name: "small", version: "1", extensions });
      return;
    }
    const [, name = "", action] = /^\/v2\/models\/([^/]+)(?:\/(ready|infer))?$/.exec(path) ?? [];
    const model = options.models[name];
    if (model === undefined) json({ error: `no model ${name}` }, 404);
    else if (action === "ready") json({}, (model.isReady ?? true) ? 200 : 400);
    else if (action === undefined)
      json({
        name,
        versions: ["1"],
        platform: "test",
        inputs: model.inputs,
        outputs: model.outputs,
      });
    else await infer(model, request, response);
  }

  async function infer(
    model: ServedModel,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const split = Number(request.headers[HEADER_LENGTH] ?? body.length);
    binaryBytes = body.length - split;
    const text = body.subarray(0, split).toString();
    // A server in Python reads integers of any size; JSON.parse does not.
    const digits = /"data":\[([^\]]*)\]/.exec(text)?.[1]?.split(",") ?? [];
    const { inputs } = JSON.parse(text) as { readonly inputs: readonly Tensor[] };
    const { datatype = "" } = inputs[0] ?? {};
    const elements =
      binaryBytes > 0
        ? fromBytes(datatype, body.subarray(split))
        : digits.map((it) => (datatype === "INT64" ? BigInt(it) : Number(it)));
    const results = await model.run(elements);
    const [output] = model.outputs;
    if (output === undefined) throw new TypeError("the model has no output");
    const sent = { ...output, shape: output.shape.map(Math.abs) };
    const altered = options.alter?.(sent) ?? sent;
    if (binaryBytes === 0) {
      const head = JSON.stringify({ model_name: "m", outputs: [altered] }).slice(0, -3);
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(`${head},"data":[${results.join()}]}]}`);
      return;
    }
    const bytes = toBytes(output.datatype, results);
    const parameters = { binary_data_size: bytes.length };
    const head = Buffer.from(
      JSON.stringify({ model_name: "m", outputs: [{ ...altered, parameters }] }),
    );
    response
      .writeHead(200, { [HEADER_LENGTH]: String(head.length) })
      .end(Buffer.concat([head, bytes]));
  }

  const server: HttpServer = createServer((request, response) => {
    if (cuts > 0) {
      cuts -= 1;
      request.socket.destroy();
      return;
    }
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    binaryBytes: () => binaryBytes,
    headers: () => headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Asked = {
  readonly name?: string;
  readonly model_name?: string;
  readonly inputs?: readonly Tensor[];
  readonly raw_input_contents?: readonly Buffer[];
};

/** The same over gRPC, by the proto file of the client. */
export async function kserveGrpcServer(options: KserveServerOptions): Promise<KserveServer> {
  const calls: string[] = [];
  let binaryBytes = 0;
  let cuts = options.cut ?? 0;
  let headers: Readonly<Record<string, string>> = {};
  const { inference } = loadPackageDefinition(
    loadSync(OPEN_INFERENCE_PROTO, OPEN_INFERENCE_LOADING),
  ) as unknown as {
    readonly inference: {
      readonly GRPCInferenceService: { readonly service: Parameters<Server["addService"]>[0] };
    };
  };

  const unary =
    (name: string, reply: (asked: Asked) => Promise<object> | object) =>
    (call: ServerUnaryCall<Asked, object>, done: sendUnaryData<object>): void => {
      calls.push(name);
      headers = Object.fromEntries(
        Object.entries(call.metadata.getMap()).map(([key, value]) => [key, String(value)]),
      );
      if (cuts > 0) {
        cuts -= 1;
        done({ code: status.UNAVAILABLE, details: "cut" });
        return;
      }
      Promise.resolve()
        .then(() => reply(call.request))
        .then(
          (answer) => {
            done(null, answer);
          },
          (error: unknown) => {
            done({ code: status.INVALID_ARGUMENT, details: String(error) });
          },
        );
    };
  const modelOf = (name = ""): ServedModel => {
    const model = options.models[name];
    if (model === undefined) throw new RangeError(`no model ${name}`);
    return model;
  };

  const server = new Server();
  server.addService(inference.GRPCInferenceService.service, {
    ServerReady: unary("ServerReady", () => ({ ready: options.isReady ?? true })),
    ModelReady: unary("ModelReady", ({ name }) => ({ ready: modelOf(name).isReady ?? true })),
    ModelMetadata: unary("ModelMetadata", ({ name }) => {
      const { inputs, outputs } = modelOf(name);
      return { name, versions: ["1"], platform: "test", inputs, outputs };
    }),
    ModelInfer: unary("ModelInfer", async ({ model_name, inputs, raw_input_contents: raw }) => {
      const { run, outputs } = modelOf(model_name);
      const bytes = raw?.[0] ?? Buffer.alloc(0);
      binaryBytes = bytes.length;
      const results = await run(fromBytes(inputs?.[0]?.datatype ?? "", bytes));
      const output = outputs[0]!;
      const sent = { ...output, shape: output.shape.map(Math.abs) };
      const altered = options.alter?.(sent) ?? sent;
      if (options.hasContents !== true)
        return { outputs: [altered], raw_output_contents: [toBytes(output.datatype, results)] };
      const contents =
        output.datatype === "INT64"
          ? { int64_contents: results.map(String) }
          : { fp32_contents: results };
      return { outputs: [{ ...altered, contents }] };
    }),
  } satisfies UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    url: `grpc://127.0.0.1:${port}`,
    calls,
    binaryBytes: () => binaryBytes,
    headers: () => headers,
    close: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function fromBytes(datatype: string, bytes: Buffer): (bigint | number)[] {
  const { buffer } = Uint8Array.from(bytes);
  return datatype === "INT64"
    ? Array.from(new BigInt64Array(buffer))
    : Array.from(new Float32Array(buffer));
}

function toBytes(datatype: string, elements: readonly (bigint | number)[]): Buffer {
  return datatype === "INT64"
    ? Buffer.from(BigInt64Array.from(elements, BigInt).buffer)
    : Buffer.from(Float32Array.from(elements, Number).buffer);
}
