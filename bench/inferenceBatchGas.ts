// Gas of B requests of one release that one proof settles: `recordBatch`, then `fulfilMany` with each one's place among the digests,
// for each inference; beside `fulfilMany` of B proofs of one inference each, which are verified together. Plain Groth16, one word of
// input and one of output. Prints JSON.
//
//   npm run bench:inference-batch-gas
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import type { Family } from "../test/helpers/familyScenario.ts";
import {
  bare,
  batchEvidence,
  digestsOf,
  proveBatch,
  registerFamily,
} from "../test/helpers/familyScenario.ts";
import type { Claim, Evidence, Params } from "../test/helpers/vouchScenario.ts";
import {
  all,
  ETHER,
  GOOD,
  prove,
  release,
  scenarioOn,
  W,
  zk,
} from "../test/helpers/vouchScenario.ts";

type Locked = { readonly request: string; readonly terms: Params; readonly claim: Claim };

const COUNTS = [2, 4, 16];

const scenario = await scenarioOn(await network.create());
const own = await publish();
const batches = [];
for (const inferences of COUNTS) {
  const apart = await settle(await lockAll(inferences), (claims) =>
    claims.map((it) => [prove(scenario.domain, it, own.keys.get(1))]),
  );
  const together = await lockAll(inferences);
  const claims = together.map(({ claim }) => claim);
  const data = proveBatch(scenario.domain, claims, own);
  const { groth16, domain } = scenario;
  const recorded = await gasOf(groth16.recordBatch(domain.router, bare(claims), data));
  const settled = await settle(together, (of) => {
    const digests = digestsOf(domain, of);
    return of.map((_, place) => [batchEvidence(place, digests)]);
  });
  const each = (gas: number): number => Math.round(gas / inferences);
  batches.push({
    inferences,
    oneProof: { record: recorded, settle: settled, each: each(recorded + settled) },
    proofEach: { settle: apart, each: each(apart) },
  });
}
console.log(
  JSON.stringify({ command: "npm run bench:inference-batch-gas", batches }, undefined, 2),
);

async function publish(): Promise<Family> {
  const { models, publisher } = scenario;
  const family = await registerFamily(scenario, "gas", { counts: COUNTS });
  const fields = release({
    ...{ publisher: publisher.address, circuit: family.familyId, version: "gas", weights: W },
  });
  const releaseId = await models.publish.staticCall(fields, "");
  await models.publish(fields, "");
  return { ...family, weights: W, releaseId };
}

async function lockAll(count: number): Promise<readonly Locked[]> {
  const locked: Locked[] = [];
  for (let i = 0; i < count; i++) {
    const terms = await scenario.params({
      ...{ release: own.releaseId, policy: all(zk()) },
      ...{ stake: ETHER / 1000n, bond: ETHER / 10_000n },
    });
    const request = await scenario.lock(terms);
    locked.push({ request, terms, claim: scenario.claim(request, terms) });
  }
  return locked;
}

function settle(
  locked: readonly Locked[],
  evidenceOf: (claims: readonly Claim[]) => readonly Evidence[][],
): Promise<number> {
  const { requests, operator } = scenario;
  const evidence = evidenceOf(locked.map(({ claim }) => claim));
  const fulfilments = locked.map(({ request, terms }, i) => ({
    ...{ id: request, params: terms, output: GOOD },
    evidence: evidence[i] ?? [],
  }));
  return gasOf(requests.connect(operator).fulfilMany(fulfilments));
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  return Number(receipt?.gasUsed ?? 0n);
}
