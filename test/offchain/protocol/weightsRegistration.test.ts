import { SCALAR_FIELD, verifyWeightsRegistration } from "@vouch/protocol";
import type { CircuitId, RegistrationKeys, WeightsRegistration } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import {
  committedTrapdoor,
  linkTrapdoor,
  trapdoorRegistration,
} from "../../helpers/committedTrapdoor.ts";
import { g1, g2 } from "../../helpers/trapdoorKey.ts";

const inference = committedTrapdoor("weightsRegistration.test/inference");
const weights = committedTrapdoor("weightsRegistration.test/weights");
const link = linkTrapdoor("weightsRegistration.test/link");
const keys: RegistrationKeys = { inference: inference.key, weights: weights.key, link: link.link };
const circuit = id("circuit") as CircuitId;
const W = 123_456_789n;
const registration = trapdoorRegistration(weights, link, circuit, W, {
  weights: 5n,
  registered: 7n,
});

const accepts = (changed: Partial<WeightsRegistration>, commitment = W, of = circuit): boolean =>
  verifyWeightsRegistration(keys, of, commitment, { ...registration, ...changed });

describe("verifyWeightsRegistration", () => {
  it("accepts a registration", () => {
    expect(accepts({})).to.be.true;
  });

  it("refuses it for another circuit, another W, and W in another form", () => {
    expect(accepts({}, W, id("another circuit") as CircuitId)).to.be.false;
    expect(accepts({}, W + 1n)).to.be.false;
    expect(accepts({}, W + SCALAR_FIELD)).to.be.false;
  });

  it("refuses each of its points exchanged, or at infinity", () => {
    for (const name of ["weights", "registered", "link"] as const)
      for (const point of [g1(9n), [0n, 0n]])
        expect(accepts({ [name]: point }), `${name} ${String(point)}`).to.be.false;
  });

  it("refuses each point of the proof changed", () => {
    for (const i of [0, 3, 7, 8, 10])
      expect(accepts({ proof: registration.proof.with(i, registration.proof[i]! ^ 1n) }), String(i)).to.be.false; // prettier-ignore
  });

  it("refuses a link made for other points", () => {
    expect(accepts({ link: link.prove({ weights: 7n, registered: 5n }) })).to.be.false;
  });

  describe("given a link under which anyone forges", () => {
    const { key } = inference;
    const bad = {
      "both secrets are equal": { inference: g2(3n), weights: g2(3n) },
      "they are equal up to sign": { inference: g2(3n), weights: g2(SCALAR_FIELD - 3n) },
      "one is at infinity": { inference: [0n, 0n, 0n, 0n], weights: g2(3n) },
      "one is the generator": { inference: g2(1n), weights: g2(3n) },
      "one is a key's delta": { inference: key.delta, weights: g2(3n) },
      "one is a key's sigma": { inference: g2(3n), weights: weights.key.sigma },
      "one is a key's beta": { inference: weights.key.beta, weights: g2(3n) },
    };
    for (const [name, forgeable] of Object.entries(bad)) {
      it(`refuses it: ${name}`, () => {
        const verify = (): boolean =>
          verifyWeightsRegistration({ ...keys, link: forgeable }, circuit, W, registration);
        expect(codeOf(verify)).to.equal("KEY_INVALID");
      });
    }

    it("refuses two keys of one sigma", () => {
      const shared = { ...keys, inference: { ...key, sigma: weights.key.sigma } };
      const verify = (): boolean => verifyWeightsRegistration(shared, circuit, W, registration);
      expect(codeOf(verify)).to.equal("KEY_INVALID");
    });
  });
});
