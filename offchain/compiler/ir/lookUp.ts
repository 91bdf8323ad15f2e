import { CompilerError } from "../errors.ts";

/**
 * Value under an id that the verifiers proved to be there.
 *
 * @throws {CompilerError} `GRAPH_INVALID` for a graph that no verifier has seen.
 */
export function lookUp<Value>(
  values: ReadonlyMap<string, Value>,
  id: string,
  level: "float" | "integer",
): Value {
  const value = values.get(id);
  if (value === undefined) {
    throw new CompilerError({ code: "GRAPH_INVALID", level, where: id, reason: "not defined" });
  }
  return value;
}
