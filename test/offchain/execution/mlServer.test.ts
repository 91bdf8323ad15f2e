import { emitIntegerOnnx, interpret, runFloat } from "@vouch/compiler";
import { createKserveBackend } from "@vouch/execution";
import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { compile } from "../../../offchain/compiler/compile.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { releaseNamed } from "../../helpers/executables.ts";
import type { MlServer } from "../../helpers/mlServer.ts";
import { startMlServer } from "../../helpers/mlServer.ts";
import { CREDIT_OPTIONS, creditModel } from "../../helpers/onnxModel.ts";

const python = process.env["VOUCH_MLSERVER"];

if (python === undefined) {
  process.stderr.write(
    "  NOT TRIED: the KServe V2 back end against MLServer; set VOUCH_MLSERVER to a python that has mlserver and onnxruntime\n",
  );
} else {
  describe("createKserveBackend, with a real MLServer", function () {
    this.timeout(120_000);

    const { file, samples } = creditModel();
    const compiled = compile(file, {
      ...CREDIT_OPTIONS,
      weights: "private",
      calibration: { samples: samples.map((it) => it.input) },
    });
    const { input, output } = compiled;
    const RELEASE = releaseNamed("credit");
    const rows = samples.map((it) => quantizeTensor(it.input, input));
    let server: MlServer | undefined;

    before(async () => {
      const port = (name: string, datatype: string, length: number) => ({
        ...{ name, datatype },
        shape: [-1, length],
      });
      server = await startMlServer(python, [
        {
          ...{ name: "credit-integers", onnx: emitIntegerOnnx(compiled.graph) },
          input: { name: "input", datatype: "INT64", shape: [-1, ...compiled.graph.input.shape] },
          output: {
            name: "output",
            datatype: "INT64",
            shape: [-1, ...compiled.graph.output.shape],
          },
        },
        {
          ...{ name: "credit-floats", onnx: file },
          ...{ input: port("x", "FP32", 61), output: port("logit", "FP32", 1) },
        },
      ]);
    });
    after(() => server?.close());

    for (const protocol of ["http", "grpc"] as const) {
      it(`gives the integer graph's answers to the bit, over ${protocol}`, async () => {
        const backend = createKserveBackend({ url: server![protocol], holds: "integers" });
        backend.register(RELEASE, { model: "credit-integers", input, output });
        for (const row of rows)
          expect(await backend.run(RELEASE, row)).to.deep.equal(interpret(compiled.graph, row));
        await backend.close();
      });

      it(`gives the float model's answers, rounded, over ${protocol}`, async () => {
        const backend = createKserveBackend({ url: server![protocol], holds: "floats" });
        backend.register(RELEASE, { model: "credit-floats", input, output });
        expect(backend).to.include({ proves: "routing", answers: "tolerant" });
        for (const row of rows) {
          const [answer = 0n] = await backend.run(RELEASE, row);
          const [expected = NaN] = runFloat(compiled.float, dequantizeTensor(row, input));
          expect(Number(answer) / 2 ** output.fractionBits).to.be.closeTo(expected, 1e-4);
        }
        await backend.close();
      });

      it(`refuses a model that is absent, or another, over ${protocol}`, async () => {
        const backend = createKserveBackend({ url: server![protocol], holds: "integers" });
        const code = (model: string): Promise<string | undefined> => {
          backend.register(RELEASE, { model, input, output });
          return codeOfPromise(backend.warmUp(RELEASE));
        };
        expect(await code("nobody")).to.be.oneOf(["BACKEND_NOT_READY", "BACKEND_REFUSED"]);
        expect(await code("credit-floats")).to.equal("MODEL_MISMATCH");
        await backend.close();
      });
    }
  });
}
