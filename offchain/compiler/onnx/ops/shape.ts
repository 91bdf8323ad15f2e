import { CompilerError } from "../../errors.ts";
import { flagAttribute, intAttribute } from "../attributes.ts";
import type { OpReader } from "../opReader.ts";
import { MAX_ELEMENTS, MAX_RANK } from "../readTensor.ts";

export const identity: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => [],
  read({ name, inputs, output }, { constant }) {
    const [input] = inputs as [string];
    const known = constant(input);
    if (known !== undefined) return { constant: known };
    return { nodes: [{ op: "reshape", name, input, target: { kind: "same" }, output }] };
  },
};

export const flatten: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: () => ["axis"],
  read(node) {
    const [input] = node.inputs as [string];
    const axis = intAttribute(node, "axis", 1);
    const target = { kind: "flatten", axis } as const;
    return { nodes: [{ op: "reshape", name: node.name, input, target, output: node.output }] };
  },
};

export const reshape: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: (opset) => (opset < 14 ? [] : ["allowzero"]),
  read(node, { constant }) {
    const [input, shape] = node.inputs as [string, string];
    const { name, opType: op, output } = node;
    const known = constant(shape);
    if (known === undefined) {
      const reason = `its shape ${shape} is computed`;
      throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op, reason });
    }
    if (known.dtype !== "int64") {
      throw new CompilerError({ code: "DTYPE_UNSUPPORTED", tensor: shape, dtype: 1 });
    }
    const { values } = known;
    const outside = values.find((it) => it < -1n || it > BigInt(MAX_ELEMENTS));
    if (known.shape.length !== 1 || values.length > MAX_RANK || outside !== undefined) {
      const reason = `[${values.slice(0, MAX_RANK).join(", ")}] is no shape to reshape to`;
      throw new CompilerError({ code: "SHAPE_INVALID", tensor: shape, reason });
    }
    const allowZero = flagAttribute(node, "allowzero");
    const target = { kind: "dimensions", dimensions: values.map(Number), allowZero } as const;
    return { nodes: [{ op: "reshape", name, input, target, output }] };
  },
};
