import type { Policy } from "@vouch/protocol";
import {
  connectContracts,
  connectCourts,
  conjoin,
  encodePolicy,
  findContractError,
  parseAddress,
  parseBranches,
  parseDeployment,
  parseReleaseId,
} from "@vouch/protocol";
import type { AdviceAsk } from "@vouch/sdk";
import { advise, fetchFacts, fetchRelease } from "@vouch/sdk";
import { expect } from "chai";
import { parseEther, ZeroHash } from "ethers";
import { requireReal } from "../../../../offchain/sdk/advise/requireReal.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";
import { connection } from "../../../helpers/deployVouch.ts";
import * as contract from "../../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

/** A release whose circuit an auditor attests, and one with a development set-up; an operator serves both. */
async function chain() {
  const scenario = await networkHelpers.loadFixture(contract.deployScenario);
  const { models, circuits, publisher, circuitId } = scenario;
  const [auditor] = (await connection.ethers.getSigners()).slice(-1);
  if (auditor === undefined) throw new Error("the network has accounts");
  const audited = { ...contract.CIRCUIT, setup: 0n, r1cs: contract.hashOfWords([1n]) };
  const circuit = await circuits.register.staticCall(audited);
  await circuits.register(audited);
  await circuits.connect(auditor).attest(circuit, audited.transcript);
  const publish = async (id: string, floor?: contract.Policy) => {
    const release = contract.release({
      publisher: publisher.address,
      circuit: id,
      ...(floor === undefined ? {} : { floor }),
    });
    const published = parseReleaseId(await models.publish.staticCall(release, ""));
    await models.publish(release, "");
    return published;
  };
  const deployment = parseDeployment({
    chainId: scenario.domain.chainId.toString(),
    fromBlock: 0,
    anchor: ZeroHash,
    modelRegistry: await models.getAddress(),
    circuitRegistry: await circuits.getAddress(),
    stakeVault: await scenario.vault.getAddress(),
    signatureEvidence: await scenario.signatures.getAddress(),
    evidenceRouter: await scenario.router.getAddress(),
    inferenceRequests: await scenario.requests.getAddress(),
    requestFunding: await scenario.funding.getAddress(),
    receiptLedger: await scenario.ledger.getAddress(),
    policyQuotes: await scenario.quotes.getAddress(),
    enclaveAuthorities: await scenario.vendor.authorities.getAddress(),
    enclaveCollateral: await scenario.vendor.collateral.getAddress(),
    dcapVerifier: await scenario.vendor.verifier.getAddress(),
    simulatedAuthorities: await scenario.simulatedVendor.authorities.getAddress(),
    simulatedCollateral: await scenario.simulatedVendor.collateral.getAddress(),
    simulatedVerifier: await scenario.simulatedVendor.verifier.getAddress(),
    enclaveRegistry: await scenario.enclaves.getAddress(),
    nitroRegistrars: await scenario.registrars.getAddress(),
  });
  const contracts = connectContracts(deployment, scenario.requester);
  const audit = await publish(circuit, contract.all(contract.signature));
  const development = await publish(circuitId, contract.all(contract.zk()));
  const ask = async (id: typeof audit, need: Omit<AdviceAsk, "release" | "fromBlock">) =>
    advise(contracts, { ...need, release: await fetchRelease(contracts, id, 0), fromBlock: 0 });
  return { scenario, auditor: parseAddress(auditor.address), audit, development, ask, contracts };
}

describe("advise", () => {
  it("recommends the proof under a set-up that a believed auditor attests, by what the chain says", async () => {
    const { scenario, audit, auditor, ask, contracts } = await chain();
    const valueAtStake = parseEther("2000000"); // above what a request can expose
    const found = await ask(audit, { valueAtStake, believes: { attesters: [auditor] } });
    if (!found.recommendation.found) throw new Error(found.recommendation.why.join("; "));
    const { text, cost, trusts } = found.recommendation.alternative;
    expect(text).to.equal(`zk:attested=${auditor}`);
    expect(cost?.verification).to.equal((cost?.gas ?? 0n) * found.gasPrice);
    expect(trusts).to.have.length(2); // the floor's signature, and the proof

    const chainFacts = { fromBlock: 0, gasPrice: found.gasPrice, now: 0 };
    const release = await fetchRelease(contracts, audit, 0);
    const { pools, operators } = await fetchFacts(contracts, release, chainFacts);
    const { operator, requests, vault, signatures } = scenario;
    const facts = operators.find((it) => it.operator === operator.address.toLowerCase());
    // As text: a bigint in a failure is lost on its way from the process that runs the tests.
    expect([facts?.bond, facts?.freeOwn, facts?.available].map(String)).to.deep.equal(
      [
        await signatures.bondOf(operator),
        await vault.freeOwnStakeOf(operator),
        await vault.availableTo(operator, await requests.getAddress()),
      ].map(String),
    );
    const { panels } = await connectCourts(contracts);
    const minStake = await panels?.pools.minStake();
    expect(pools?.minStake === minStake && minStake !== undefined).to.equal(true);
    expect([pools?.answering, pools?.judging]).to.deep.equal([0, 0]);
  });

  it("recommends what it would under a development set-up to nobody with anything at stake", async () => {
    const { development, auditor, ask } = await chain();
    const need = { valueAtStake: 1n, believes: { attesters: [auditor] } };
    const found = await ask(development, { ...need, policy: parseBranches("zk:any") });
    expect(found.recommendation.found).to.equal(false);
    expect(found.chosen?.sufficient).to.equal(false);
    expect(found.warnings.map(({ code }) => code)).to.include("DEVELOPMENT_SETUP");
  });

  it("says of every alternative what the router says", async () => {
    const { scenario, audit, development, ask } = await chain();
    for (const release of [audit, development]) {
      const policy = parseBranches("quorum:3of4|signature");
      const { alternatives, chosen } = await ask(release, { valueAtStake: 0n, policy });
      expect(alternatives.length).to.be.greaterThan(5);
      for (const it of [...alternatives, ...(chosen === undefined ? [] : [chosen])]) {
        const accepted = await accepts(it.policy, release);
        expect(it.cost !== undefined, it.text).to.equal(accepted);
        expect(it.shortfalls.includes("IMPOSSIBLE"), it.text).to.equal(!accepted);
      }
    }
    async function accepts(policy: Policy, release: typeof audit): Promise<boolean> {
      const { router } = scenario;
      return router.requireSatisfiable(encodePolicy(policy), release).then(
        () => true,
        (error: unknown) => {
          expect(findContractError(error)?.name).to.match(/^Policy/);
          return false;
        },
      );
    }
  });

  it("weighs a policy of which no request can be made as impossible", async () => {
    const { audit, ask } = await chain();
    const policy = conjoin(parseBranches("optimistic:60:2of3"), parseBranches("optimistic:60:any"));
    const { chosen } = await ask(audit, { valueAtStake: 0n, policy });
    expect(chosen?.shortfalls).to.include("IMPOSSIBLE");
    expect(chosen?.cost).to.equal(undefined);
  });
});

describe("requireReal", () => {
  it("refuses what says that it is the test kit's, and nothing else", async () => {
    const saying = (answer: boolean): Parameters<typeof requireReal>[0] =>
      ({ requests: { supportsInterface: () => Promise.resolve(answer) } }) as never; // all that is called of it
    expect(await codeOfPromise(requireReal(saying(true)))).to.equal("DEPLOYMENT_MISMATCH");
    expect(await codeOfPromise(requireReal(saying(false)))).to.equal(undefined);
  });
});
