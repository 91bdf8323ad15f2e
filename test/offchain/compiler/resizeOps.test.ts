import { expect } from "chai";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import type { Attributes, OpCase, OpInput } from "../../helpers/opCase.ts";
import { expectAgreement, opModel } from "../../helpers/opCase.ts";

const IMAGE = [1, 2, 5, 6];

const list = (dtype: "float" | "int64", values: readonly number[]): OpInput => ({
  shape: [values.length],
  dtype,
  isConstant: true,
  values,
});

type Parts = {
  readonly opset?: number;
  readonly shape?: readonly number[];
  readonly scales?: readonly number[];
  readonly sizes?: readonly number[];
  readonly region?: readonly number[];
};

function resize(attributes: Attributes, parts: Parts): OpCase {
  const { opset = 13, shape = IMAGE, scales, sizes, region = [] } = parts;
  const x = { shape };
  const inputs =
    opset < 11
      ? [x, list("float", scales ?? [])]
      : [x, list("float", region), scales && list("float", scales), sizes && list("int64", sizes)];
  while (inputs.at(-1) === undefined) inputs.pop();
  return { op: "Resize", opset, attributes, inputs };
}

function agrees(cases: Readonly<Record<string, OpCase>>): void {
  for (const [name, it_] of Object.entries(cases)) {
    it(name, async () => {
      await expectAgreement(it_);
    });
  }
}

const COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
const SIZES = { up: [1, 1, 2, 1.7], down: [1, 1, 0.6, 0.5], both: [1, 1, 0.5, 2.5] };

describe("Resize against onnxruntime", () => {
  for (const mode of ["nearest", "linear", "cubic"]) {
    for (const coordinate_transformation_mode of COORDINATES) {
      describe(`${mode} by ${coordinate_transformation_mode}`, () => {
        agrees(
          Object.fromEntries(
            Object.entries(SIZES).map(([name, scales]) => [
              name,
              resize({ mode, coordinate_transformation_mode }, { scales }),
            ]),
          ),
        );
        agrees({
          "to sizes": resize({ mode, coordinate_transformation_mode }, { sizes: [1, 2, 3, 11] }),
          "to one element": resize(
            { mode, coordinate_transformation_mode },
            { sizes: [1, 2, 1, 1] },
          ),
        });
      });
    }
  }
  describe("nearest by rounding", () => {
    agrees(
      Object.fromEntries(
        ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].flatMap((nearest_mode) =>
          Object.entries(SIZES).map(([name, scales]) => [
            `${nearest_mode} ${name}`,
            resize({ mode: "nearest", nearest_mode }, { scales }),
          ]),
        ),
      ),
    );
  });
  describe("other forms", () => {
    const crop = { coordinate_transformation_mode: "tf_crop_and_resize" };
    agrees({
      "of half pixels for nearest": resize(
        { coordinate_transformation_mode: "tf_half_pixel_for_nn" },
        { opset: 11, scales: [1, 1, 2, 1.5] },
      ),
      "of symmetric half pixels": resize(
        { mode: "linear", coordinate_transformation_mode: "half_pixel_symmetric" },
        { opset: 19, scales: [1, 1, 1.7, 0.6] },
      ),
      "of a region": resize(
        { mode: "linear", ...crop, extrapolation_value: 3.5 },
        { sizes: [1, 2, 4, 5], region: [0, 0, 0.2, -0.3, 1, 1, 0.8, 1.2] },
      ),
      "of a region, nearest": resize(
        { mode: "nearest", ...crop },
        { sizes: [1, 2, 4, 5], region: [0, 0, 0.2, 0.3, 1, 1, 0.8, 0.9] },
      ),
      "cubic with a coefficient": resize(
        { mode: "cubic", cubic_coeff_a: -0.5 },
        { scales: [1, 1, 2, 0.6] },
      ),
      "cubic without what lies outside": resize(
        { mode: "cubic", exclude_outside: 1 },
        { scales: [1, 1, 2, 0.6] },
      ),
      "along axes": resize({ mode: "linear", axes: [2, 3] }, { opset: 18, scales: [2, 1.5] }),
      "not larger": resize(
        { mode: "nearest", axes: [2, 3], keep_aspect_ratio_policy: "not_larger" },
        { opset: 18, sizes: [9, 9] },
      ),
      "not smaller": resize(
        { mode: "linear", axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" },
        { opset: 18, sizes: [9, 9] },
      ),
      "linear with antialias": resize(
        { mode: "linear", antialias: 1 },
        { opset: 18, shape: [1, 1, 9, 11], scales: [1, 1, 0.4, 0.3] },
      ),
      "cubic with antialias": resize(
        { mode: "cubic", antialias: 1 },
        { opset: 18, shape: [1, 1, 9, 11], scales: [1, 1, 0.4, 0.3] },
      ),
      "cubic with antialias without what lies outside": resize(
        { mode: "cubic", antialias: 1, exclude_outside: 1 },
        { opset: 18, shape: [1, 1, 9, 11], scales: [1, 1, 0.4, 0.3] },
      ),
      "linear of three axes": resize(
        { mode: "linear" },
        { shape: [1, 1, 2, 3, 3], scales: [1, 1, 2, 1.5, 2] },
      ),
      "linear of a matrix": resize({ mode: "linear" }, { shape: [4, 3], scales: [2, 1.5] }),
      "nearest along all axes": resize({}, { shape: [2, 2, 2], scales: [2, 1.5, 3] }),
      "nearest of opset 10": resize({}, { opset: 10, scales: [1, 1, 2, 1.5] }),
      "nearest of opset 10 down": resize({}, { opset: 10, scales: [1, 1, 0.5, 0.7] }),
      "linear of opset 10": resize({ mode: "linear" }, { opset: 10, scales: [1, 1, 2, 0.6] }),
    });
    it("is a view where it takes nearest elements", () => {
      const { nodes } = readModel(opModel(resize({}, { scales: [1, 1, 2, 2] })));
      expect(nodes.every((it) => it.op === "view")).to.equal(true);
    });
    for (const [name, it_] of Object.entries({
      "scales are computed": {
        ...resize({}, {}),
        inputs: [{ shape: IMAGE }, undefined, { shape: [4] }],
      },
      "there are neither scales nor sizes": resize({}, {}),
      "there are scales and sizes": resize({}, { scales: [1, 1, 1, 1], sizes: [1, 2, 5, 6] }),
      "a scale is negative": resize({}, { scales: [1, 1, -1, 1] }),
    } satisfies Record<string, OpCase>)) {
      it(`is refused where ${name}`, () => {
        expect(codeOf(() => readModel(opModel(it_)))).to.equal("OP_FORM_UNSUPPORTED");
      });
    }
    it("is refused where it grows beyond all limits", () => {
      const model = opModel(resize({}, { scales: [1, 1, 4000, 4000] }));
      expect(codeOf(() => readModel(model))).to.equal("LIMIT_EXCEEDED");
    });
  });
});

describe("Upsample against onnxruntime", () => {
  const scales = [1, 1, 2, 1.5];
  agrees({
    "of opset 7": {
      op: "Upsample",
      opset: 7,
      attributes: { scales: { floats: scales } },
      inputs: [{ shape: IMAGE }],
    },
    "of opset 9": { op: "Upsample", opset: 9, inputs: [{ shape: IMAGE }, list("float", scales)] },
    linear: {
      op: "Upsample",
      opset: 9,
      attributes: { mode: "linear" },
      inputs: [{ shape: IMAGE }, list("float", scales)],
    },
  });
});
