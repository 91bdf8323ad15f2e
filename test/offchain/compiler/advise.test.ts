import { expect } from "chai";
import type { Advised } from "../../../offchain/compiler/estimate/advise.ts";
import { advise, overBudget } from "../../../offchain/compiler/estimate/advise.ts";

const SMALL: Advised = {
  constraints: { private: 12_000, public: 5_000 },
  powers: { private: 14, public: 13 },
  budget: 100_000,
  parameters: 2_000,
  input: { mode: "public" },
  output: { mode: "public", elements: 1 },
  onChainGas: undefined,
  fulfilGas: 390_000,
};
const fitting = (model: Advised): readonly string[] =>
  advise(model)
    .evidence.filter((it) => it.fits)
    .map((it) => it.kind);

describe("advise", () => {
  describe("given a model within the budget", () => {
    it("proposes a proof and a signature, with private weights", () => {
      const advice = advise(SMALL);
      expect(advice.policy).to.equal("zk:attested=<verifier>+signature");
      expect(advice.weights).to.equal("private");
      expect(fitting(SMALL)).to.include("zk");
    });

    it("says what public weights would take, and proposes them where they alone fit", () => {
      expect(advise(SMALL).reasons.join()).to.include("2^13 instead of 2^14");
      const alone = { ...SMALL, budget: 6_000 };
      expect(advise(alone).weights).to.equal("public");
      expect(fitting(alone)).to.include("zk");
    });

    it("proposes the mode that there is a circuit in", () => {
      const model: Advised = {
        ...SMALL,
        constraints: { private: undefined, public: 5_000 },
        powers: { private: undefined, public: 13 },
      };
      expect(advise(model).weights).to.equal("public");
    });

    it("mentions a contract's evaluation where it is cheaper than a proof", () => {
      const reasons = (onChainGas: number): number =>
        advise({ ...SMALL, onChainGas }).reasons.length;
      expect(reasons(100_000)).to.be.greaterThan(reasons(10_000_000));
    });
  });

  describe("given a model over the budget", () => {
    const large: Advised = { ...SMALL, budget: 1_000 };

    it("proposes what fits any model", () => {
      expect(fitting(large)).to.have.members(["signature", "quorum", "optimistic", "tee"]);
      expect(advise(large).policy).to.equal("signature");
    });

    it("says how far over", () => {
      expect(overBudget(large)).to.include("5,000").and.include("5.0 times");
      expect(overBudget({ ...large, budget: 10 })).to.include("500 times");
    });
  });

  describe("warnings", () => {
    const warnings = (model: Advised): string => advise(model).warnings.join("\n");

    it("say that public inputs and outputs give a small model away", () => {
      expect(warnings(SMALL))
        .to.match(/extract/)
        .and.include("parameters 2,000, numbers in an answer 1");
      expect(warnings({ ...SMALL, input: { mode: "committed" } })).to.not.match(/extract/);
      expect(warnings({ ...SMALL, parameters: 0 })).to.not.match(/extract/);
    });

    it("always say that a proof is not about the truth of its input", () => {
      expect(warnings({ ...SMALL, parameters: 0 })).to.match(/truth of its input/);
    });
  });
});
