import type { ProvableModel } from "../emit/components.ts";
import { interpretAll } from "../interpret.ts";
import { lookUp } from "../ir/lookUp.ts";

/**
 * Runs segments one after the other.
 *
 * @returns the input, what passes each join with its tensors end to end, and the output: what segment `i` takes in is at
 * `i`, what it gives out at `i + 1`
 * @throws {CompilerError} `INPUT_INVALID`
 */
export function runSegments(
  segments: readonly ProvableModel[],
  input: readonly bigint[],
): readonly (readonly bigint[])[] {
  const passed = [input];
  for (const { graph, output } of segments) {
    const values = interpretAll(graph, passed.at(-1) ?? input);
    const leaving = output.mode === "join" ? output.tensors : [graph.output];
    passed.push(leaving.flatMap(({ id }) => lookUp(values, id, "integer")));
  }
  return passed;
}
