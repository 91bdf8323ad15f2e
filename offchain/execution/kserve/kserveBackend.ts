import type { ReleaseId, TensorEncoding } from "@vouch/protocol";
import { dequantizeTensor, elementRange, quantizeTensor } from "@vouch/protocol";
import { z } from "zod";
import type { TensorBackend } from "../backend.ts";
import { callServer } from "../callServer.ts";
import { ExecutionError } from "../errors.ts";
import { parseOptions } from "../parseOptions.ts";
import { requireInput } from "../requireInput.ts";
import { grpcTransport } from "./grpcTransport.ts";
import { httpTransport } from "./httpTransport.ts";
import type { Ports } from "./requirePorts.ts";
import { requirePorts } from "./requirePorts.ts";
import type { Transport } from "./transport.ts";
import { ConnectionFailure } from "./transport.ts";
import type { WireData } from "./wireTensor.ts";

const optionsSchema = z.object({
  /** `http://`, `https://`, `grpc://` or `grpcs://`, host and port; over HTTP also the path before `/v2`. */
  url: z.url({ protocol: /^(https?|grpcs?)$/ }),
  /**
   * What the server holds. `integers`: the release's integer ONNX, int64 in and out. `floats`: the model as it was
   * published; inputs go there as floats and answers are rounded by the release's rule, which makes them `tolerant`.
   */
  holds: z.enum(["integers", "floats"]),
  /** Milliseconds that an answer may take, further attempts included. */
  deadlineMs: z.number().int().positive().default(10_000),
  /** Of connecting: a server that answered is not asked again. */
  attempts: z.number().int().positive().default(3),
  /** Sent with every call, as an authorization. */
  headers: z.record(z.string(), z.string()).default({}),
});

/** How the back end reaches its server; see the schema for units and defaults. */
export type KserveOptions = z.input<typeof optionsSchema>;

/** Where the server has a release, and how its tensors meet the chain. */
export type KserveModel = {
  readonly model: string;
  /** The server's choice where there is none. */
  readonly version?: string;
  readonly input: TensorEncoding;
  readonly output: TensorEncoding;
};

/** A server that speaks the Open Inference Protocol (KServe V2): Triton, KServe, MLServer and others. */
export type KserveBackend = TensorBackend & {
  readonly proves: "routing";
  /** Makes a release known as a model of the server. */
  readonly register: (release: ReleaseId, model: KserveModel) => void;
};

/**
 * Builds a back end over a server. Before a release is first asked for, the server has to be ready for its model, and the model has
 * to take and give one tensor of the release's length and type. What a model computes is not seen: the answer is `routing`.
 *
 * @throws {ExecutionError} `OPTIONS_INVALID`; from `run` and `warmUp` also `RELEASE_NOT_REGISTERED`, `INPUT_INVALID`,
 * `BACKEND_NOT_READY`, `MODEL_MISMATCH`, `BACKEND_UNREACHABLE`, `BACKEND_TIMEOUT`, `BACKEND_REFUSED`,
 * `BACKEND_ANSWER_INVALID`, `BACKEND_CLOSED`, `ABORTED`.
 */
