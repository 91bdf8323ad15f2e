import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expectClose } from "../helpers/expectClose.ts";
import { exportCharGpt } from "../../scripts/charGpt/exportCharGpt.ts";

const FOLDER = join(import.meta.dirname, "../../models/char-gpt");
const VOCABULARY = 65;
const CONTEXT = 128;
/** Of logits, between one pass and many: sums over the cache are added up in another order. */
const TOLERANCE = 2e-5;
const CACHES = ["0.key", "0.value", "1.key", "1.value"];
const ids = Array.from({ length: CONTEXT }, (_, i) => (7 * i + 3) % VOCABULARY);

type Cache = Readonly<Record<string, Tensor>>;

describe("models/char-gpt", () => {
  it("holds the files that its export writes, byte for byte", () => {
    for (const [path, content] of exportCharGpt(FOLDER))
      expect(readFileSync(join(FOLDER, path)).equals(Buffer.from(content)), path).to.be.true;
  });

  it("has the decoder whose hash is written here", () => {
    const hash = createHash("sha256").update(readFileSync(join(FOLDER, "onnx/model.onnx")));
    expect(hash.digest("hex")).to.equal(
      "debc5e6164b41c264db4a520263ae643224ce9ecfadb29bd78146a4661a22b8b",
    );
  });

  describe("its decoder, against forward.onnx", () => {
    let decoder: InferenceSession;
    let expected: Float32Array;

    before(async () => {
      decoder = await InferenceSession.create(join(FOLDER, "onnx/model.onnx"));
      const forward = await InferenceSession.create(join(FOLDER, "forward.onnx"));
      const { logits } = await forward.run({ ids: integers(ids) });
      expected = logits!.data as Float32Array;
    });

    it("gives the same logits to the bit in one pass over the whole context", async () => {
      const { logits } = await pass(decoder, ids, 0, emptyCache());
      expect(Buffer.from(logits.buffer).equals(Buffer.from(expected.buffer))).to.be.true;
    });

    for (const [what, lengths] of [
      ["token by token", ids.map(() => 1)],
      ["a prompt, and token by token", [40, ...ids.slice(40).map(() => 1)]],
      ["in pieces", [1, 60, 2, 65]],
    ] as const) {
      it(`gives logits within ${TOLERANCE} ${what}`, async () => {
        let cache = emptyCache();
        let start = 0;
        for (const length of lengths) {
          const part = ids.slice(start, start + length);
          const { logits, present } = await pass(decoder, part, start, cache);
          const reference = expected.subarray(start * VOCABULARY, (start + length) * VOCABULARY);
          logits.forEach((it, i) => {
            expectClose(it, reference[i]!, TOLERANCE);
          });
          cache = present;
          start += length;
        }
        expect(start).to.equal(CONTEXT);
      });
    }

    it("does not see what the attention mask hides", async () => {
      const mask = ids.map((_, i) => (i < 3 ? 0 : 1));
      const positions = ids.map((_, i) => Math.max(0, i - 3));
      const padded = await decoder.run({
        input_ids: integers([64, 64, 64, ...ids.slice(0, -3)]),
        attention_mask: integers(mask),
        position_ids: integers(positions),
        ...emptyCache(),
      });
      const logits = (padded["logits"]!.data as Float32Array).subarray(3 * VOCABULARY);
      logits.forEach((it, i) => {
        expectClose(it, expected[i]!, TOLERANCE);
      });
    });
  });
});

async function pass(
  decoder: InferenceSession,
  tokens: readonly number[],
  start: number,
  cache: Cache,
): Promise<{ readonly logits: Float32Array; readonly present: Cache }> {
  const out = await decoder.run({
    input_ids: integers(tokens),
    attention_mask: integers(ids.slice(0, start + tokens.length).map(() => 1)),
    position_ids: integers(tokens.map((_, i) => start + i)),
    ...cache,
  });
  const present = CACHES.map((it) => [`past_key_values.${it}`, out[`present.${it}`]!] as const);
  return { logits: out["logits"]!.data as Float32Array, present: Object.fromEntries(present) };
}

function emptyCache(): Cache {
  const nothing = (): Tensor => new Tensor("float32", new Float32Array(0), [1, 4, 0, 16]);
  return Object.fromEntries(CACHES.map((it) => [`past_key_values.${it}`, nothing()]));
}

function integers(values: readonly number[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length]);
}
