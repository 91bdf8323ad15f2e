import { expect } from "chai";
import { AbiCoder, id, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, g1, g2, trapdoorKey } from "../../helpers/trapdoorKey.ts";
import type { G2Words, Key } from "../../helpers/trapdoorKey.ts";
import { CIRCUIT, deployScenario } from "../../helpers/vouchScenario.ts";
import type { Circuit, Encoding } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);
const KEY: Key = trapdoorKey("another").key;
const FRESH: Circuit = { ...CIRCUIT, setup: 0n, key: KEY };
const withKey = (change: Partial<Key>): Circuit => ({ ...FRESH, key: { ...KEY, ...change } });
const withInput = (change: Partial<Encoding>): Circuit => ({
  ...FRESH,
  input: { ...FRESH.input, ...change },
});
const negated = ([x1, x0, y1, y0]: G2Words): G2Words => [x1, x0, BASE_FIELD - y1, BASE_FIELD - y0];
/** On the twist, outside the subgroup of order r: x = 1 + 0i has a square root that is no multiple of the generator. */
const OUTSIDE_SUBGROUP: G2Words = outsideSubgroup();

const ENCODING = "tuple(uint8 mode,uint24 elements,uint8 bits,bool isSigned)";
const KEY_TYPE =
  "tuple(uint256[2] alpha,uint256[4] beta,uint256[4] gamma,uint256[4] delta,uint256[2][] ic)";
const CIRCUIT_TYPE = `tuple(uint8 system,uint8 weights,uint8 setup,${ENCODING} input,${ENCODING} output,bytes32 r1cs,bytes32 transcript,${KEY_TYPE} key)`;

describe("CircuitRegistry.register", () => {
  it("stores a circuit under the hash of all of it", async () => {
    const { circuits, stranger } = await deployed();
    const expected = keccak256(
      AbiCoder.defaultAbiCoder().encode(["bytes32", CIRCUIT_TYPE], [id("vouch.circuit.v1"), FRESH]),
    );
    expect(await circuits.isRegistered(expected)).to.equal(false);
    await expect(circuits.connect(stranger).register(FRESH))
      .to.emit(circuits, "CircuitRegistered")
      .withArgs(expected, stranger.address, (it: unknown) => it !== undefined);
    expect(await circuits.isRegistered(expected)).to.equal(true);
    const stored = await circuits.circuitOf(expected);
    expect(stored.key.beta).to.deep.equal(KEY.beta);
    expect(stored.key.ic).to.deep.equal(KEY.ic);
    expect(stored.r1cs).to.equal(FRESH.r1cs);
    const [input, output] = await circuits.encodingsOf(expected);
    expect([...input]).to.deep.equal(Object.values(FRESH.input));
    expect([...output]).to.deep.equal(Object.values(FRESH.output));
  });

  it("reverts with CircuitAlreadyRegistered the second time", async () => {
    const { circuits, circuitId } = await deployed();
    await expect(circuits.register(CIRCUIT))
      .to.be.revertedWithCustomError(circuits, "CircuitAlreadyRegistered")
      .withArgs(circuitId);
  });

  const refusals: [string, Circuit, string][] = [
    ["has an IC point too few", withKey({ ic: KEY.ic.slice(1) }), "KeyLengthInvalid"],
    ["has an IC point too many", withKey({ ic: [...KEY.ic, g1(5n)] }), "KeyLengthInvalid"],
    ["has alpha off the curve", withKey({ alpha: [1n, 3n] }), "KeyPointNotOnCurve"],
    [
      "has an IC point off the curve",
      withKey({ ic: [...KEY.ic.slice(0, 3), [1n, 3n]] }),
      "KeyPointNotOnCurve",
    ],
    ["has alpha at infinity", withKey({ alpha: [0n, 0n] }), "KeyPointAtInfinity"],
    [
      "has an IC point at infinity",
      withKey({ ic: [KEY.ic[0]!, [0n, 0n], KEY.ic[2]!, KEY.ic[3]!] }),
      "KeyPointAtInfinity",
    ],
    ["has delta at infinity", withKey({ delta: [0n, 0n, 0n, 0n] }), "KeyPointAtInfinity"],
    [
      "has a coordinate of G1 above the base field",
      withKey({ alpha: [KEY.alpha[0] + BASE_FIELD, KEY.alpha[1]] }),
      "KeyCoordinateNotCanonical",
    ],
    [
      "has the other coordinate of G1 above the base field",
      withKey({ alpha: [KEY.alpha[0], KEY.alpha[1] + BASE_FIELD] }),
      "KeyCoordinateNotCanonical",
    ],
    [
      "has a coordinate of G2 above the base field",
      withKey({ beta: [KEY.beta[0] + BASE_FIELD, KEY.beta[1], KEY.beta[2], KEY.beta[3]] }),
      "KeyCoordinateNotCanonical",
    ],
    ["has gamma off the twist", withKey({ gamma: [1n, 2n, 3n, 4n] }), "KeyPointNotInSubgroup"],
    [
      "has gamma outside the subgroup",
      withKey({ gamma: OUTSIDE_SUBGROUP }),
      "KeyPointNotInSubgroup",
    ],
    ["has gamma equal to delta", withKey({ delta: KEY.gamma }), "KeyForgeable"],
    ["has gamma equal to minus delta", withKey({ delta: negated(KEY.gamma) }), "KeyForgeable"],
    ["has beta equal to delta", withKey({ delta: KEY.beta }), "KeyForgeable"],
    ["has beta equal to gamma", withKey({ gamma: KEY.beta }), "KeyForgeable"],
    ["has no elements", withInput({ elements: 0n }), "CircuitEncodingInvalid"],
    ["has no bits", withInput({ bits: 0n }), "CircuitEncodingInvalid"],
    ["has 254 bits", withInput({ bits: 254n }), "CircuitEncodingInvalid"],
    ["has 4096 words", withInput({ elements: 4096n, bits: 253n }), "CircuitEncodingInvalid"],
  ];
  for (const [what, circuit, error] of refusals) {
    describe(`when it ${what}`, () => {
      it(`reverts with ${error}`, async () => {
        const { circuits } = await deployed();
        await expect(
          circuits.register.staticCall(circuit, { gasLimit: 16_000_000n }),
        ).to.be.revertedWithCustomError(circuits, error);
      });
    });
  }

  it("takes a committed tensor of any size and 4095 words of a public one", async () => {
    const { circuits } = await deployed();
    await circuits.register(withInput({ mode: 1n, elements: 2n ** 24n - 1n }));
    await circuits.register(withInput({ elements: 4095n, bits: 253n }));
  });
});

