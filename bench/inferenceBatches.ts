// Constraints of one circuit for B inferences of a release, in all and for each: weights are committed to once, and the products of
// a layer are checked over the rows of all. Nothing is proven. Prints JSON.
//
//   npm run bench:inference-batches -- [model ...]
import { batchModel, constraintEstimate } from "@vouch/compiler";
import { compileModel } from "./segments/segmentedModel.ts";

const MODELS = ["credit-german-mlp", "mnist-cnn-tiny", "mnist-cnn", "vol-eth-lstm"];
const COUNTS = [1, 4, 16];

const given = process.argv.slice(2);
const results = (given.length > 0 ? given : MODELS).map((name) => {
  const model = compileModel(name);
  const batches = COUNTS.map((inferences) => {
    process.stderr.write(`  … ${name}, ${inferences} inferences\n`);
    const start = performance.now();
    const { total, commitments } = constraintEstimate(batchModel(model, inferences));
    const weights = commitments.find((it) => it.name === "weights")?.constraints ?? 0;
    const milliseconds = Math.round(performance.now() - start);
    return {
      inferences,
      constraints: total,
      weights,
      each: Math.round(total / inferences),
      milliseconds,
    };
  });
  return { model: name, batches };
});
const command = ["npm run bench:inference-batches --", ...given].join(" ");
process.stdout.write(`${JSON.stringify({ command, results }, null, 2)}\n`);
