import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { ExecutionError } from "./errors.ts";

/** What runs integer models in this process, with its version. */
export const ONNXRUNTIME = `onnxruntime-node/${env.versions.node ?? "unknown"}`;

/** The integer form of a release in memory. */
export type IntegerSession = {
  /**
   * Runs inputs of `[..shape]` end to end as one batch.
   *
   * @throws {ExecutionError} `MODEL_RUN_FAILED`.
   */
  readonly run: (inputs: BigInt64Array, batch: number) => Promise<BigInt64Array>;
  /** Gives its memory back. */
  readonly release: () => Promise<void>;
};

export type SessionOptions = {
  /** Of one operation; more than one takes a pool of threads for each session. */
  readonly intraOpThreads: number;
};

/**
 * Loads an integer ONNX file, `input` to `output`, both `[batch, ..]` (`emitIntegerOnnx`). No arena is kept between runs: it
 * would double what an idle session takes.
 *
 * @param shape of one input
 * @throws {ExecutionError} `MODEL_LOAD_FAILED`.
 */
export async function openIntegerSession(
  release: string,
  onnx: Uint8Array,
  shape: readonly number[],
  { intraOpThreads }: SessionOptions,
): Promise<IntegerSession> {
  const session = await InferenceSession.create(onnx, {
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    executionProviders: ["cpu"],
    graphOptimizationLevel: "basic", // constants are folded; no operation is exchanged for another
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 4, // what it would print of an error is in the error
  }).catch((cause: unknown) => {
    throw new ExecutionError({ code: "MODEL_LOAD_FAILED", release }, { cause });
  });
  return {
    async run(inputs, batch) {
      try {
        const feed = new Tensor("int64", inputs, [batch, ...shape]);
        const { output } = await session.run({ input: feed });
        if (!(output?.data instanceof BigInt64Array)) throw new TypeError("output is not int64");
        if (output.dims[0] !== batch) throw new TypeError(`output is of ${output.dims.join()}`);
        return output.data;
      } catch (cause) {
        throw new ExecutionError({ code: "MODEL_RUN_FAILED", release }, { cause });
      }
    },
    release: () => session.release(),
  };
}
