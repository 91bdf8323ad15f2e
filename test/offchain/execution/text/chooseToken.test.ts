import { random } from "@huggingface/transformers";
import { expect } from "chai";
import fc from "fast-check";
import type { TokenSampling } from "../../../../offchain/execution/text/chooseToken.ts";
import { chooseToken } from "../../../../offchain/execution/text/chooseToken.ts";

const PLAIN: TokenSampling = {
  temperature: 1,
  topP: 1,
  topK: 0,
  frequencyPenalty: 0,
  presencePenalty: 0,
};
/** Probabilities of one half, one quarter and twice one eighth, not in order. */
const LOGITS = [1, 4, 2, 1].map((weight) => Math.log(weight));

function choose(
  logits: readonly number[],
  sampling: Partial<TokenSampling>,
  drawn?: number,
  generated: readonly number[] = [],
): number | undefined {
  const draw = (): number => {
    if (drawn === undefined) throw new Error("nothing is to be drawn");
    return drawn;
  };
  return chooseToken(Float32Array.from(logits), generated, { ...PLAIN, ...sampling }, draw);
}

describe("chooseToken", () => {
  describe("at temperature zero", () => {
    it("takes the greatest logit, and of equal ones the lower token, without a draw", () => {
      expect(choose(LOGITS, { temperature: 0 })).to.equal(1);
      expect(choose([0, 3, 3, 3], { temperature: 0 })).to.equal(1);
      expect(choose([-0, 0], { temperature: 0 })).to.equal(0);
    });

    it("takes penalties off tokens that were generated", () => {
      const greedy = { temperature: 0 };
      expect(choose([2, 1], { ...greedy, presencePenalty: 0.5 }, undefined, [0, 0, 0])).to.equal(0);
      expect(choose([2, 1], { ...greedy, presencePenalty: 1.5 }, undefined, [0])).to.equal(1);
      expect(choose([2, 1], { ...greedy, frequencyPenalty: 0.5 }, undefined, [0, 0])).to.equal(0);
      expect(choose([2, 1], { ...greedy, frequencyPenalty: 0.5 }, undefined, [0, 0, 0])).to.equal(
        1,
      );
      expect(choose([2, 1], { ...greedy, frequencyPenalty: -2 }, undefined, [1])).to.equal(1);
    });
  });

  describe("at a temperature", () => {
    it("gives each token its share of the draws, the most likely first", () => {
      for (const [drawn, token] of [
        ...[
          [0, 1],
          [0.49, 1],
          [0.51, 2],
          [0.74, 2],
        ],
        ...[
          [0.76, 0],
          [0.87, 0],
          [0.88, 3],
          [0.999, 3],
        ],
      ] as const)
        expect(choose(LOGITS, {}, drawn), String(drawn)).to.equal(token);
    });

    it("sharpens or flattens the shares", () => {
      expect(choose(LOGITS, { temperature: 0.5 }, 0.7)).to.equal(1);
      expect(choose(LOGITS, { temperature: 2 }, 0.4)).to.equal(2);
    });

    it("keeps the tokens of top-k and top-p only", () => {
      expect(choose(LOGITS, { topK: 1 }, 0.999)).to.equal(1);
      expect(choose(LOGITS, { topK: 2 }, 0.999)).to.equal(2);
      expect(choose(LOGITS, { topK: 100 }, 0.999)).to.equal(3);
      expect(choose(LOGITS, { topP: 0.4 }, 0.999)).to.equal(1);
      expect(choose(LOGITS, { topP: 0.6 }, 0.999)).to.equal(2);
      expect(choose(LOGITS, { topP: 0.6, topK: 1 }, 0.999)).to.equal(1);
    });

    it("never takes what is impossible", () => {
      const impossible = Number.NEGATIVE_INFINITY;
      expect(choose([impossible, 1, impossible], {}, 0)).to.equal(1);
      expect(choose([impossible, 1, impossible], {}, 1 - 2 ** -53)).to.equal(1);
    });

    it("equals the algorithm as it is written down", () => {
      const logit = fc.oneof(
        fc.float({ min: -30, max: 30, noNaN: true }),
        fc.integer({ min: -3, max: 3 }),
      );
      fc.assert(
        fc.property(
          fc.array(logit, { minLength: 1, maxLength: 40 }),
          fc.double({ min: 0.05, max: 2, noNaN: true }),
          fc.double({ min: 0.01, max: 1, noNaN: true }),
          fc.integer({ min: 0, max: 45 }),
          fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
          (values, temperature, topP, topK, drawn) => {
            const sampling = { temperature, topP, topK };
            expect(choose(values, sampling, drawn)).to.equal(asWritten(values, sampling, drawn));
          },
        ),
        { seed: 7, numRuns: 2000 },
      );
    });
  });

  for (const [what, logits] of [
    ["no logit", []],
    ["a logit that is no number", [1, Number.NaN]],
    ["an infinite one", [1, Number.POSITIVE_INFINITY]],
    ["impossible ones only", [Number.NEGATIVE_INFINITY]],
  ] as const) {
    it(`chooses nothing of ${what}`, () => {
      expect(choose(logits, {}, 0.5)).to.be.undefined;
    });
  }
});

/** Printed by Python 3.11: `r = random.Random(seed); [r.random() for _ in range(3)]`. */
describe("the generator that draws", () => {
  for (const [seed, expected] of [
    [0, [0.8444218515250481, 0.7579544029403025, 0.420571580830845]],
    [1, [0.13436424411240122, 0.8474337369372327, 0.763774618976614]],
    [42, [0.6394267984578837, 0.025010755222666936, 0.27502931836911926]],
    [2 ** 32 - 1, [0.6353574441341173, 0.20319993954407756, 0.6073666030347188]],
    [2 ** 32, [0.11299430095636409, 0.41782886486292836, 0.0166763664992291]],
    [2 ** 53 - 1, [0.09425040007102303, 0.22287455761867403, 0.19135148760372034]],
  ] as const) {
    it(`is Python's for seed ${seed}`, () => {
      const generator = new random.Random(seed);
      expect(expected.map(() => generator.random())).to.deep.equal(expected);
    });
  }
});

function asWritten(
  values: readonly number[],
  { temperature, topP, topK }: Pick<TokenSampling, "temperature" | "topP" | "topK">,
  drawn: number,
): number | undefined {
  const ordered = Array.from(Float32Array.from(values), (logit, token) => ({ logit, token }))
    .sort((a, b) => b.logit - a.logit || a.token - b.token)
    .slice(0, topK === 0 ? undefined : topK);
  const weights = ordered.map(({ logit }) => Math.exp((logit - ordered[0]!.logit) / temperature));
  const sumOf = (count: number): number => weights.slice(0, count).reduce((a, b) => a + b, 0);
  let kept = 1;
  while (sumOf(kept) < topP * sumOf(weights.length)) kept++;
  let index = 0;
  while (sumOf(index + 1) <= drawn * sumOf(kept)) index++;
  return ordered[index]?.token;
}
