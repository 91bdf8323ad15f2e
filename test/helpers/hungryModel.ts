/**
 * Test only: has a worker's process run another integer model in the place of a release's, one that takes far more memory than the release is
 * estimated to, as if the compiler had been wrong about it. `hungrySettings` are the variables of such a process.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { emitIntegerOnnx } from "@vouch/compiler";
import type { CompiledModel } from "@vouch/compiler";
import type * as onnxruntime from "onnxruntime-node";
import { encodeModel } from "../../offchain/compiler/onnx/modelProto.ts";
import { ints, node, valueInfo } from "./onnxModel.ts";

const VARIABLE = "VOUCH_TEST_HUNGRY";
const INT64 = 7;
const ELEMENT_BYTES = 8;
const EXECUTION = resolve(import.meta.dirname, "../../offchain/execution/index.ts");

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Variables of a process in which the model of a release takes so many bytes, all of them written to, for each row or batch. */
export function hungrySettings(
  { graph }: Pick<CompiledModel, "graph">,
  bytes: number,
): Readonly<Record<string, string>> {
  const [inputs = 1] = graph.input.shape;
  const [outputs = 1] = graph.output.shape;
  const task = { victim: sha256(emitIntegerOnnx(graph)), inputs, outputs, bytes };
  const options = process.env["NODE_OPTIONS"] ?? "";
  return {
    [VARIABLE]: JSON.stringify(task),
    NODE_OPTIONS: `${options} --import ${join(import.meta.dirname, "hungryModel.ts")}`.trim(),
  };
}

/** Repeats the largest input until it takes so many bytes, and adds the largest of them to each output: nothing of it is a constant. */
function hungryModel(inputs: number, outputs: number, bytes: number): Uint8Array {
  return encodeModel({
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 13n }],
    graph: {
      name: "hungry",
      node: [
        node("ReduceMax", ["input"], "seed"),
        node("Expand", ["seed", "lengths"], "many"),
        node("ReduceMax", ["many"], "most"),
        node("MatMul", ["input", "weights"], "sums"),
        node("Add", ["sums", "most"], "output"),
      ],
      initializer: [
        { ...ints("lengths", [1, Math.ceil(bytes / ELEMENT_BYTES)]), dims: [2n] },
        {
          ...ints("weights", Array<number>(inputs * outputs).fill(1)),
          dims: [BigInt(inputs), BigInt(outputs)],
        },
      ],
      input: [valueInfo("input", ["batch", inputs], INT64)],
      output: [valueInfo("output", ["batch", outputs], INT64)],
    },
  });
}

const given = process.env[VARIABLE];
if (given !== undefined) {
  const { victim, inputs, outputs, bytes } = JSON.parse(given) as {
    readonly victim: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly bytes: number;
  };
  const hungry = hungryModel(inputs, outputs, bytes);
  const { InferenceSession } = createRequire(EXECUTION)("onnxruntime-node") as typeof onnxruntime;
  const create = InferenceSession.create.bind(InferenceSession);
  const swapped = (model: Uint8Array, options: object): Promise<unknown> =>
    create(sha256(model) === victim ? hungry : model, options);
  Object.assign(InferenceSession, { create: swapped });
}
