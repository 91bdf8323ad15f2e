import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { id } from "ethers";
import { verifyGroth16 } from "../../../offchain/protocol/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { BASE_FIELD, SCALAR_FIELD, g1, g2, trapdoorKey } from "../../helpers/trapdoorKey.ts";
import {
  BAD,
  CIRCUIT,
  GOOD,
  INPUT,
  TRAPDOOR,
  W,
  deployScenario,
  digestOf,
  prove,
  release,
  signalsOf,
  zkEvidence,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Evidence, Scenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

async function proven() {
  const scenario = await deployed();
  const claim: Claim = {
    release: scenario.releaseId,
    request: id("request"),
    operator: scenario.operator.address,
    input: INPUT,
    output: GOOD,
  };
  const assess = (evidence: Evidence, change: Partial<Claim> = {}) =>
    scenario.router.assess({ ...claim, ...change, evidence: [evidence] });
  const digest = digestOf(scenario.domain, claim);
  return { ...scenario, claim, digest, signals: signalsOf(digest, claim), assess };
}

async function publishCircuit(
  scenario: Omit<Scenario, "claim">,
  change: Partial<typeof CIRCUIT>,
  weights = W,
) {
  const key = trapdoorKey(JSON.stringify(Object.keys(change)));
  const circuit = { ...CIRCUIT, ...change, key: key.key };
  const circuitId = await scenario.circuits.register.staticCall(circuit);
  await scenario.circuits.register(circuit);
  const fresh = release({ publisher: scenario.publisher.address, circuit: circuitId, weights });
  const releaseId = await scenario.models.publish.staticCall(fresh, "");
  await scenario.models.publish(fresh, "");
  return { key, releaseId };
}

describe("Groth16Evidence.verify", () => {
  it("accepts a proof of the statement, however it is randomised", async () => {
    const { assess, signals } = await proven();
    for (const nonce of ["", "again"]) {
      const { kinds, stakeAtRisk } = await assess(
        zkEvidence(signals[0], TRAPDOOR.prove(signals, nonce)),
      );
      expect([kinds, stakeAtRisk]).to.deep.equal([16n, 0n]);
    }
  });

  const elsewhere: [string, (claim: Claim, scenario: Pick<Scenario, "rival">) => Partial<Claim>][] =
    [
      ["input", () => ({ input: BAD.map((it) => it + 1n) })],
      ["output", () => ({ output: BAD })],
      ["request", () => ({ request: id("other") })],
      ["operator", (_, { rival }) => ({ operator: rival.address })],
    ];
  for (const [what, change] of elsewhere) {
    describe(`when the proof is of another ${what}`, () => {
      it("reverts with ProofInvalid", async () => {
        const scenario = await proven();
        const { assess, claim, domain, groth16 } = scenario;
        const other = prove(domain, { ...claim, ...change(claim, scenario) });
        await expect(assess(other)).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      });
    });
  }

  describe("when the proof is of other weights", () => {
    it("reverts with ProofInvalid", async () => {
      const { assess, claim, digest, groth16 } = await proven();
      const signals = signalsOf(digest, claim, { weights: W + 1n });
      await expect(
        assess(zkEvidence(signals[0], TRAPDOOR.prove(signals))),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  describe("when the words were solved from the equation after the challenge was drawn", () => {
    it("reverts with ProofInvalid: the challenge hashes the words", async () => {
      const scenario = await proven();
      const { domain, groth16, assess } = scenario;
      const { key, releaseId } = await publishCircuit(scenario, {
        input: { ...CIRCUIT.input, mode: 1n },
      });
      const honest = { ...scenario.claim, release: releaseId };
      const digest = digestOf(domain, honest);
      const signals = signalsOf(digest, honest);
      const [commitment, z, e] = signals;
      // W + x·z + y·z² = e, solved for the input's commitment x with the output that the forger wants.
      const { Fr } = bn254.fields;
      const rest = Fr.sub(Fr.sub(e, W), Fr.mul(BAD[0]!, Fr.mul(z, z)));
      const forged = { release: releaseId, input: [Fr.div(rest, z)], output: BAD };
      expect(signalsOf(digest, { ...honest, ...forged })).to.deep.equal(signals);

      await assess(zkEvidence(commitment, key.prove(signals)), { release: releaseId });
      await expect(
        assess(zkEvidence(commitment, key.prove(signals)), forged),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  describe("when the proof is of another release with the same weights and circuit", () => {
    it("reverts with ProofInvalid", async () => {
      const scenario = await proven();
      const { assess, claim, domain, models, publisher, circuitId, groth16 } = scenario;
      const twin = release({ publisher: publisher.address, circuit: circuitId, version: "twin" });
      const twinId = await models.publish.staticCall(twin, "");
      await models.publish(twin, "");
      await expect(assess(prove(domain, claim), { release: twinId })).to.be.revertedWithCustomError(
        groth16,
        "ProofInvalid",
      );
    });
  });

  describe("when the proof is under another circuit's key", () => {
    it("reverts with ProofInvalid", async () => {
      const { assess, claim, domain, groth16 } = await proven();
      await expect(
        assess(prove(domain, claim, trapdoorKey("foreign"))),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  describe("when c is not canonical", () => {
    it("reverts with ProofCommitmentNotCanonical", async () => {
      const { assess, signals, groth16 } = await proven();
      const evidence = zkEvidence(signals[0] + SCALAR_FIELD, TRAPDOOR.prove(signals));
      await expect(assess(evidence)).to.be.revertedWithCustomError(
        groth16,
        "ProofCommitmentNotCanonical",
      );
    });
  });

  describe("when c is another claim's", () => {
    it("reverts with ProofInvalid", async () => {
      const { assess, signals, groth16 } = await proven();
      await expect(
        assess(zkEvidence(signals[0] + 1n, TRAPDOOR.prove(signals))),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  for (let at = 0; at < 8; at++) {
    describe(`when coordinate ${String(at)} of the proof is not canonical`, () => {
      it("reverts with ProofCoordinateNotCanonical", async () => {
        const { assess, signals, groth16 } = await proven();
        const proof = TRAPDOOR.prove(signals).map((it, i) => (i === at ? it + BASE_FIELD : it));
        await expect(assess(zkEvidence(signals[0], proof))).to.be.revertedWithCustomError(
          groth16,
          "ProofCoordinateNotCanonical",
        );
      });
    });
  }

  const broken: [string, (proof: readonly bigint[]) => bigint[]][] = [
    ["has A off the curve", ([, ...rest]) => [1n, ...rest]],
    ["has all its points at infinity", () => Array<bigint>(8).fill(0n)],
    ["has another C", (proof) => [...proof.slice(0, 6), ...g1(7n)]],
  ];
  for (const [what, change] of broken) {
    describe(`when the proof ${what}`, () => {
      it("reverts with ProofInvalid", async () => {
        const { assess, signals, groth16 } = await proven();
        await expect(
          assess(zkEvidence(signals[0], change(TRAPDOOR.prove(signals)))),
        ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      });
    });
  }

  it("accepts a proof whose A is the point at infinity where the equation holds, as verifyGroth16 does", async () => {
    const { assess, signals } = await proven();
    const [a, c] = TRAPDOOR.proveAtInfinity(signals);
    for (const b of [g2(5n), [0n, 0n, 0n, 0n]]) {
      const proof = [...a, ...b, ...c];
      expect((await assess(zkEvidence(signals[0], proof))).kinds).to.equal(16n);
      expect(verifyGroth16(TRAPDOOR.key, proof, signals)).to.equal(true);
    }
  });

  describe("when the data has a wrong length", () => {
    it("reverts with ProofLengthInvalid", async () => {
      const { assess, claim, domain, groth16 } = await proven();
      const { kind, data } = prove(domain, claim);
      for (const wrong of ["0x", data.slice(0, -2), `${data}0000`]) {
        await expect(assess({ kind, data: wrong })).to.be.revertedWithCustomError(
          groth16,
          "ProofLengthInvalid",
        );
      }
    });

    it("reverts with BatchPlaceMismatch where there is a byte too many: nine digests and a place", async () => {
      const { assess, claim, domain, groth16 } = await proven();
      const { kind, data } = prove(domain, claim);
      await expect(assess({ kind, data: `${data}00` })).to.be.revertedWithCustomError(
        groth16,
        "BatchPlaceMismatch",
      );
    });
  });

  const words: [string, Partial<Claim>, string][] = [
    ["an input word too many", { input: [...INPUT, 0n] }, "WordCountInvalid"],
    ["an output word too few", { output: [] }, "WordCountInvalid"],
    ["an unused high bit in the input", { input: [INPUT[0]! | (1n << 64n)] }, "WordNotCanonical"],
    ["an unused high bit in the output", { output: [GOOD[0]! | (1n << 32n)] }, "WordNotCanonical"],
    ["an output word plus p", { output: [GOOD[0]! + SCALAR_FIELD] }, "WordNotCanonical"],
  ];
  for (const [what, change, error] of words) {
    describe(`when there is ${what}`, () => {
      it(`reverts with ${error}`, async () => {
        const { assess, claim, domain, groth16 } = await proven();
        const evidence = prove(domain, { ...claim, ...change });
        const library = await connection.ethers.getContractAt("Words", groth16);
        await expect(assess(evidence, change)).to.be.revertedWithCustomError(library, error);
      });
    });
  }

  describe("given an input of two words", () => {
    it("takes no other reading of the first either: no unused bit, no word plus p", async () => {
      const scenario = await proven();
      const { key, releaseId } = await publishCircuit(scenario, {
        input: { ...CIRCUIT.input, elements: 16n },
      });
      const wide = { release: releaseId, input: [2n ** 240n - 1n, 2n ** 16n - 1n] };
      const claim = { ...scenario.claim, ...wide };
      await scenario.assess(prove(scenario.domain, claim, key), wide);
      const library = await connection.ethers.getContractAt("Words", scenario.groth16);
      for (const first of [2n ** 240n, wide.input[0]! + SCALAR_FIELD]) {
        const aliased = { ...wide, input: [first, wide.input[1]!] };
        await expect(
          scenario.assess(prove(scenario.domain, { ...claim, ...aliased }, key), aliased),
        ).to.be.revertedWithCustomError(library, "WordNotCanonical");
      }
    });
  });

  describe("given committed input and output", () => {
    it("takes one field element for each, below p", async () => {
      const scenario = await proven();
      const { groth16 } = scenario;
      const { key, releaseId } = await publishCircuit(scenario, {
        input: { ...CIRCUIT.input, mode: 1n, elements: 1000n },
        output: { ...CIRCUIT.output, mode: 1n },
      });
      const committed = { release: releaseId, input: [SCALAR_FIELD - 1n], output: [7n] };
      const claim = { ...scenario.claim, ...committed };
      await scenario.assess(prove(scenario.domain, claim, key), committed);
      const aliased = { ...committed, input: [2n * SCALAR_FIELD - 1n] };
      const library = await connection.ethers.getContractAt("Words", groth16);
      await expect(
        scenario.assess(prove(scenario.domain, { ...claim, ...aliased }, key), aliased),
      ).to.be.revertedWithCustomError(library, "WordNotCanonical");
    });
  });

  describe("given a circuit with constant weights", () => {
    it("evaluates the words without W", async () => {
      const scenario = await proven();
      const { key, releaseId } = await publishCircuit(scenario, { weights: 1n }, 0n);
      const claim = { ...scenario.claim, release: releaseId };
      const signals = signalsOf(digestOf(scenario.domain, claim), claim, { weights: null });
      await scenario.assess(zkEvidence(signals[0], key.prove(signals)), { release: releaseId });
    });

    it("reverts with ProofInvalid where a word stands in the place of W", async () => {
      const scenario = await proven();
      const { key, releaseId } = await publishCircuit(scenario, { weights: 1n }, 0n);
      const claim = { ...scenario.claim, release: releaseId };
      for (const weights of [0n, W]) {
        const signals = signalsOf(digestOf(scenario.domain, claim), claim, { weights });
        const evidence = zkEvidence(signals[0], key.prove(signals));
        await expect(
          scenario.assess(evidence, { release: releaseId }),
        ).to.be.revertedWithCustomError(scenario.groth16, "ProofInvalid");
      }
    });
  });

  describe("given a circuit with committed weights", () => {
    it("reverts with ProofInvalid where the words are evaluated without W", async () => {
      const { assess, claim, domain, groth16 } = await proven();
      const signals = signalsOf(digestOf(domain, claim), claim, { weights: null });
      const evidence = zkEvidence(signals[0], TRAPDOOR.prove(signals));
      await expect(assess(evidence)).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });
  });

  describe("given a release without a circuit", () => {
    it("leaves it to the verifier of external programs, which knows none", async () => {
      const { assess, claim, domain, models, publisher, external } = await proven();
      const unproven = release({ publisher: publisher.address, weights: 0n });
      const releaseId = await models.publish.staticCall(unproven, "");
      await models.publish(unproven, "");
      await expect(
        assess(prove(domain, claim), { release: releaseId }),
      ).to.be.revertedWithCustomError(external, "ProgramNotDeclared");
    });
  });
});
