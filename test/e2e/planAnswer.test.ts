import type { CircuitId, Hex, Policy, Requirement } from "@vouch/protocol";
import {
  encodePolicy,
  findContractError,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import type { DefenceFacts, EvidenceFacts, Judge, Producible } from "@vouch/worker";
import { predictJudge } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";
import { connection } from "../helpers/deployVouch.ts";
import type { DisputeScenario } from "../helpers/disputeScenario.ts";
import { deployDisputes } from "../helpers/disputeScenario.ts";
import { CIRCUIT, ETHER, GOOD, NOTHING, prove, release, sign } from "../helpers/vouchScenario.ts";

const DAY = 86_400;
const DEEP = process.env["VOUCH_DEEP"] === "1";
const SUBSETS: readonly (readonly Producible[])[] = [
  [],
  ["signature"],
  ["zk"],
  ["signature", "zk"],
];

describe("predictJudge", function () {
  this.timeout(600_000);

  if (!DEEP)
    process.stderr.write(
      "\n  NOT TRIED: predictJudge of attested set-ups: it takes VOUCH_DEEP=1.\n",
    );
  for (const [what, setup, runtime] of [
    ["a development set-up", 1n, "bitExact"],
    ...(DEEP
      ? ([
          ["an attested set-up", 0n, "bitExact"],
          ["an attested set-up and runs that may differ", 0n, "tolerant"],
        ] as const)
      : []),
  ] as const) {
    describe(`given a release with ${what}`, () => {
      it("says of every policy what the router does", async () => {
        const scenario = await deployDisputes();
        const { router, operator, params, publisher } = scenario;
        const { circuit, releaseId } = await publishOther(scenario, setup, runtime);
        const request = id("request");
        const terms = { ...(await params()), release: releaseId };
        const claim = scenario.claim(request, terms);
        const evidence = {
          signature: await sign(operator, scenario.domain, claim),
          zk: prove(scenario.domain, claim),
        };
        const verifier = publisher.address.toLowerCase() as Hex;
        const facts: EvidenceFacts = {
          circuit: {
            id: circuit,
            circuit: { setup: setup === 1n ? "development" : "unverified" },
            isAttestedBy: (it) => Promise.resolve(setup === 0n && it === verifier),
          },
          enclave: () => Promise.resolve({ reason: "it runs in no enclave" }),
        };
        const defence: Omit<DefenceFacts, "refusal"> = {
          runtime,
          maxWindow: Number(await router.MAX_WINDOW()),
          hasPanels: true,
        };
        const ask = async (policy: Policy, kinds: readonly Producible[]): Promise<Found> => {
          const shown = kinds.flatMap((it) => (it === "tee" ? [] : [evidence[it]]));
          const encoded = { ...terms, policy: encodePolicy(policy) };
          try {
            const { window, judgeK, judgeN } = await router.assessFulfilment(
              operator,
              ETHER,
              request,
              encoded,
              GOOD,
              shown,
            );
            return [Number(window), Number(judgeK), Number(judgeN)];
          } catch (error) {
            if (findContractError(error)?.name !== "PolicyNotMet") throw error;
            return "unmet";
          }
        };

        const seen = { atOnce: 0, proof: 0, panel: 0, unmet: 0 };
        await fc.assert(
          fc.asyncProperty(policies(circuit, verifier), async (policy) => {
            for (const kinds of SUBSETS) {
              const judge = await predictJudge(policy, new Set(kinds), facts, defence);
              expect(found(judge)).to.deep.equal(await ask(policy, kinds));
              if (judge === undefined) seen.atOnce += 1;
              else if (judge === "unmet") seen.unmet += 1;
              else seen[judge.by] += 1;
            }
          }),
          { seed: 60, numRuns: DEEP ? 3_000 : 100 },
        );
        // A property that meets one outcome alone says little.
        const expected = runtime === "bitExact" ? Object.keys(seen) : ["atOnce", "proof", "unmet"];
        expect(
          Object.entries(seen)
            .filter(([, count]) => count > 5)
            .map(([it]) => it),
        ).to.deep.equal(expected);
      });
    });
  }
});

type Found = readonly [window: number, k: number, n: number] | "unmet";

function found(judge: Judge | undefined | "unmet"): Found {
  if (judge === "unmet") return judge;
  if (judge === undefined) return [0, 0, 0];
  return judge.by === "proof" ? [judge.window, 0, 0] : [judge.window, judge.k, judge.n];
}

/** Conjunctions of up to three clauses of up to three alternatives, some of which no router takes. */
function policies(circuit: CircuitId, verifier: Hex): fc.Arbitrary<Policy> {
  const proofs: readonly Requirement[] = [
    requireZk("any"),
    requireZk("any", circuit),
    requireZk("any", id("another circuit") as CircuitId),
    requireZk("pinned", circuit),
    requireZk("attested", verifier),
    { ...requireZk("any"), params: 3n, pin: circuit },
    { ...requireZk("any"), params: 4n },
  ];
  const windows = [1, DAY, 2 * DAY, 5 * DAY, 5 * DAY + 1, 2 ** 40 - 1];
  const byProof = fc
    .tuple(fc.constantFrom(...windows), fc.constantFrom(...proofs))
    .map(([window, zk]) => requireOptimistic(window, zk));
  const byPanel = fc
    .tuple(
      fc.constantFrom(...windows),
      fc.constantFrom([2, 3], [3, 5], [4, 5], [3, 3], [1, 2], [4, 3], [9, 17]),
    )
    .map(([window, [k = 0, n = 0]]) => requireOptimisticByQuorum(window, k, n));
  const odd = fc
    .tuple(byPanel, fc.constantFrom(1n << 40n, 0n), fc.constantFrom(circuit, undefined))
    .map(([it, trust, pin]) => ({ ...it, params: it.params | trust, pin: pin ?? it.pin }));
  const requirement = fc.oneof(
    { weight: 2, arbitrary: fc.constant(requireSignature()) },
    fc.constantFrom({ ...requireSignature(), params: 1n }, requireQuorum(2, 3)),
    fc.constant({ ...requireOptimistic(DAY, requireZk("any")), params: 2n << 40n }),
    { weight: 2, arbitrary: fc.constantFrom(...proofs) },
    { weight: 4, arbitrary: byProof },
    { weight: 4, arbitrary: byPanel },
    odd,
  );
  const clause = fc.array(requirement, { minLength: 1, maxLength: 3 });
  return fc
    .array(clause, { minLength: 1, maxLength: 3 })
    .map((clauses) => ({ allOf: clauses.map((anyOf) => ({ anyOf })), minStake: 0n }));
}

/** A circuit of the scenario's key with another set-up, attested by the publisher where that can be, and a release of it. */
async function publishOther(
  { circuits, models, publisher }: DisputeScenario,
  setup: bigint,
  runtime: DefenceFacts["runtime"],
): Promise<{ readonly circuit: CircuitId; readonly releaseId: string }> {
  const described = { ...CIRCUIT, setup, r1cs: id(`r1cs of ${setup}`) };
  const circuit = (await circuits.register.staticCall(described)) as CircuitId;
  await circuits.register(described);
  if (setup === 0n) await circuits.connect(publisher).attest(circuit, described.transcript);
  const published = release({
    publisher: publisher.address,
    circuit,
    runtime: runtime === "bitExact" ? 0n : 1n,
    floor: NOTHING,
  });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  await connection.networkHelpers.mine();
  return { circuit, releaseId };
}
