import type { CircuitId, WeightsRegistration } from "@vouch/protocol";
import {
  encodeWeightsRegistration,
  verifyCommittedSignals,
  verifyWeightsRegistration,
  weightsChallenge,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { CommittedSecrets } from "../../helpers/committedSecrets.ts";
import { registerCommitted } from "../../helpers/committedScenario.ts";
import {
  committedSecrets,
  constantSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../helpers/committedSecrets.ts";
import { trapdoorRegistration } from "../../helpers/committedTrapdoor.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, SCALAR_FIELD, g1 } from "../../helpers/trapdoorKey.ts";
import type { Scenario } from "../../helpers/vouchScenario.ts";
import { W, deployScenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

const SECRETS = committedSecrets("weights");
const OTHER = committedSecrets("other weights");
const D_W = weightsSecretOf("ours");

type World = Scenario & {
  readonly fresh: CircuitId;
  readonly other: CircuitId;
  readonly constant: CircuitId;
};

async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const ids = [];
  for (const it of [SECRETS, OTHER, constantSecrets("constant weights")])
    ids.push(await registerCommitted(scenario, it));
  const [fresh, other, constant] = ids as [CircuitId, CircuitId, CircuitId];
  return { ...scenario, fresh, other, constant };
}
const deployed = (): Promise<World> => networkHelpers.loadFixture(deployWorld);

const shownTo = (circuit: string, secrets: CommittedSecrets = SECRETS): WeightsRegistration =>
  registrationOf(secrets, circuit, W, D_W);

/** What the off-chain verifier says of the same bytes. */
function holdsOffChain(circuit: CircuitId, weights: bigint, shown: WeightsRegistration): boolean {
  const { circuit: inference } = SECRETS;
  const keys = {
    inference: inference.key,
    weights: SECRETS.weights.key,
    link: SECRETS.link.link,
  };
  return verifyWeightsRegistration(keys, circuit, weights, shown);
}

/** Puts two words at a place of the proof. */
const inProof = (
  shown: WeightsRegistration,
  at: number,
  words: readonly bigint[],
): WeightsRegistration => ({
  ...shown,
  proof: shown.proof.map((it, i) => words[i - at] ?? it),
});
const negated = ([x = 0n, y = 0n]: readonly bigint[]): bigint[] => [x, BASE_FIELD - y];

describe("CircuitRegistry.registerWeights", () => {
  it("stores the point that was shown, whoever shows it", async () => {
    const { circuits, stranger, fresh } = await deployed();
    const shown = shownTo(fresh);
    expect(holdsOffChain(fresh, W, shown)).to.equal(true);
    expect(await circuits.weightsPointOf(fresh, W)).to.deep.equal([0n, 0n]);
    await expect(
      circuits.connect(stranger).registerWeights(fresh, W, encodeWeightsRegistration(shown)),
    )
      .to.emit(circuits, "WeightsRegistered")
      .withArgs(fresh, W, Object.values(encodeWeightsRegistration(shown)));
    expect(await circuits.weightsPointOf(fresh, W)).to.deep.equal(g1(D_W));
    expect(await circuits.weightsPointOf(fresh, W + 1n)).to.deep.equal([0n, 0n]);
  });

  it("keeps the first: reverts with WeightsAlreadyRegistered for any other", async () => {
    const { circuits, fresh } = await deployed();
    await circuits.registerWeights(fresh, W, encodeWeightsRegistration(shownTo(fresh)));
    const later = registrationOf(SECRETS, fresh, W, weightsSecretOf("blinded anew"));
    expect(holdsOffChain(fresh, W, later)).to.equal(true);
    await expect(circuits.registerWeights(fresh, W, encodeWeightsRegistration(later)))
      .to.be.revertedWithCustomError(circuits, "WeightsAlreadyRegistered")
      .withArgs(fresh, W);
    expect(await circuits.weightsPointOf(fresh, W)).to.deep.equal(g1(D_W));
  });

  it("keeps each circuit's and each commitment's apart", async () => {
    const { circuits, fresh, other } = await deployed();
    for (const [secrets, circuit, weights] of [
      [SECRETS, fresh, W],
      [SECRETS, fresh, W + 1n],
      [OTHER, other, W],
    ] as const) {
      const secret = weightsSecretOf(`${circuit} ${String(weights)}`);
      const shown = registrationOf(secrets, circuit, weights, secret);
      await circuits.registerWeights(circuit, weights, encodeWeightsRegistration(shown));
      expect(await circuits.weightsPointOf(circuit, weights)).to.deep.equal(g1(secret));
    }
  });

  it("reverts where the circuit registers no weights", async () => {
    const { circuits, fresh, constant, circuitId } = await deployed();
    const shown = encodeWeightsRegistration(shownTo(fresh));
    for (const [circuit, error] of [
      [id("nothing"), "CircuitNotRegistered"],
      [circuitId, "CircuitWithoutWeights"],
      [constant, "CircuitWithoutWeights"],
    ] as const) {
      await expect(circuits.registerWeights(circuit, W, shown))
        .to.be.revertedWithCustomError(circuits, error)
        .withArgs(circuit);
    }
  });

  it("reverts with WeightsNotCanonical for a commitment plus p", async () => {
    const { circuits, fresh } = await deployed();
    const shown = encodeWeightsRegistration(shownTo(fresh));
    await expect(circuits.registerWeights(fresh, W + SCALAR_FIELD, shown))
      .to.be.revertedWithCustomError(circuits, "WeightsNotCanonical")
      .withArgs(W + SCALAR_FIELD);
  });

  const places = [
    ...Array.from({ length: 12 }, (_, i): ["proof", number] => ["proof", i]),
    ...(["weights", "registered", "link"] as const).flatMap((it) =>
      [0, 1].map((i): [typeof it, number] => [it, i]),
    ),
  ];
  it("reverts with ProofCoordinateNotCanonical where any coordinate is not below the field", async () => {
    const { circuits, fresh } = await deployed();
    const library = await connection.ethers.getContractAt("Groth16", circuits);
    const shown = shownTo(fresh);
    for (const [member, at] of places) {
      const word = shown[member][at]! + BASE_FIELD;
      const words = shown[member].map((it, i) => (i === at ? word : it));
      const aliased = encodeWeightsRegistration({ ...shown, [member]: words });
      await expect(circuits.registerWeights(fresh, W, aliased))
        .to.be.revertedWithCustomError(library, "ProofCoordinateNotCanonical")
        .withArgs(word);
    }
  });

  it("reverts with WeightsPointAtInfinity where a commitment is none", async () => {
    const { circuits, fresh } = await deployed();
    const library = await connection.ethers.getContractAt("WeightsProof", circuits);
    const shown = shownTo(fresh);
    const none = [0n, 0n];
    for (const [it, point] of [
      [{ ...shown, weights: none }, 0n],
      [{ ...shown, registered: none }, 1n],
      [inProof(shown, 8, none), 2n],
    ] as const) {
      await expect(circuits.registerWeights(fresh, W, encodeWeightsRegistration(it)))
        .to.be.revertedWithCustomError(library, "WeightsPointAtInfinity")
        .withArgs(point);
    }
  });

  /** Registrations that one equation or another refuses, each of which would hold without it. */
  const forged: [string, (world: World) => [WeightsRegistration, bigint?]][] = [
    ["is of another W", ({ fresh }) => [registrationOf(SECRETS, fresh, W + 1n, D_W)]],
    [
      "was shown for another circuit with the same keys",
      ({ other }) => [registrationOf(SECRETS, other, W, D_W)],
    ],
    ["is under another circuit's weights key", ({ fresh }) => [shownTo(fresh, OTHER)]],
    [
      "opens to other weights than the weights circuit proved: D_W without its link",
      ({ fresh }) => {
        const secrets = { weights: D_W, registered: weightsSecretOf("registered") };
        const honest = trapdoorRegistration(SECRETS.weights, SECRETS.link, fresh, W, {
          ...secrets,
          weights: D_W + 1n,
        });
        // Everything proven for another D_W's challenge, whose link is that of D_W + G.
        const claimed = trapdoorRegistration(SECRETS.weights, SECRETS.link, fresh, W, secrets);
        return [{ ...claimed, link: honest.link }];
      },
    ],
    [
      "has a D_W that was chosen after the challenge, linked to it",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        const later = weightsSecretOf("chosen later");
        const secrets = { weights: later, registered: weightsSecretOf("registered") };
        return [{ ...honest, weights: g1(later), link: SECRETS.link.prove(secrets) }];
      },
    ],
    [
      "has a D_R that was chosen after the challenge, linked to it",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        const registered = weightsSecretOf("registered later");
        const signals = signalsOf(fresh, honest);
        const advice = weightsSecretOf("advice");
        const proof = SECRETS.weights.proveSignals(signals, registered, { advice });
        const link = SECRETS.link.prove({ weights: D_W, registered });
        expect(
          verifyCommittedSignals(SECRETS.weights.key, proof, g1(registered), signals),
        ).to.equal(true);
        return [{ weights: honest.weights, registered: g1(registered), link, proof }];
      },
    ],
    [
      "has a D_M that was chosen after the challenge",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        const signals = signalsOf(fresh, honest);
        const advice = weightsSecretOf("advice later");
        const registered = weightsSecretOf("registered");
        const proof = SECRETS.weights.proveSignals(signals, registered, { advice });
        expect(
          verifyCommittedSignals(SECRETS.weights.key, proof, g1(registered), signals),
        ).to.equal(true);
        return [{ ...honest, proof }];
      },
    ],
    [
      "has a D_M whose opening nobody knows",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        const knowledge = weightsSecretOf("no multiple of sigma");
        return [inProof(honest, 10, g1(knowledge))];
      },
    ],
    ["has Q_M at infinity", ({ fresh }) => [inProof(shownTo(fresh), 10, [0n, 0n])]],
    ["has L at infinity", ({ fresh }) => [{ ...shownTo(fresh), link: [0n, 0n] }]],
    [
      "has Q_M and L negated",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        const link = negated(honest.link);
        return [{ ...inProof(honest, 10, negated(honest.proof.slice(10))), link }];
      },
    ],
    [
      "has Q_M and L swapped",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        return [{ ...inProof(honest, 10, honest.link), link: honest.proof.slice(10) }];
      },
    ],
    [
      "has D_W and D_R swapped",
      ({ fresh }) => {
        const honest = shownTo(fresh);
        return [{ ...honest, weights: honest.registered, registered: honest.weights }];
      },
    ],
    ["has A negated", ({ fresh }) => [inProof(shownTo(fresh), 0, negated(shownTo(fresh).proof))]],
    ["has A off the curve", ({ fresh }) => [inProof(shownTo(fresh), 0, [1n, 3n])]],
    ["has C off the curve", ({ fresh }) => [inProof(shownTo(fresh), 6, [1n, 3n])]],
    ["has D_M off the curve", ({ fresh }) => [inProof(shownTo(fresh), 8, [1n, 3n])]],
    ["has Q_M off the curve", ({ fresh }) => [inProof(shownTo(fresh), 10, [1n, 3n])]],
    ["has D_W off the curve", ({ fresh }) => [{ ...shownTo(fresh), weights: [1n, 3n] }]],
    ["has D_R off the curve", ({ fresh }) => [{ ...shownTo(fresh), registered: [1n, 3n] }]],
    ["has L off the curve", ({ fresh }) => [{ ...shownTo(fresh), link: [1n, 3n] }]],
  ];
  for (const [what, forge] of forged) {
    describe(`when the registration ${what}`, () => {
      it("reverts with WeightsProofInvalid, and off-chain it is refused too", async () => {
        const world = await deployed();
        const { circuits, fresh } = world;
        const [shown] = forge(world);
        await expect(
          circuits.registerWeights(fresh, W, encodeWeightsRegistration(shown)),
        ).to.be.revertedWithCustomError(circuits, "WeightsProofInvalid");
        expect(holdsOffChain(fresh, W, shown)).to.equal(false);
      });
    });
  }
});

/** Public signals of an honest registration. */
function signalsOf(circuit: CircuitId, shown: WeightsRegistration): readonly bigint[] {
  const points = { ...shown, advice: shown.proof.slice(8, 10) };
  const { z, b } = weightsChallenge(circuit, points, W);
  return [z, b, W];
}
