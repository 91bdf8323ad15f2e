import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { MethodDefinition } from "@grpc/proto-loader";
import { z } from "zod";
import { ExecutionError } from "../errors.ts";
import type { InferRequest, ModelName, Transport } from "./transport.ts";
import { ConnectionFailure } from "./transport.ts";
import type { WireTensor } from "./wireTensor.ts";
import { fromBytes, fromNumbers, isWireDatatype, toBytes, WIRE_BYTES } from "./wireTensor.ts";

/** The protocol's interface. */
export const OPEN_INFERENCE_PROTO: string = join(import.meta.dirname, "openInference.proto");
export const OPEN_INFERENCE_SERVICE = "inference.GRPCInferenceService";
/** How its messages are read: 64-bit integers as decimals, absent fields as their defaults. */
export const OPEN_INFERENCE_LOADING = { keepCase: true, longs: String, defaults: true } as const;

const MAX_MESSAGE_BYTES = 64 * 2 ** 20;
const CHANNEL = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 2_000,
};

const lengths = z.array(
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
);
const readySchema = z.object({ ready: z.boolean() });
const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: lengths });
const metadataSchema = z.object({ inputs: z.array(tensorSchema), outputs: z.array(tensorSchema) });
const answerSchema = z.object({
  outputs: z.array(
    tensorSchema.extend({
      contents: z
        .object({
          int64_contents: z.array(z.string()),
          fp32_contents: z.array(z.number()),
          fp64_contents: z.array(z.number()),
        })
        .nullable(),
    }),
  ),
  raw_output_contents: z.array(z.instanceof(Buffer)),
});

export type GrpcTransportOptions = {
  /** Name of the back end, for errors. */
  readonly backend: string;
  readonly host: string;
  readonly isSecure: boolean;
  /** Sent as metadata. */
  readonly headers: Readonly<Record<string, string>>;
};

/** The protocol over gRPC, tensors as bytes. */
export function grpcTransport({
  backend,
  host,
  isSecure,
  headers,
}: GrpcTransportOptions): Transport {
  const service = loadSync(OPEN_INFERENCE_PROTO, OPEN_INFERENCE_LOADING)[OPEN_INFERENCE_SERVICE];
  const methods = service as Readonly<Record<string, MethodDefinition<object, object>>>; // the file says so
  const client = new Client(
    host,
    isSecure ? credentials.createSsl() : credentials.createInsecure(),
    CHANNEL,
  );
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);

  function call<Schema extends z.ZodType>(
    method: string,
    message: object,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const definition = methods[method];
    if (definition === undefined) throw new TypeError(`the interface has no ${method}`);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        pending.cancel();
      };
      const pending = client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        message,
        metadata,
        (error, answer) => {
          signal.removeEventListener("abort", abort);
          if (error !== null) {
            reject(failureOf(backend, error));
            return;
          }
          const parsed = schema.safeParse(answer);
          if (parsed.success) resolve(parsed.data);
          else reject(invalid(backend, "it is not the protocol's message", parsed.error));
        },
      );
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  return {
    serverReady: async (signal) => (await call("ServerReady", {}, readySchema, signal)).ready,
    async modelReady(model, signal) {
      return (await call("ModelReady", nameOf(model), readySchema, signal)).ready;
    },
    modelMetadata: (model, signal) => call("ModelMetadata", nameOf(model), metadataSchema, signal),
    async infer(request, signal) {
      const { model, version, input, output } = request;
      const { name, shape, data } = input;
      const message = {
        model_name: model,
        model_version: version ?? "",
        inputs: [{ name, datatype: data.datatype, shape }],
        outputs: [{ name: output.name }],
        raw_input_contents: [toBytes(data)],
      };
      return readOutput(backend, request, await call("ModelInfer", message, answerSchema, signal));
    },
    close: () => {
      client.close();
    },
  };
}

function nameOf({ model, version }: ModelName): {
  readonly name: string;
  readonly version: string;
} {
  return { name: model, version: version ?? "" };
}

function readOutput(
  backend: string,
  { output }: InferRequest,
  { outputs, raw_output_contents: raw }: z.output<typeof answerSchema>,
): WireTensor {
  const index = outputs.findIndex(({ name }) => name === output.name);
  const found = outputs[index];
  if (found === undefined) throw invalid(backend, `it has no output ${output.name}`);
  const { name, datatype, shape, contents } = found;
  if (!isWireDatatype(datatype)) throw invalid(backend, `${name} is of ${datatype}`);
  const bytes = raw[index];
  if (bytes !== undefined) {
    if (bytes.length % WIRE_BYTES[datatype] !== 0)
      throw invalid(backend, `${name} has ${bytes.length} bytes`);
    return { name, shape, data: fromBytes(datatype, bytes) };
  }
  const numbers = {
    INT64: contents?.int64_contents,
    FP32: contents?.fp32_contents,
    FP64: contents?.fp64_contents,
  }[datatype];
  return { name, shape, data: fromNumbers(datatype, numbers ?? []) };
}

function failureOf(backend: string, error: ServiceError): Error {
  if (error.code === status.UNAVAILABLE)
    return new ConnectionFailure(error.details, { cause: error });
  const name = status[error.code];
  return new ExecutionError(
    { code: "BACKEND_REFUSED", backend, status: name, reason: error.details.slice(0, 200) },
    { cause: error },
  );
}

function invalid(backend: string, reason: string, cause?: unknown): ExecutionError {
  return new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause });
}
