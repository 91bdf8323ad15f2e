import type { CommittedCircuit, EncodedCommittedCircuit } from "@vouch/protocol";
import {
  committedCircuitId,
  decodeCommittedCircuit,
  encodeCommittedCircuit,
} from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, ZeroHash, id, keccak256 } from "ethers";
import { registerCommitted } from "../../helpers/committedScenario.ts";
import { committedSecrets, constantSecrets } from "../../helpers/committedSecrets.ts";
import { outsideSubgroup } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, g2 } from "../../helpers/trapdoorKey.ts";
import type { G2Words } from "../../helpers/trapdoorKey.ts";
import { CIRCUIT, deployScenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

const ENCODING = "tuple(uint8 mode,uint24 elements,uint8 bits,bool isSigned)";
const KEY_TYPE =
  "tuple(uint256[2] alpha,uint256[4] beta,uint256[4] gamma,uint256[4] delta,uint256[2][] ic)";
const CIRCUIT_TYPE = `tuple(uint8 system,uint8 weights,uint8 setup,${ENCODING} input,${ENCODING} output,bytes32 r1cs,bytes32 transcript,${KEY_TYPE} key)`;
const WEIGHTS_TYPE = `tuple(bytes32 r1cs,${KEY_TYPE} key,uint256[4] sigma,tuple(uint256[4] inference,uint256[4] weights) link)`;
const COMMITTED_TYPE = `tuple(${CIRCUIT_TYPE} circuit,uint256[4] sigma,${WEIGHTS_TYPE} weights)`;

const SECRETS = committedSecrets("register");
const FRESH: EncodedCommittedCircuit = encodeCommittedCircuit(SECRETS.circuit);
const INFINITY: G2Words = [0n, 0n, 0n, 0n];
const OUTSIDE = outsideSubgroup();
const negated = ([x1, x0, y1, y0]: G2Words): G2Words => [x1, x0, BASE_FIELD - y1, BASE_FIELD - y0];

type Encoded = EncodedCommittedCircuit;
const withKey = (change: Partial<Encoded["circuit"]["key"]>): Encoded => ({
  ...FRESH,
  circuit: { ...FRESH.circuit, key: { ...FRESH.circuit.key, ...change } },
});
const withWeights = (change: Partial<Encoded["weights"]>): Encoded => ({
  ...FRESH,
  weights: { ...FRESH.weights, ...change },
});
const withWeightsKey = (change: Partial<Encoded["weights"]["key"]>): Encoded =>
  withWeights({ key: { ...FRESH.weights.key, ...change } });
const withLink = (change: Partial<Encoded["weights"]["link"]>): Encoded =>
  withWeights({ link: { ...FRESH.weights.link, ...change } });
const aliased = ([x1, ...rest]: G2Words): G2Words => [x1 + BASE_FIELD, ...rest] as G2Words;

describe("CircuitRegistry.registerCommitted", () => {
  it("stores a circuit under the hash of all of it", async () => {
    const { circuits, stranger } = await deployed();
    const expected = keccak256(
      AbiCoder.defaultAbiCoder().encode(
        ["bytes32", COMMITTED_TYPE],
        [id("vouch.circuit.committed.v1"), FRESH],
      ),
    );
    expect(committedCircuitId(SECRETS.circuit)).to.equal(expected);
    await expect(circuits.connect(stranger).registerCommitted(FRESH))
      .to.emit(circuits, "CommittedCircuitRegistered")
      .withArgs(expected, stranger.address, (it: unknown) => it !== undefined);
    expect(await circuits.isRegistered(expected)).to.equal(true);
    const stored = decodeCommittedCircuit(await circuits.committedCircuitOf(expected));
    expect(stored).to.deep.equal(SECRETS.circuit);
    expect((await circuits.circuitOf(expected)).r1cs).to.equal(FRESH.circuit.r1cs);
    const [input, output] = await circuits.encodingsOf(expected);
    expect([...input].map(Number)).to.deep.equal([0, 4, 16, 1]);
    expect([...output].map(Number)).to.deep.equal([0, 1, 32, 1]);
    expect(await circuits.weightsModeOf(expected)).to.equal(0n);
    expect(await circuits.systemOf(expected)).to.equal(1n);
    expect((await circuits.setupOf(expected)).setup).to.equal(1n);
  });

  it("takes a circuit that holds its weights, without a weights circuit", async () => {
    const { circuits } = await deployed();
    const secrets = constantSecrets("constant");
    const circuitId = await registerCommitted({ circuits }, secrets);
    const stored = decodeCommittedCircuit(await circuits.committedCircuitOf(circuitId));
    expect(stored).to.deep.equal(secrets.circuit);
    expect(await circuits.weightsModeOf(circuitId)).to.equal(1n);
  });

  it("takes keys of one phase 1, which share alpha and beta", async () => {
    const { circuits } = await deployed();
    const { alpha, beta } = FRESH.circuit.key;
    await circuits.registerCommitted(withWeightsKey({ alpha, beta }));
  });

  it("changes its id with sigma, with the weights circuit and with the link", () => {
    const { circuit } = SECRETS;
    const weightsCircuit = circuit.weightsCircuit!; // it has one
    const others: CommittedCircuit[] = [
      { ...circuit, key: { ...circuit.key, sigma: g2(7n) } },
      { ...circuit, weightsCircuit: { ...weightsCircuit, r1cs: ZeroHash as `0x${string}` } },
      {
        ...circuit,
        weightsCircuit: { ...weightsCircuit, key: { ...weightsCircuit.key, sigma: g2(7n) } },
      },
      {
        ...circuit,
        weightsCircuit: { ...weightsCircuit, link: { ...weightsCircuit.link, weights: g2(7n) } },
      },
    ];
    const ids = [circuit, ...others].map(committedCircuitId);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it("reverts with CircuitAlreadyRegistered the second time", async () => {
    const { circuits } = await deployed();
    await circuits.registerCommitted(FRESH);
    await expect(circuits.registerCommitted(FRESH))
      .to.be.revertedWithCustomError(circuits, "CircuitAlreadyRegistered")
      .withArgs(committedCircuitId(SECRETS.circuit));
  });

  const { key, link } = FRESH.weights;
  const own = FRESH.circuit.key;
  const refusals: [string, Encoded, string, unknown[]?][] = [
    [
      "is of the plain system",
      { ...FRESH, circuit: { ...FRESH.circuit, system: 0 } },
      "CircuitSystemInvalid",
      [0n],
    ],
    ["has an IC point too few", withKey({ ic: own.ic.slice(1) }), "KeyLengthInvalid"],
    ["has alpha at infinity", withKey({ alpha: [0n, 0n] }), "KeyPointAtInfinity", [0n]],
    ["has delta at infinity", withKey({ delta: INFINITY }), "KeyPointAtInfinity", [3n]],
    ["has sigma at infinity", { ...FRESH, sigma: INFINITY }, "KeyPointAtInfinity", [8n]],
    ["has sigma outside the subgroup", { ...FRESH, sigma: OUTSIDE }, "KeyPointNotInSubgroup", [8n]],
    [
      "has sigma above the base field",
      { ...FRESH, sigma: aliased(FRESH.sigma) },
      "KeyCoordinateNotCanonical",
    ],
    ["has another gamma", withKey({ gamma: g2(2n) }), "KeyGammaNotGenerator", [2n]],
    ["has gamma negated", withKey({ gamma: negated(g2(1n)) }), "KeyGammaNotGenerator", [2n]],
    ["has no weights circuit", { ...FRESH, weights: encodeCommittedCircuit(constantSecrets("x").circuit).weights }, "KeyLengthInvalid", [0n, 4n]], // prettier-ignore
    [
      "has a weights circuit beside constant weights",
      { ...FRESH, circuit: { ...FRESH.circuit, weights: 1 } },
      "WeightsCircuitUnexpected",
    ],
    [
      "has a weights key with an IC point off the curve",
      withWeightsKey({ ic: [[1n, 3n], ...key.ic.slice(1)] }),
      "KeyPointNotOnCurve",
      [13n],
    ],
    [
      "has a weights key of another gamma",
      withWeightsKey({ gamma: g2(2n) }),
      "KeyGammaNotGenerator",
      [11n],
    ],
    ["has no sigma of the weights circuit", withWeights({ sigma: INFINITY }), "KeyPointAtInfinity", [17n]], // prettier-ignore
    ["has a link at infinity", withLink({ inference: INFINITY }), "KeyPointAtInfinity", [18n]],
    ["has the other link at infinity", withLink({ weights: INFINITY }), "KeyPointAtInfinity", [19n]], // prettier-ignore
    ["has a link outside the subgroup", withLink({ weights: OUTSIDE }), "KeyPointNotInSubgroup", [19n]], // prettier-ignore
    ["has a link above the base field", withLink({ inference: aliased(link.inference) }), "KeyCoordinateNotCanonical"], // prettier-ignore
  ];
  const related: [string, Encoded][] = [
    ["gamma equal to delta", withKey({ delta: g2(1n) })],
    ["gamma equal to minus delta", withKey({ delta: negated(g2(1n)) })],
    ["beta equal to delta", withKey({ delta: own.beta })],
    ["sigma equal to gamma", { ...FRESH, sigma: g2(1n) }],
    ["sigma equal to minus gamma", { ...FRESH, sigma: negated(g2(1n)) }],
    ["sigma equal to beta", { ...FRESH, sigma: own.beta }],
    ["sigma equal to delta", { ...FRESH, sigma: own.delta }],
    ["the weights key's delta for sigma", { ...FRESH, sigma: key.delta }],
    ["the weights key's beta for sigma", { ...FRESH, sigma: key.beta }],
    ["its delta for the weights key's", withWeightsKey({ delta: own.delta })],
    ["its sigma for the weights circuit's", withWeights({ sigma: FRESH.sigma })],
    ["its delta for the weights circuit's sigma", withWeights({ sigma: own.delta })],
    ["the weights key's delta for its sigma", withWeights({ sigma: key.delta })],
    ["the same link twice", withLink({ weights: link.inference })],
    ["a link equal to gamma", withLink({ inference: g2(1n) })],
    ["a link equal to minus delta", withLink({ inference: negated(own.delta) })],
    ["a link equal to sigma", withLink({ weights: FRESH.sigma })],
    ["a link equal to the weights circuit's sigma", withLink({ inference: FRESH.weights.sigma })],
    ["a link equal to the weights key's beta", withLink({ weights: key.beta })],
  ];
  const all = [
    ...refusals,
    ...related.map(([what, it]): (typeof refusals)[number] => [`has ${what}`, it, "KeyForgeable"]),
  ];
  for (const [what, circuit, error, args] of all) {
    describe(`when it ${what}`, () => {
      it(`reverts with ${error}`, async () => {
        const { circuits } = await deployed();
        const call = circuits.registerCommitted.staticCall(circuit, { gasLimit: 16_000_000n });
        const refused = expect(call).to.be.revertedWithCustomError(circuits, error);
        await (args === undefined ? refused : refused.withArgs(...args));
      });
    });
  }

  describe("when a circuit that holds its weights has sigma equal to delta", () => {
    it("reverts with KeyForgeable", async () => {
      const { circuits } = await deployed();
      const encoded = encodeCommittedCircuit(constantSecrets("constant").circuit);
      const forged = { ...encoded, sigma: encoded.circuit.key.delta };
      await expect(circuits.registerCommitted.staticCall(forged)).to.be.revertedWithCustomError(
        circuits,
        "KeyForgeable",
      );
    });
  });

  describe("given a plain circuit", () => {
    it("keeps its id, and is refused by its other function where it names the other system", async () => {
      const { circuits, circuitId } = await deployed();
      expect(await circuits.systemOf(circuitId)).to.equal(0n);
      await expect(circuits.register({ ...CIRCUIT, system: 1n, r1cs: id("other") }))
        .to.be.revertedWithCustomError(circuits, "CircuitSystemInvalid")
        .withArgs(1n);
      await expect(circuits.committedCircuitOf(circuitId))
        .to.be.revertedWithCustomError(circuits, "CircuitSystemInvalid")
        .withArgs(0n);
      for (const read of [circuits.systemOf(id("no")), circuits.committedCircuitOf(id("no"))])
        await expect(read).to.be.revertedWithCustomError(circuits, "CircuitNotRegistered");
    });
  });

  it("is attested like any other, by the transcript of all its set-ups", async () => {
    const { circuits, stranger } = await deployed();
    const secrets = committedSecrets("attested", { setup: "unverified" });
    const circuitId = await registerCommitted({ circuits }, secrets);
    await circuits.connect(stranger).attest(circuitId, secrets.circuit.transcript);
    expect(await circuits.isAttestedBy(circuitId, stranger)).to.equal(true);
    expect((await circuits.setupOf(circuitId)).attestations).to.equal(1n);
  });

  it("is no segment: reverts with SegmentSystemInvalid in a list, wherever it stands", async () => {
    const { circuits, circuitId } = await deployed();
    const committed = await registerCommitted({ circuits }, SECRETS);
    for (const [list, at] of [
      [[committed, circuitId], 0n],
      [[circuitId, committed], 1n],
    ] as const) {
      await expect(circuits.registerSegments([...list]))
        .to.be.revertedWithCustomError(circuits, "SegmentSystemInvalid")
        .withArgs(at);
    }
  });
});
