import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import type { ClaimEncoding } from "../../offchain/compiler/emit/joinEncoding.ts";
import type { Tensor } from "../../offchain/compiler/ir/integerGraph.ts";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";
import { graphOf, signed, tensor, unsigned, values } from "./integerGraph.ts";
import type { NodeDraft } from "./integerGraph.ts";

const ROWS = 8;
const OUTPUTS = 8;
const ELEMENTS = 6;

/** Integers spread over so many bits, signed. */
function spread(count: number, bits: number, seed: number): readonly bigint[] {
  return Array.from({ length: count }, (_, i) => {
    const digit = ((BigInt(i + seed) * 2654435761n) >> 7n) % (1n << BigInt(bits));
    return digit - (1n << BigInt(bits - 1));
  });
}

/** Elements in some order, one in 64 0 and the last `padding` places of each row. */
function mixed(length: number, elements: number, padding: number): Int32Array {
  return Int32Array.from({ length: ROWS * length }, (_, at) => {
    const draw = Number((BigInt(at + 1) * 2654435761n) % (1n << 32n)) >>> 8;
    return at % length >= length - padding || draw % 64 === 0 ? -1 : (draw >>> 6) % elements;
  });
}

type ClaimMode = ClaimEncoding["mode"];

/**
 * Two layers whose products are cheaper to check at a challenge, as wide multipliers leave room for few sums in a tile, and a
 * third of few products: the first with a bias and padding, the second without.
 */
export function checkedModel(
  options: {
    readonly input?: ClaimMode;
    readonly output?: ClaimMode;
    readonly length?: number;
  } = {},
): ProvableModel {
  const { length = 220 } = options;
  const parameters = [
    values("w1", [OUTPUTS, length], signed(2), spread(OUTPUTS * length, 2, 1)),
    values("b1", [OUTPUTS], signed(27), spread(OUTPUTS, 27, 1)),
    values("m1", [1], unsigned(29), [(1n << 28n) + 1n]),
    values("w2", [OUTPUTS, length], signed(2), spread(OUTPUTS * length, 2, 3)),
    values("m2", [1], unsigned(29), [(1n << 28n) + 2n]),
    values("w3", [2, ROWS * OUTPUTS], signed(4), spread(2 * ROWS * OUTPUTS, 4, 5)),
    values("m3", [1], unsigned(4), [9n]),
  ];
  const sums = tensor("a1", [ROWS, OUTPUTS], signed(33));
  const rescaled = (id: string, input: string, multiplier: string, bits: number): NodeDraft => ({
    ...{ op: "rescale", input, multiplier, shift: 56 - bits, relu: false },
    output: tensor(id, [ROWS, OUTPUTS], signed(bits)),
  });
  const nodes: NodeDraft[] = [
    {
      ...{ op: "view", inputs: ["x"], indices: mixed(length, ELEMENTS, 2) },
      output: tensor("v1", [ROWS, length], signed(22)),
    },
    { op: "linear", input: "v1", weights: "w1", bias: "b1", output: sums },
    rescaled("h1", "a1", "m1", 22),
    {
      ...{ op: "view", inputs: ["h1"], indices: mixed(length, ROWS * OUTPUTS, 0) },
      output: tensor("v2", [ROWS, length], signed(22)),
    },
    {
      ...{ op: "linear", input: "v2", weights: "w2", bias: undefined },
      output: tensor("a2", [ROWS, OUTPUTS], signed(33)),
    },
    rescaled("h2", "a2", "m2", 8),
    {
      ...{
        op: "view",
        inputs: ["h2"],
        indices: Int32Array.from({ length: ROWS * OUTPUTS }, (_, i) => i),
      },
      output: tensor("v3", [1, ROWS * OUTPUTS], signed(8)),
    },
    {
      ...{ op: "linear", input: "v3", weights: "w3", bias: undefined },
      output: tensor("a3", [1, 2], signed(18)),
    },
    {
      ...{ op: "rescale", input: "a3", multiplier: "m3", shift: 4, relu: false },
      output: tensor("out", [1, 2], signed(16)),
    },
  ];
  const graph = graphOf(tensor("x", [ELEMENTS], signed(22)), nodes, { parameters });
  const claimed = (it: Tensor, mode: ClaimMode = "public"): ClaimEncoding =>
    mode === "join"
      ? { mode, tensors: [it] }
      : { mode, elements: elementsOf(it.shape), ...it.type, fractionBits: 0 };
  return {
    graph,
    input: claimed(graph.input, options.input),
    output: claimed(graph.output, options.output),
    weights: "private",
  };
}
