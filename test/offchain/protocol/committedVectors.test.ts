import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  committedChallenge,
  evaluateWords,
  verifyCommitted,
  verifyWeightsRegistration,
  weightsChallenge,
} from "@vouch/protocol";
import type { CircuitId, CommittedKey, Hex } from "@vouch/protocol";
import { expect } from "chai";

type Words = readonly string[];
type KeyJson = Record<"alpha" | "beta" | "gamma" | "delta" | "sigma", Words> & { ic: Words[] };
type Vectors = {
  key: KeyJson;
  weightsKey: KeyJson;
  linkKey: Record<"inference" | "weights", Words>;
  claims: { name: string; weights: Words; digest: Hex; v: Words; proof: Words; signals: Words }[];
  registration: { circuit: CircuitId; commitment: string } & Record<
    "weights" | "registered" | "link" | "proof" | "signals",
    Words
  >;
};

const FILE = join(import.meta.dirname, "../../vectors/committed.json");
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
const big = (words: Words): bigint[] => words.map(BigInt);

/** The contracts' tests read the same file. */
describe("vectors/committed.json", () => {
  const key = keyOf(vectors.key);

  for (const { name, digest, ...words } of vectors.claims) {
    it(`holds a proof that still verifies: ${name}`, () => {
      const [weights, v, proof] = [big(words.weights), big(words.v), big(words.proof)];
      const { z, b } = committedChallenge(weights, proof.slice(8, 10), digest);
      expect([z, b, evaluateWords(v, z)]).to.deep.equal(big(words.signals));
      expect(verifyCommitted(key, proof, { weights, digest, v })).to.be.true;
    });
  }

  it("holds a registration of weights that still verifies", () => {
    const { circuit, commitment, ...words } = vectors.registration;
    const registration = {
      weights: big(words.weights),
      registered: big(words.registered),
      link: big(words.link),
      proof: big(words.proof),
    };
    const points = { ...registration, advice: registration.proof.slice(8, 10) };
    const { z, b } = weightsChallenge(circuit, points, BigInt(commitment));
    expect([z, b, BigInt(commitment)]).to.deep.equal(big(words.signals));

    const { inference, weights } = vectors.linkKey;
    const link = { inference: big(inference), weights: big(weights) };
    const keys = { inference: key, weights: keyOf(vectors.weightsKey), link };
    expect(verifyWeightsRegistration(keys, circuit, BigInt(commitment), registration)).to.be.true;
  });
});

function keyOf({ ic, ...points }: KeyJson): CommittedKey {
  return {
    alpha: big(points.alpha),
    beta: big(points.beta),
    gamma: big(points.gamma),
    delta: big(points.delta),
    sigma: big(points.sigma),
    ic: ic.map(big),
  };
}
