import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { deployExternal, pinOf, proofOf } from "../../helpers/externalScenario.ts";
import { ETHER, all, escrowOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const WINDOW = 86_400n;
const EXTERNAL_VERIFIER = 8n;

/** An answer by `operator`, without evidence, that only a proof of the declared program could judge. */
async function answered() {
  const scenario = await networkHelpers.loadFixture(deployExternal);
  const { router, vault, models, circuits, signatures, external, byShape, publishPlain } = scenario;
  const { publisher, operator, requester, stranger, claimOf } = scenario;
  const disputes = await ethers.deployContract("Disputes", [router, ZeroAddress]);
  const requests = await ethers.deployContract("InferenceRequests", [
    router,
    vault,
    models,
    circuits,
    signatures,
    disputes,
  ]);
  await vault.connect(operator).authorise(requests, true);
  const releaseId = await publishPlain("optimistic");
  await external.connect(publisher).declare(releaseId, byShape.riscZero);
  const judge = { kind: 2n, params: WINDOW | (3n << 40n), pin: pinOf(byShape.riscZero) };
  const { input, output } = claimOf(releaseId);
  const terms = await scenario.params({ release: releaseId, input, policy: all(judge) });
  await requests.connect(requester).request(terms, { value: escrowOf(terms) });
  const id = await requests.requestIdOf(requester, terms.nonce);
  await requests.connect(operator).lock(id, terms);
  await requests.connect(operator).fulfil(id, terms, output, []);
  const claim = claimOf(releaseId, { request: id });
  const proof = proofOf(byShape.riscZero, scenario.domain, claim).data;
  return { ...scenario, disputes, requests, id, terms, output, proof, challenger: stranger };
}

describe("an answer that only an external program's proof could judge", () => {
  it("owns up to the external verifier while it is open, and after", async () => {
    const { requests, id, terms, output } = await answered();
    expect((await requests.resultOf(id)).assurance.flags).to.equal(EXTERNAL_VERIFIER);
    await networkHelpers.time.increase(WINDOW + 1n);
    await requests.finalize(id, terms, output);
    const { flags, window } = await requests.assuranceOf(id);
    expect([flags, window]).to.deep.equal([EXTERNAL_VERIFIER, WINDOW]);
  });

  it("stands if the program proves it, and costs the challenger its bond", async () => {
    const { disputes, requests, id, terms, output, proof, challenger, operator } = await answered();
    const own = disputes.connect(challenger);
    await own.challenge(requests, id, terms, output, { value: terms.bond });
    await disputes.answer(requests, id, terms, output, proof);
    expect((await requests.resultOf(id)).finality).to.equal(2n);
    expect(await disputes.creditOf(ZeroAddress, operator)).to.equal(terms.bond);
  });

  it("falls if nobody proves it, and costs the operator what it exposed", async () => {
    const { disputes, requests, vault, id, terms, output, challenger, operator } = await answered();
    const own = disputes.connect(challenger);
    await own.challenge(requests, id, terms, output, { value: terms.bond });
    await networkHelpers.time.increase((await disputes.RESPONSE_PERIOD()) + 1n);
    await disputes.timeout(requests, id, terms, output);
    expect((await requests.resultOf(id)).finality).to.equal(3n);
    expect((await vault.stakeOf(operator)).own).to.equal(10n * ETHER);
  });
});

describe("a policy of a proof by an external program, and of a window that one would judge", () => {
  it("can be met: by the proof at once, for either clause", async () => {
    const { router, terms } = await answered();
    const judge = terms.policy.allOf[0]!.anyOf[0]!;
    const policy = all({ kind: 4n, params: 3n, pin: judge.pin }, judge);
    const { challengeable } = await router.requireSatisfiable(policy, terms.release);
    expect(challengeable).to.equal(true);
  });
});
