import { CompilerError } from "../../errors.ts";
import type { FloatNode } from "../../ir/floatGraph.ts";
import { flagAttribute, floatAttribute } from "../attributes.ts";
import type { OpReader } from "../opReader.ts";

/** `alpha · A · B + beta · C`, B or its transpose; a transposed A is refused. */
export const gemm: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: () => ["alpha", "beta", "transA", "transB"],
  read(node, { fresh }) {
    const [a, b, c] = node.inputs as [string, string, string | undefined];
    const { name, output } = node;
    const alpha = floatAttribute(node, "alpha", 1);
    const beta = floatAttribute(node, "beta", 1);
    if (flagAttribute(node, "transA")) {
      const reason = "transA is set";
      throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op: "Gemm", reason });
    }

    const nodes: FloatNode[] = [];
    const scaled = (input: string, factor: number): string => {
      if (factor === 1) return input;
      const id = fresh(`${output}.scaled`);
      nodes.push({ op: "sum", name, terms: [{ id: input, factor }], relu: false, output: id });
      return id;
    };
    const right = scaled(b, alpha);
    const product = c === undefined ? output : fresh(`${output}.product`);
    const transposeRight = flagAttribute(node, "transB");
    nodes.push({ op: "matmul", name, left: a, right, transposeRight, output: product });
    if (c !== undefined) {
      const terms = [product, scaled(c, beta)].map((id) => ({ id, factor: 1 }));
      nodes.push({ op: "sum", name, terms, relu: false, output });
    }
    return { nodes };
  },
};

export const matMul: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read({ name, inputs, output }) {
    const [left, right] = inputs as [string, string];
    return { nodes: [{ op: "matmul", name, left, right, transposeRight: false, output }] };
  },
};
