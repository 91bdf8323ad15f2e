import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import type { FloatGraph } from "../../../offchain/compiler/ir/floatGraph.ts";
import { elementsOf } from "../../../offchain/compiler/ir/shape.ts";
import { verifyFloat } from "../../../offchain/compiler/ir/verifyFloat.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { randomNumbers } from "../../helpers/onnxModel.ts";
import { openOnnx, widened } from "../../helpers/onnxRun.ts";

const ZOO = process.env["VOUCH_ZOO"];
const OWN = new URL("../../../models/", import.meta.url).pathname;
const TOLERANCE = 1e-4;
const TIMEOUT_MS = 120_000;

/** Lengths of the axes that a file of this name leaves open. */
const DIMENSIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "forward.onnx": { T: 4 },
};

/** Files that onnxruntime refuses, since they multiply matrices of int8. */
const INT8_PRODUCTS = ["decision_tree", "gradient_boosted_trees"];

describe("readModel, files of others", () => {
  agreeing(OWN);
  if (ZOO === undefined || ZOO === "") {
    it("reads the zoo: SKIPPED, set VOUCH_ZOO to a folder of <name>/network.onnx to run it");
  } else {
    agreeing(ZOO);
  }
});

/** A test for each ONNX file in the folders of a folder: it agrees with onnxruntime. */
function agreeing(root: string): void {
  const folders = readdirSync(root, { withFileTypes: true }).filter((it) => it.isDirectory());
  for (const { name: folder } of folders) {
    for (const name of readdirSync(join(root, folder)).filter((it) => it.endsWith(".onnx"))) {
      it(`reads ${folder}/${name} as onnxruntime does`, async () => {
        const file = readFileSync(join(root, folder, name));
        const dimensions = DIMENSIONS[name];
        const graph = verifyFloat(readModel(file, dimensions && { dimensions }));
        const isNarrow = INT8_PRODUCTS.includes(folder);
        const run = await openOnnx(isNarrow ? widened(file) : file, graph);
        for (const input of [givenInput(graph, join(root, folder)), randomInput(graph)]) {
          if (input === undefined) continue;
          const expected = await run(input);
          const actual = runFloat(graph, input.length === 0 ? [0] : input);
          expect(actual).to.have.length(expected.length);
          const most = Math.max(1, ...expected.map((it) => Math.abs(it ?? 0)));
          expected.forEach((value, i) => {
            if (value === undefined) return;
            const distance = Math.abs(actual[i]! - value);
            expect(distance, `element ${i}: ${actual[i]} for ${value}`).to.be.at.most(
              TOLERANCE * most,
            );
          });
        }
      }).timeout(TIMEOUT_MS);
    }
  }
}

/** The inputs that come with a model, as float32 has them; `undefined` where there are none. */
function givenInput(graph: FloatGraph, folder: string): readonly number[] | undefined {
  const path = join(folder, "input.json");
  if (!existsSync(path)) return undefined;
  const { input_data: data } = JSON.parse(readFileSync(path, "utf8")) as {
    input_data: readonly (readonly (number | boolean)[])[];
  };
  const flat = data.flat().map((it) => Math.fround(Number(it)));
  const elements = graph.inputs.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  return flat.length === elements ? flat : undefined;
}

/** Numbers in [0, 1) that float32 has, 0 or 1 where the model takes integers. */
function randomInput(graph: FloatGraph): readonly number[] {
  const random = randomNumbers(3);
  return graph.inputs.flatMap(({ shape, kind }) =>
    Array.from({ length: elementsOf(shape) }, () => {
      const value = (random() + 1) / 2;
      return kind === "integer" ? Math.round(value) : Math.fround(value);
    }),
  );
}
