import type { IntegerGraph } from "@vouch/compiler";
import { emitIntegerOnnx } from "@vouch/compiler";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { WorkerError } from "./errors.ts";

/** Runs one release: input integers in, output integers out, bit-exact with the circuit. */
export type IntegerModel = {
  readonly run: (input: readonly bigint[]) => Promise<readonly bigint[]>;
  readonly release: () => Promise<void>;
};

/**
 * Loads the integer form of a model into onnxruntime.
 *
 * @throws {WorkerError} `MODEL_RUN_FAILED`, here or from `run`.
 */
export async function loadIntegerModel(name: string, graph: IntegerGraph): Promise<IntegerModel> {
  const failed = (cause: unknown) =>
    new WorkerError({ code: "MODEL_RUN_FAILED", release: name }, { cause });
  const session = await InferenceSession.create(emitIntegerOnnx(graph), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ["cpu"],
  }).catch((cause: unknown) => {
    throw failed(cause);
  });

  return {
    async run(input) {
      try {
        const feed = new Tensor("int64", BigInt64Array.from(input), [1, ...graph.input.shape]);
        const results = await session.run({ input: feed });
        const output = results["output"];
        if (!(output?.data instanceof BigInt64Array)) throw new TypeError("output is not int64");
        return Array.from(output.data);
      } catch (cause) {
        throw failed(cause);
      }
    },
    async release() {
      await session.release();
    },
  };
}
