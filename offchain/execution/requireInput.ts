import type { ReleaseId, TensorEncoding } from "@vouch/protocol";
import { elementRange } from "@vouch/protocol";
import { ExecutionError } from "./errors.ts";

/**
 * Demands the elements of an input: as many as the release takes, each of its type. Beyond it, integers of 64 bits would wrap
 * where the circuit's do not.
 *
 * @throws {ExecutionError} `INPUT_INVALID`.
 */
export function requireInput(
  release: ReleaseId,
  input: readonly bigint[],
  encoding: TensorEncoding,
): void {
  const fail = (reason: string): never => {
    throw new ExecutionError({ code: "INPUT_INVALID", release, reason });
  };
  if (input.length !== encoding.elements)
    fail(`it has ${input.length} elements, not ${encoding.elements}`);
  const [min, max] = elementRange(encoding);
  const index = input.findIndex((it) => it < min || it > max);
  if (index !== -1) fail(`element ${index} is not within ${min} to ${max}`);
}
