import type { IntegerGraph } from "@vouch/compiler";
import { emitIntegerOnnx } from "@vouch/compiler";
import { openIntegerSession } from "./integerSession.ts";

/** Runs one release: input integers in, output integers out, bit-exact with the circuit. */
export type IntegerModel = {
  readonly run: (input: readonly bigint[]) => Promise<readonly bigint[]>;
  /** As `TensorBackend.runAll`, where a back end runs it. */
  readonly runAll?: (
    inputs: readonly (readonly bigint[])[],
  ) => Promise<readonly (readonly bigint[] | Error)[]>;
  /**
   * Resolves when it is in memory and may be run.
   *
   * @throws {ExecutionError} `MODEL_LOAD_FAILED`, `MODEL_TAMPERED`, `RELEASE_BACKED_OFF`.
   */
  readonly ready: () => Promise<void>;
  readonly release: () => Promise<void>;
};

/**
 * Loads the integer form of a model that was just compiled, to be kept until it is released.
 *
 * @throws {ExecutionError} `MODEL_LOAD_FAILED`; from `run` `MODEL_RUN_FAILED`.
 */
export async function loadIntegerModel(name: string, graph: IntegerGraph): Promise<IntegerModel> {
  const onnx = emitIntegerOnnx(graph);
  const session = await openIntegerSession(name, onnx, graph.input.shape, { intraOpThreads: 1 });
  return {
    run: async (input) => Array.from(await session.run(BigInt64Array.from(input), 1)),
    ready: () => Promise.resolve(),
    release: session.release,
  };
}
