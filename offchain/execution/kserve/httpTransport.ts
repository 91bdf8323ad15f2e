import { z } from "zod";
import { ExecutionError } from "../errors.ts";
import { readBody } from "../readBody.ts";
import type { InferRequest, ModelName, Transport } from "./transport.ts";
import { ConnectionFailure } from "./transport.ts";
import type { WireData, WireTensor } from "./wireTensor.ts";
import { fromBytes, fromNumbers, isWireDatatype, toBytes, WIRE_BYTES } from "./wireTensor.ts";

/** Where the JSON ends and the tensors begin, in a body that has both. */
const HEADER_LENGTH = "inference-header-content-length";
const BINARY_EXTENSION = "binary_tensor_data";
const MAX_METADATA_BYTES = 2 ** 20;
/** Characters of a number in JSON, with what stands around it. */
const NUMBER_CHARACTERS = 32;

const serverSchema = z.object({ extensions: z.array(z.string()).default([]) });
const tensorSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.number().int().min(-1)),
});
const metadataSchema = z.object({
  inputs: z.array(tensorSchema).default([]),
  outputs: z.array(tensorSchema).default([]),
});
const answerSchema = z.object({
  outputs: z.array(
    tensorSchema.extend({
      data: z.array(z.unknown()).optional(),
      parameters: z
        .looseObject({ binary_data_size: z.number().int().nonnegative().optional() })
        .nullish(),
    }),
  ),
});

export type HttpTransportOptions = {
  /** Name of the back end, for errors. */
  readonly backend: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};

/** The protocol over HTTP: JSON, and tensors as bytes where the server has that extension. */
export function httpTransport({ backend, url, headers }: HttpTransportOptions): Transport {
  const root = url.href.replace(/\/+$/, "");
  let extensions: readonly string[] | undefined;

  const pathOf = ({ model, version }: ModelName): string =>
    `/v2/models/${encodeURIComponent(model)}` +
    (version === undefined ? "" : `/versions/${encodeURIComponent(version)}`);

  async function request(path: string, limit: number, init: Init): Promise<Answer> {
    try {
      const sent = { ...init, headers: { ...headers, ...init.headers } };
      const response = await fetch(root + path, sent);
      return { response, body: await readBody(response, limit, backend) };
    } catch (cause) {
      // What undici says where a connection fails or is lost.
      if (cause instanceof TypeError) throw new ConnectionFailure(cause.message, { cause });
      throw cause;
    }
  }

  async function get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const answer = await request(path, MAX_METADATA_BYTES, { signal });
    requireSuccess(backend, answer);
    return parseJson(backend, schema, answer.body);
  }

  async function isReady(path: string, signal: AbortSignal): Promise<boolean> {
    return (await request(path, MAX_METADATA_BYTES, { signal })).response.ok;
  }

  return {
    serverReady: (signal) => isReady("/v2/health/ready", signal),
    modelReady: (model, signal) => isReady(`${pathOf(model)}/ready`, signal),
    modelMetadata: (model, signal) => get(pathOf(model), metadataSchema, signal),
    async infer(asked, signal) {
      extensions ??= (await get("/v2", serverSchema, signal)).extensions;
      const { body, headerLength } = extensions.includes(BINARY_EXTENSION)
        ? binaryBody(asked)
        : { body: jsonBody(asked), headerLength: undefined };
      const answer = await request(
        `${pathOf(asked)}/infer`,
        MAX_METADATA_BYTES + NUMBER_CHARACTERS * asked.output.elements,
        {
          method: "POST",
          signal,
          body,
          headers: {
            "content-type":
              headerLength === undefined ? "application/json" : "application/octet-stream",
            ...(headerLength === undefined ? {} : { [HEADER_LENGTH]: String(headerLength) }),
          },
        },
      );
      requireSuccess(backend, answer);
      return readOutput(backend, asked, answer);
    },
    close: () => undefined, // connections are undici's, and end by themselves
  };
}

type Init = Omit<RequestInit, "headers"> & {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
};

type Answer = { readonly response: Response; readonly body: Buffer };

/** Integers are written digit by digit: `JSON.stringify` has none beyond 2^53. */
function jsonBody({ input, output }: InferRequest): string {
  const { name, shape, data } = input;
  const head = JSON.stringify({ name, shape, datatype: data.datatype }).slice(0, -1);
  return `{"inputs":[${head},"data":[${data.values.join()}]}],"outputs":[${JSON.stringify({ name: output.name })}]}`;
}

function binaryBody({ input, output }: InferRequest): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headerLength: number;
} {
  const { name, shape, data } = input;
  const bytes = toBytes(data);
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        { name, shape, datatype: data.datatype, parameters: { binary_data_size: bytes.length } },
      ],
      outputs: [{ name: output.name, parameters: { binary_data: true } }],
    }),
  );
  return { body: Buffer.concat([head, bytes]), headerLength: head.length };
}

function readOutput(
  backend: string,
  { output }: InferRequest,
  { response, body }: Answer,
): WireTensor {
  const invalid = (reason: string, cause?: unknown): ExecutionError =>
    new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause });
  const headerLength = Number(response.headers.get(HEADER_LENGTH) ?? body.length);
  if (!Number.isInteger(headerLength) || headerLength < 0 || headerLength > body.length)
    throw invalid("its header has no length within it");
  const { outputs } = parseJson(backend, answerSchema, body.subarray(0, headerLength));
  let offset = headerLength;
  for (const { name, datatype, shape, data, parameters } of outputs) {
    const size = parameters?.binary_data_size;
    const bytes = size === undefined ? undefined : body.subarray(offset, offset + size);
    offset += size ?? 0;
    if (name !== output.name) continue;
    if (!isWireDatatype(datatype)) throw invalid(`${name} is of ${datatype}`);
    if (bytes === undefined) return { name, shape, data: numbersOf(datatype, data ?? [], invalid) };
    if (bytes.length !== size || size % WIRE_BYTES[datatype] !== 0)
      throw invalid(`${name} has ${bytes.length} bytes`);
    return { name, shape, data: fromBytes(datatype, bytes) };
  }
  throw invalid(`it has no output ${output.name}`);
}

/** Rows may be nested. An integer that a double may have rounded is none that can be answered for. */
function numbersOf(
  datatype: WireData["datatype"],
  data: readonly unknown[],
  invalid: (reason: string) => ExecutionError,
): WireData {
  const numbers = data.flat(Infinity).map((it) => {
    if (typeof it !== "number") throw invalid("an element is no number");
    if (datatype === "INT64" && !Number.isSafeInteger(it))
      throw invalid(
        `${it} is no integer that JSON carries exactly; use gRPC or the binary extension`,
      );
    return it;
  });
  return fromNumbers(datatype, numbers);
}

function requireSuccess(backend: string, { response, body }: Answer): void {
  if (response.ok) return;
  const reason = body.toString("utf8").slice(0, 200);
  throw new ExecutionError({ code: "BACKEND_REFUSED", backend, status: response.status, reason });
}

function parseJson<Schema extends z.ZodType>(
  backend: string,
  schema: Schema,
  body: Buffer,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(body.toString("utf8")));
  } catch (cause) {
    const reason = "it is not the protocol's JSON";
    throw new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause });
  }
}
