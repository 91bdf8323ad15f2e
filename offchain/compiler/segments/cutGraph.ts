import type { ClaimEncoding } from "../emit/joinEncoding.ts";
import type {
  IntegerGraph,
  IntegerNode,
  IntegerType,
  Parameter,
  Tensor,
  TensorId,
} from "../ir/integerGraph.ts";
import { inputsOf, operandsOf } from "../ir/integerGraph.ts";
import { lookUp } from "../ir/lookUp.ts";
import { contains, joinRanges, rangeOfType, rangeOfValues } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";
import { nodeRange } from "../passes/inferRanges.ts";
import { typeOf } from "../passes/quantizer.ts";
import type { Crossing, Crossings } from "./crossings.ts";

/** A graph between two cuts. */
export type Piece = {
  readonly graph: IntegerGraph;
  /** `undefined` where it is the model's own. */
  readonly input: ClaimEncoding | undefined;
  readonly output: ClaimEncoding | undefined;
  readonly leaving: readonly Passing[];
};

/** A tensor on its way through a cut. */
export type Passing = {
  /**
   * What the join packs: the elements that are still read, of the narrowest type that holds the tensor's range in the whole
   * graph. A piece knows less and may see a wider range; it checks the type.
   */
  readonly packed: Tensor;
  /** The tensor in the whole graph. */
  readonly tensor: Tensor;
  /** Places of the packed elements. */
  readonly indices: Int32Array;
};

/**
 * Returns the nodes from `from` up to `to` as a graph of its own, together with what is made again in front of them.
 *
 * A piece knows of what enters only its type, so ranges may be wider than in the whole graph: nodes with an exact result
 * get a type as wide as it takes. Parameters come in the order of their first use.
 *
 * @param entering `leaving` of the piece before; `undefined` for the first
 * @throws {CompilerError} `RANGE_TOO_WIDE`
 */
export function cutGraph(
  graph: IntegerGraph,
  crossings: Crossings,
  [from, to]: readonly [from: number, to: number],
  entering: readonly Passing[] | undefined,
): Piece {
  const tensors = new Map<TensorId, Tensor | Parameter>();
  const ranges = new Map<TensorId, Range>();
  const parameters: Parameter[] = [];
  const constants: Parameter[] = [];
  const nodes: IntegerNode[] = [];
  const rangeOf = (id: TensorId): Range => lookUp(ranges, id, "integer");
  const tensorOf = (id: TensorId): Tensor | Parameter => lookUp(tensors, id, "integer");
  const define = ({ id, shape, type }: Tensor, range: Range): void => {
    tensors.set(id, { id, shape, type });
    ranges.set(id, range);
  };
  const add = (node: IntegerNode): void => {
    const range = nodeRange(node, rangeOf, tensorOf);
    const own = rangeOfType(node.output.type);
    const type = contains(own, range) ? node.output.type : typeOf(joinRanges([own, range]));
    const output = { ...node.output, type };
    define(output, range);
    nodes.push({ ...node, output });
  };

  const makers = new Map(graph.nodes.map((it) => [it.output.id, it]));
  const given = new Map(graph.parameters.map((it) => [it.id, it]));
  const fixed = new Map(graph.constants.map((it) => [it.id, it]));
  const provide = (id: TensorId): void => {
    if (tensors.has(id)) return;
    const parameter = given.get(id);
    const constant = fixed.get(id);
    if (parameter !== undefined) {
      parameters.push(parameter);
      define(parameter, rangeOfType(parameter.type));
    } else if (constant !== undefined) {
      constants.push(constant);
      tensors.set(id, constant); // with its values: they are known to the circuit
      ranges.set(id, rangeOfValues(constant.values));
    } else {
      const node = lookUp(makers, id, "integer");
      operandsOf(node).forEach(provide);
      add(node);
    }
  };

  const inputs = entering?.map(({ packed }) => packed) ?? inputsOf(graph);
  for (const it of inputs) define(it, rangeOfType(it.type));
  entering?.map(restore).forEach(add);
  for (const [index, node] of graph.nodes.slice(from, to).entries()) {
    if (!crossings.isRemade(from + index)) provide(node.output.id);
  }

  const isLast = to === graph.nodes.length;
  if (isLast) provide(graph.output.id);
  const leaving = isLast ? [] : crossings.at(to).map(leave);
  const [input = graph.input, ...carried] = inputs;
  const join = (tensors: readonly Tensor[]): ClaimEncoding => ({ mode: "join", tensors });
  const { id, shape, type } = tensorOf(leaving[0]?.packed.id ?? graph.output.id);
  return {
    graph: {
      ...{ name: graph.name, input, ...(carried.length === 0 ? {} : { carried }) },
      ...{ output: { id, shape, type }, parameters, constants, nodes },
    },
    input: entering === undefined ? undefined : join(inputs),
    output: isLast ? undefined : join(leaving.map(({ packed }) => packed)),
    leaving,
  };

  function leave({ tensor: { id, shape, type }, indices }: Crossing): Passing {
    const places = indices();
    const packed = { id: `${id} (joined at ${to})`, shape: [places.length], type };
    // A view even of a whole tensor: it is a reader that keeps a layer's sums apart from their rescale.
    add({ op: "view", name: packed.id, inputs: [id], indices: places, output: packed });
    return { packed, tensor: { id, shape, type: declared(id) }, indices: places };
  }

  function declared(id: TensorId): IntegerType {
    const whole = makers.get(id)?.output ?? inputsOf(graph).find((it) => it.id === id);
    return (whole ?? tensorOf(id)).type;
  }
}

/** Elements that did not come along are 0: nothing reads them. */
function restore({ packed, tensor, indices }: Passing): IntegerNode {
  const places = new Int32Array(elementsOf(tensor.shape)).fill(-1);
  indices.forEach((place, i) => (places[place] = i));
  return { op: "view", name: tensor.id, inputs: [packed.id], indices: places, output: tensor };
}
