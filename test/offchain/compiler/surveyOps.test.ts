import { expect } from "chai";
import { surveyOps } from "../../../offchain/compiler/estimate/surveyOps.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { floats, node, onnxModel } from "../../helpers/onnxModel.ts";

const WEIGHTS = floats("w", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

describe("surveyOps", () => {
  describe("given a model of supported ops", () => {
    it("counts each op, and finds no problem", () => {
      const file = onnxModel({
        nodes: [
          node("MatMul", ["x", "w"], "a"),
          node("Relu", ["a"], "b"),
          node("Relu", ["b"], "y"),
        ],
        initializers: [WEIGHTS],
      });
      const supported = { domain: "ai.onnx", opset: 13, unsupported: 0 };
      expect(surveyOps(file)).to.deep.equal({
        ops: [
          { op: "MatMul", count: 1, ...supported },
          { op: "Relu", count: 2, ...supported },
        ],
        problems: [],
        unchecked: [],
      });
    });
  });

  describe("given several nodes that cannot be compiled", () => {
    const file = onnxModel({
      nodes: [
        node("NonZero", ["x"], "places"),
        node("Relu", ["places"], "behind"),
        // Of a form that is refused, in a branch of its own.
        node("MatMul", ["x", "x"], "square"),
        { ...node("Fancy", ["x"], "fancy"), domain: "com.example" },
        node("Det", ["square"], "determinant"),
        node("Relu", ["x"], "y"),
      ],
    });

    it("names each with op, opset and the nearest rewrite, in the file's order", () => {
      const { problems } = surveyOps(file);
      expect(
        problems.map(({ node: name, domain, op, opset, code }) => [name, domain, op, opset, code]),
      ).to.deep.equal([
        ["NonZero:places", "ai.onnx", "NonZero", 13, "OP_FORM_UNSUPPORTED"],
        ["MatMul:square", "ai.onnx", "MatMul", 13, "SHAPE_MISMATCH"],
        ["Fancy:fancy", "com.example", "Fancy", 0, "DOMAIN_UNSUPPORTED"],
        ["Det:determinant", "ai.onnx", "Det", 13, "OP_UNSUPPORTED"],
      ]);
      expect(problems.every(({ reason }) => reason.length > 10)).to.be.true;
    });

    it("marks them in the counts, and says what could not be looked at", () => {
      const { ops, unchecked } = surveyOps(file);
      const missing = ops.filter((it) => it.unsupported > 0).map((it) => it.op);
      expect(missing).to.deep.equal(["NonZero", "MatMul", "Fancy", "Det"]);
      expect(ops.find((it) => it.op === "Relu")).to.include({ count: 2, unsupported: 0 });
      expect(unchecked).to.deep.equal(["Relu:behind"]);
    });
  });

  describe("given a file that is refused as a whole", () => {
    it("counts its ops and says why", () => {
      const relu = [node("Relu", ["x"], "y")];
      const open = surveyOps(onnxModel({ nodes: relu, input: ["N", "T"] }));
      expect(open.ops).to.have.length(1);
      expect(open.refusal?.code).to.equal("SHAPE_DYNAMIC");
      expect(surveyOps(onnxModel({ nodes: relu, input: ["N", "T"] }), { T: 3 }).refusal).to.be
        .undefined;

      const early = surveyOps(onnxModel({ nodes: relu, opset: 99 }));
      expect(early.refusal?.code).to.equal("OPSET_UNSUPPORTED");
    });

    it("throws where there is nothing to count", () => {
      expect(codeOf(() => surveyOps(Uint8Array.of(1, 2, 3)))).to.equal("MODEL_MALFORMED");
    });
  });
});
