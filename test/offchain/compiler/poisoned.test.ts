import { expect } from "chai";
import type { Outcome } from "../../helpers/compileApart.ts";
import { compileApart } from "../../helpers/compileApart.ts";
import { creditModel } from "../../helpers/onnxModel.ts";
import { POISONED_MODELS } from "../../helpers/poisonedModels.ts";

const HEAP_MEBIBYTES = 1_024;
/** Of the process, beside what Node and the compiler take before they read anything. */
const GROWTH_MEBIBYTES = 768;
const MAX_MS = 20_000;

const { file, samples } = creditModel();

describe("a poisoned ONNX file", function () {
  this.timeout(120_000);
  let outcomes: ReadonlyMap<string, Outcome>;
  let healthy: Outcome;

  before(() => {
    const files = POISONED_MODELS.map(([name, bytes]) => ({ name, file: bytes }));
    const [first, ...rest] = compileApart(
      [{ name: "healthy", file }, ...files],
      samples[0]!.input,
      HEAP_MEBIBYTES,
    );
    healthy = first!; // one outcome a file
    outcomes = new Map(rest.map((it) => [it.name, it]));
  });

  it("is what is tried here: the healthy one compiles in that process", () => {
    expect(healthy.code).to.equal("compiled");
  });

  for (const [name, , code] of POISONED_MODELS) {
    it(`${name} is refused by name, soon, in bounded memory, and nothing else is read`, () => {
      const outcome = outcomes.get(name);
      // What reads outside of the project would be ERR_ACCESS_DENIED.
      expect(outcome?.code).to.equal(code);
      expect(outcome?.ms).to.be.below(MAX_MS);
      expect(outcome!.peak - healthy.peak).to.be.below(GROWTH_MEBIBYTES);
    });
  }
});