describe("CircuitRegistry.attest", () => {
  async function registered() {
    const scenario = await deployed();
    const circuitId = await scenario.circuits.register.staticCall(FRESH);
    await scenario.circuits.register(FRESH);
    return { ...scenario, fresh: circuitId };
  }

  it("records each verifier once", async () => {
    const { circuits, stranger, fresh } = await registered();
    await expect(circuits.connect(stranger).attest(fresh, FRESH.transcript))
      .to.emit(circuits, "SetupAttested")
      .withArgs(fresh, stranger.address, FRESH.transcript);
    expect(await circuits.isAttestedBy(fresh, stranger)).to.equal(true);
    expect((await circuits.setupOf(fresh)).attestations).to.equal(1n);
    await expect(
      circuits.connect(stranger).attest(fresh, FRESH.transcript),
    ).to.be.revertedWithCustomError(circuits, "SetupAlreadyAttested");
  });

  it("reverts with SetupTranscriptMismatch for another transcript", async () => {
    const { circuits, fresh } = await registered();
    await expect(circuits.attest(fresh, id("other"))).to.be.revertedWithCustomError(
      circuits,
      "SetupTranscriptMismatch",
    );
  });

  it("reverts with SetupIsDevelopment for a development set-up", async () => {
    const { circuits, circuitId } = await deployed();
    await expect(circuits.attest(circuitId, CIRCUIT.transcript)).to.be.revertedWithCustomError(
      circuits,
      "SetupIsDevelopment",
    );
  });

  it("reverts with CircuitNotRegistered for an unknown circuit", async () => {
    const { circuits } = await deployed();
    await expect(circuits.attest(id("none"), CIRCUIT.transcript)).to.be.revertedWithCustomError(
      circuits,
      "CircuitNotRegistered",
    );
  });
});

function outsideSubgroup(): G2Words {
  const p = BASE_FIELD;
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let b = base % p, e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) {
      if (e & 1n) result = (result * b) % p;
    }
    return result;
  };
  const modulo = (it: bigint): bigint => ((it % p) + p) % p;
  const root = (it: bigint): bigint | undefined => {
    const candidate = power(it, (p + 1n) / 4n);
    return (candidate * candidate) % p === modulo(it) ? candidate : undefined;
  };
  const inverse = (it: bigint): bigint => power(it, p - 2n);
  // The twist is y² = x³ + 3/(9 + u); a point of it taken at random is in the subgroup with probability 1/p.
  const scale = inverse(82n);
  const [b0, b1] = [(27n * scale) % p, modulo(-3n * scale)];
  for (let x = 1n; ; x++) {
    const [r0, r1] = [(x ** 3n + b0) % p, b1];
    const norm = root(r0 * r0 + r1 * r1);
    if (norm === undefined) continue;
    for (const sign of [norm, p - norm]) {
      const y0 = root(((r0 + sign) * inverse(2n)) % p);
      if (y0 === undefined || y0 === 0n) continue;
      return [0n, x, modulo(r1 * inverse(2n * y0)), y0];
    }
  }
}

// The generator is what a subgroup check must accept.
describe("CircuitRegistry's subgroup check", () => {
  it("accepts multiples of the generator of G2", async () => {
    const { circuits } = await deployed();
    await circuits.register(withKey({ beta: g2(2n), gamma: g2(1n), delta: g2(3n) }));
  });
});
