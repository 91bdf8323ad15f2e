import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample, Samples } from "../../../offchain/publisher/samples.ts";
import { readModelFolder } from "../../../offchain/publisher/modelFolder.ts";
import { dequantizeTensor, quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { InferenceSession, Tensor } from "onnxruntime-node";

const MODELS = fileURLToPath(new URL("../../../models/", import.meta.url));
/** onnxruntime against the outputs written down at training. */
const TOLERANCE = 1e-4;

type Port = { readonly name: string; readonly dtype: string; readonly shape: (string | number)[] };
type Written = {
  readonly inputs: readonly Port[];
  readonly samples: readonly { readonly outputs: Readonly<Record<string, readonly number[]>> }[];
};
type Metrics = { readonly onnx: { readonly sha256: string } };

const names = readdirSync(MODELS).filter((it) => statSync(join(MODELS, it)).isDirectory());

describe("models", () => {
  it("are the sixteen of the table in models/README.md", () => {
    const readme = readFileSync(join(MODELS, "README.md"), "utf8");
    expect(names).to.have.length(16);
    for (const name of names) expect(readme).to.match(new RegExp(`^\\| \`${name}\` `, "m"));
  });

  for (const name of names) {
    describe(name, () => {
      const folder = readModelFolder(MODELS, name);
      const written = read(name, "samples.json") as Written;
      const { input, output, notice, licence } = folder.choices;

      it("is the file that its metrics are about, under MIT", () => {
        const { onnx } = read(name, "metrics.json") as Metrics;
        expect(createHash("sha256").update(folder.file).digest("hex")).to.equal(onnx.sha256);
        expect(licence).to.equal("MIT");
      });

      if (name.startsWith("credit-")) {
        it("says that it shows proofs, never lending", () => {
          expect(notice)
            .to.match(/never lending/)
            .and.match(/sex, age/);
        });
      }

      it("gives the outputs that its samples have, on inputs that its encoding holds exactly", async () => {
        const session = await InferenceSession.create(folder.file, { intraOpNumThreads: 1 });
        const rows = await rowsOf(folder.samples, session, written.inputs);
        expect(folder.samples.rows).to.have.length(24);
        for (const [i, { x }] of rows.entries()) {
          const encoding = { ...input, mode: "public", elements: x.length } as const;
          const elements = quantizeTensor(x, encoding);
          if (!folder.samples.prompts)
            expect(dequantizeTensor(elements, encoding)).to.deep.equal(x.map((it) => it + 0));
          const results = await run(session, written.inputs, x);
          const outputs = written.samples[i]?.outputs ?? {};
          for (const [key, expected] of Object.entries(outputs)) {
            if (key === "greedy") continue; // what follows once the answer is fed back in
            const actual = results[key === "logits_after_prompt" ? "logits" : key] ?? [];
            expect(actual).to.have.length(expected.length);
            for (const [j, it] of expected.entries())
              expect(Math.abs((actual[j] ?? NaN) - it)).to.be.lessThan(TOLERANCE);
          }
          const flat = Object.values(results).flat();
          const format = { ...output, mode: "public", elements: flat.length } as const;
          expect(quantizeTensor(flat, format)).to.have.length(flat.length);
        }
        await session.release();
      }).timeout(60_000);
    });
  }
});

function read(model: string, file: string): unknown {
  return JSON.parse(readFileSync(join(MODELS, model, file), "utf8"));
}

/** The last step of some prompts, with the state that the tokens before it leave; other rows as they are. */
async function rowsOf(
  { rows, prompts }: Samples,
  session: InferenceSession,
  ports: readonly Port[],
): Promise<readonly Sample[]> {
  if (!prompts) return rows;
  const last: Sample[] = [];
  for (const prompt of rows.slice(0, 6)) {
    let x: readonly number[] = [];
    for (const [position, token] of prompt.x.entries()) {
      const results = position === 0 ? {} : await run(session, ports, x);
      const { k_out: k = zeros(ports[2]), v_out: v = zeros(ports[3]) } = results;
      x = [token, position, ...k, ...v];
    }
    last.push({ ...prompt, x });
  }
  return last;
}

function zeros(port: Port | undefined): readonly number[] {
  const length = (port?.shape ?? []).reduce<number>((product, it) => product * Number(it), 1);
  return new Array<number>(length).fill(0);
}

/** Feeds a flat row, and returns each output by name. */
async function run(
  session: InferenceSession,
  ports: readonly Port[],
  x: readonly number[],
): Promise<Record<string, number[]>> {
  let at = 0;
  const feeds = ports.map(({ name, dtype, shape }) => {
    const dims = shape.map((it) => (typeof it === "string" ? 1 : it));
    const values = x.slice(at, (at += dims.reduce((a, b) => a * b, 1)));
    const tensor =
      dtype === "int64"
        ? new Tensor("int64", BigInt64Array.from(values.map(BigInt)), dims)
        : new Tensor("float32", Float32Array.from(values), dims);
    return [name, tensor] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as never[], Number)]),
  );
}
