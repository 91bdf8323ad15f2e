import { CompilerError } from "../errors.ts";
import type { NodeProto } from "./modelProto.ts";

/**
 * Returns the nodes in topological order, stable where the file's order is one.
 *
 * @param defined names of the input and of the initializers
 * @throws {CompilerError} `NAME_DUPLICATE`, `TENSOR_UNDEFINED`, `GRAPH_CYCLIC`.
 */
export function sortNodes(
  nodes: readonly NodeProto[],
  defined: readonly string[],
): readonly NodeProto[] {
  const producers = new Map<string, number | undefined>(defined.map((id) => [id, undefined]));
  nodes.forEach(({ output = [] }, index) => {
    for (const name of output) {
      if (name === "") continue;
      if (producers.has(name)) throw new CompilerError({ code: "NAME_DUPLICATE", name });
      producers.set(name, index);
    }
  });

  const consumers = nodes.map((): number[] => []);
  const missing = nodes.map((node, index) => {
    const waits = new Set<number>();
    for (const tensor of node.input ?? []) {
      if (tensor === "") continue;
      if (!producers.has(tensor)) {
        throw new CompilerError({ code: "TENSOR_UNDEFINED", node: nodeName(node), tensor });
      }
      const producer = producers.get(tensor);
      if (producer !== undefined) waits.add(producer);
    }
    for (const producer of waits) consumers[producer]?.push(index);
    return waits.size;
  });

  // Rounds over the file's order: one where it is topological, as ONNX demands.
  const sorted: NodeProto[] = [];
  let round = nodes.map((_, index) => index);
  while (round.length > 0) {
    const blocked: number[] = [];
    for (const index of round) {
      const node = nodes[index];
      if (missing[index] !== 0 || node === undefined) {
        blocked.push(index);
        continue;
      }
      sorted.push(node);
      for (const consumer of consumers[index] ?? [])
        missing[consumer] = (missing[consumer] ?? 0) - 1;
    }
    const [first] = blocked;
    if (first !== undefined && blocked.length === round.length) {
      throw new CompilerError({ code: "GRAPH_CYCLIC", node: nodeName(nodes[first] ?? {}) });
    }
    round = blocked;
  }
  return sorted;
}

/** How errors name a node: ONNX leaves the name optional. */
export function nodeName({ name = "", opType = "", output = [] }: NodeProto): string {
  return name === "" ? `${opType}(${output.find((it) => it !== "") ?? ""})` : name;
}
