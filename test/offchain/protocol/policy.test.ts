import type { CircuitId, Hex, Policy, Requirement } from "@vouch/protocol";
import {
  allOf,
  describePolicy,
  encodePolicy,
  EVIDENCE_KINDS,
  evidenceKindIndex,
  findUnmetClause,
  NO_FLOOR,
  parseAddress,
  parseBytes32,
  parseCircuitId,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { id as hashText, ZeroHash, zeroPadValue } from "ethers";
import fc from "fast-check";
import { connection } from "../../helpers/deployVouch.ts";
import {
  CIRCUIT,
  deployScenario,
  DEVELOPMENT_SETUP,
  release,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const UNRELATED = parseCircuitId(hashText("unrelated"));

/** Beside the scenario's development set-up, a circuit whose set-up `stranger` has attested. */
async function deployBoth() {
  const scenario = await deployScenario();
  const { circuits, models, publisher, stranger } = scenario;
  const attestable = { ...CIRCUIT, setup: 0n };
  const circuit = parseCircuitId(await circuits.register.staticCall(attestable));
  await circuits.register(attestable);
  await circuits.connect(stranger).attest(circuit, attestable.transcript);
  const published = release({ publisher: publisher.address, circuit });
  const attested = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const development = parseCircuitId(scenario.circuitId);
  return {
    ...scenario,
    releases: [
      { release: scenario.releaseId, circuit: development, development: true },
      { release: attested, circuit, development: false },
    ] as const,
  };
}

type Releases = Awaited<ReturnType<typeof deployBoth>>["releases"];

/** Policies near the edges of every rule: each pin under each trust, kinds and parameters that nobody knows. */
function policiesOf(releases: Releases, verifier: Hex): fc.Arbitrary<Policy> {
  const circuits = releases.map(({ circuit }) => circuit);
  const nothing = parseBytes32(ZeroHash);
  const padded = parseBytes32(zeroPadValue(verifier, 32));
  const requirement: fc.Arbitrary<Requirement> = fc.oneof(
    fc.constantFrom(requireSignature(), requireZk("attested", verifier)),
    fc.record({
      kind: fc.constant("zk" as const),
      params: fc.constantFrom(1n, 2n, 3n, 2n ** 64n - 1n),
      pin: fc.constantFrom(nothing, padded, UNRELATED, ...circuits),
    }),
    // A pin under `attested` that is no address.
    fc.constantFrom({ kind: "zk" as const, params: 0n, pin: UNRELATED }),
    fc.record({
      kind: fc.constantFrom(...EVIDENCE_KINDS.filter((kind) => kind !== "zk")),
      params: fc.constantFrom(0n, 1n),
      pin: fc.constantFrom(nothing, UNRELATED),
    }),
  );
  const clause = fc.record({ anyOf: fc.array(requirement, { minLength: 1, maxLength: 3 }) });
  return fc.record({
    allOf: fc.array(clause, { minLength: 1, maxLength: 3 }),
    minStake: fc.constant(0n),
  });
}

describe("findUnmetClause", () => {
  it("decides as the router does, for the attestations that there are", async () => {
    const { router, releases, stranger } = await networkHelpers.loadFixture(deployBoth);
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        policiesOf(releases, parseAddress(stranger.address)),
        fc.subarray(["signature", "zk"] as const),
        fc.constantFrom(...releases),
        async (policy, kinds, { release: id, circuit, development }) => {
          const found = findUnmetClause(policy, kinds, { circuit, development });
          const assurance = {
            kinds: kinds.reduce((bits, kind) => bits | (1n << BigInt(evidenceKindIndex(kind))), 0n),
            flags: kinds.includes("zk") && development ? DEVELOPMENT_SETUP : 0n,
            ...{ quorumK: 0n, quorumN: 0n, minTcb: 0n, tolerance: 0n, window: 0n, stakeAtRisk: 0n },
          };
          const asked = router.requireAssurance(encodePolicy(policy), assurance, id);
          outcomes.add(found === undefined ? "met" : `unmet ${found}`);
          if (found === undefined) await asked;
          else
            await expect(asked)
              .to.be.revertedWithCustomError(router, "PolicyNotMet")
              .withArgs(found, Object.values(assurance));
        },
      ),
      { seed: 40, numRuns: 300 },
    );
    expect([...outcomes].sort()).to.deep.equal(["met", "unmet 0", "unmet 1", "unmet 2"]);
  }).timeout(60_000);

  it("never takes a development set-up for an attested or a pinned one", () => {
    const circuit: CircuitId = UNRELATED;
    const verifier = parseAddress(`0x${"11".repeat(20)}`);
    for (const requirement of [requireZk("attested", verifier), requireZk("pinned", circuit)]) {
      const policy = allOf([requirement]);
      expect(findUnmetClause(policy, ["zk"], { circuit, development: true })).to.equal(0);
      expect(findUnmetClause(policy, ["zk"], { circuit, development: false })).to.be.undefined;
      expect(findUnmetClause(policy, ["zk"], undefined)).to.equal(0);
    }
  });

  it("finds nothing in a policy without clauses, and an empty clause in any other", () => {
    expect(findUnmetClause(NO_FLOOR, [], undefined)).to.be.undefined;
    const impossible = { allOf: [{ anyOf: [] }], minStake: 0n };
    expect(findUnmetClause(impossible, ["signature", "zk"], undefined)).to.equal(0);
  });
});

describe("describePolicy", () => {
  it("says what each clause demands", () => {
    const verifier = parseAddress(`0x${"11".repeat(20)}`);
    const either = { anyOf: [requireSignature(), requireZk("any")] };
    const strict = { anyOf: [requireZk("attested", verifier)] };
    expect(describePolicy({ allOf: [either, strict], minStake: 5n })).to.equal(
      `(signature or zk) and zk under a set-up that ${verifier} attested and 5 wei of stake at risk`,
    );
    expect(describePolicy(allOf([requireZk("pinned", UNRELATED)]))).to.equal(
      `zk under circuit ${UNRELATED}, not a development set-up`,
    );
    expect(describePolicy(allOf([requireZk("any", UNRELATED)]))).to.equal(
      `zk under circuit ${UNRELATED}`,
    );
    expect(describePolicy(NO_FLOOR)).to.equal("nothing");
    const impossible = { allOf: [{ anyOf: [] }], minStake: 0n };
    expect(describePolicy(impossible)).to.equal("the impossible");
    const later = allOf([{ ...requireZk("any"), params: 9n }]);
    expect(describePolicy(later)).to.equal("zk with the unknown parameter 9");
  });
});
