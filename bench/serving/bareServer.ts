// A model behind HTTP as it is written without receipts: Fastify with a schema of body and answer, and a run of onnxruntime-node for
// each request. `startServer` runs it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fastify } from "fastify";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { listening } from "../../test/helpers/listening.ts";
import { FEATURES, MODEL } from "./question.ts";
import { reportTo } from "./serverProcess.ts";

const FILE = join(import.meta.dirname, "../../models", MODEL, "model.onnx");

const session = await InferenceSession.create(readFileSync(FILE), {
  ...{ intraOpNumThreads: 1, interOpNumThreads: 1 },
});
const numbers = { type: "array", items: { type: "number" } } as const;
const tensor = { ...numbers, minItems: FEATURES, maxItems: FEATURES } as const;

const app = fastify();
app.post<{ readonly Body: { readonly tensor: readonly number[] } }>(
  "/v1/infer/credit",
  {
    schema: {
      body: { type: "object", required: ["tensor"], properties: { tensor } },
      response: { 200: { type: "object", properties: { output: numbers } } },
    },
  },
  async ({ body }) => {
    const x = new Tensor("float32", body.tensor, [1, FEATURES]);
    const { logit } = await session.run({ x });
    return { output: Array.from(logit?.data as Float32Array) };
  },
);
reportTo(process, `${await listening({ app })}/v1/infer/credit`);