export function createKserveBackend(kserveOptions: KserveOptions): KserveBackend {
  const options = parseOptions(optionsSchema, kserveOptions);
  const url = new URL(options.url);
  const backend = `kserve-v2/${url.host}`;
  const transport = transportOf(backend, url, options.headers);
  const models = new Map<ReleaseId, KserveModel>();
  const ports = new Map<ReleaseId, Ports>();
  const counts = { answered: 0, failed: 0 };
  const inFlight = new Set<Promise<unknown>>();
  let isClosed = false;

  function call<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const isConnectionFailure = (error: unknown): boolean => error instanceof ConnectionFailure;
    return callServer({ ...options, backend, isConnectionFailure }, signal, work);
  }

  function modelOf(release: ReleaseId): KserveModel {
    if (isClosed) throw new ExecutionError({ code: "BACKEND_CLOSED", backend });
    const model = models.get(release);
    if (model === undefined) throw new ExecutionError({ code: "RELEASE_NOT_REGISTERED", release });
    return model;
  }

  /** Asks once for each release; the answers are checked each time all the same. */
  async function portsOf(
    release: ReleaseId,
    it: KserveModel,
    signal: AbortSignal | undefined,
  ): Promise<Ports> {
    const known = ports.get(release);
    if (known !== undefined) return known;
    const notReady = (model: string | undefined): ExecutionError =>
      new ExecutionError({ code: "BACKEND_NOT_READY", backend, model });
    if (!(await call(signal, transport.serverReady))) throw notReady(undefined);
    if (!(await call(signal, (either) => transport.modelReady(it, either))))
      throw notReady(it.model);
    const metadata = await call(signal, (either) => transport.modelMetadata(it, either));
    const found = requirePorts(backend, it, metadata, options.holds);
    ports.set(release, found);
    return found;
  }

  async function ask(
    release: ReleaseId,
    it: KserveModel,
    input: readonly bigint[],
    signal: AbortSignal | undefined,
  ): Promise<readonly bigint[]> {
    const { input: from, output: to } = await portsOf(release, it, signal);
    const answer = await call(signal, (either) =>
      transport.infer(
        {
          ...it,
          input: {
            name: from.name,
            shape: from.shape,
            data: toWire(from.datatype, input, it.input),
          },
          output: { name: to.name, datatype: to.datatype, elements: it.output.elements },
        },
        either,
      ),
    );
    if (answer.data.datatype !== to.datatype)
      throw invalid(backend, `${to.name} is of ${answer.data.datatype}, not ${to.datatype}`);
    return fromWire(backend, answer.data, it.output);
  }

  async function tracked<T>(work: Promise<T>): Promise<T> {
    inFlight.add(work);
    try {
      return await work;
    } finally {
      inFlight.delete(work);
    }
  }

  return {
    name: backend,
    proves: "routing",
    answers: options.holds === "integers" ? "bitExact" : "tolerant",
    register(release, model) {
      models.set(release, model);
      ports.delete(release);
    },
    async run(release, input, signal) {
      const model = modelOf(release);
      requireInput(release, input, model.input);
      try {
        const output = await tracked(ask(release, model, input, signal));
        counts.answered += 1;
        return output;
      } catch (error) {
        counts.failed += 1;
        throw error;
      }
    },
    async warmUp(release, signal) {
      await tracked(portsOf(release, modelOf(release), signal));
    },
    stats: () => ({ ...counts }),
    async close() {
      isClosed = true;
      await Promise.allSettled(inFlight); // each caller hears of its own
      transport.close();
    },
  };
}

function transportOf(
  backend: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Transport {
  if (url.protocol === "http:" || url.protocol === "https:")
    return httpTransport({ backend, url, headers });
  return grpcTransport({ backend, host: url.host, isSecure: url.protocol === "grpcs:", headers });
}

function toWire(
  datatype: WireData["datatype"],
  elements: readonly bigint[],
  encoding: TensorEncoding,
): WireData {
  if (datatype === "INT64") return { datatype, values: BigInt64Array.from(elements) };
  const numbers = dequantizeTensor(elements, encoding);
  return datatype === "FP32"
    ? { datatype, values: Float32Array.from(numbers) }
    : { datatype, values: Float64Array.from(numbers) };
}

/** Integers as they are, floats rounded by the release's rule; each within its type. */
function fromWire(
  backend: string,
  { datatype, values }: WireData,
  encoding: TensorEncoding,
): readonly bigint[] {
  if (values.length !== encoding.elements)
    throw invalid(backend, `it has ${values.length} elements, not ${encoding.elements}`);
  if (datatype !== "INT64") {
    try {
      return quantizeTensor(values, encoding);
    } catch (cause) {
      throw invalid(backend, "it has no place in the release's encoding", cause);
    }
  }
  const [min, max] = elementRange(encoding);
  const index = values.findIndex((it) => it < min || it > max);
  if (index !== -1) throw invalid(backend, `element ${index} is not within ${min} to ${max}`);
  return Array.from(values);
}

function invalid(backend: string, reason: string, cause?: unknown): ExecutionError {
  return new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause });
}
