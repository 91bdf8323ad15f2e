import { expect } from "chai";
import type { EvidenceRouter, MockVouch } from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { ASKED, dataOf, deployMock, errorNameOf, traceOf } from "../../helpers/mockSides.ts";
import type { Side, Trace } from "../../helpers/mockSides.ts";
import { QUORUM, deployQuorum, output, quorumOf } from "../../helpers/quorumScenario.ts";
import { STATUS, TEE } from "../../helpers/enclaveScenario.ts";
import { deploySigned, tee } from "../../helpers/signedEnclave.ts";
import {
  GOOD,
  SIGNATURE,
  ZK,
  all,
  deployScenario,
  prove,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Evidence, Params, Policy, Receipt } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const OPTIMISTIC = 2n;
const NEVER = { allOf: [], minStake: 0n };
const SIMULATED_ENCLAVE = 4n;
const WITH_ASSURANCE =
  "deliver(bytes32,uint256[],(uint8,uint8,uint8,uint8,uint8,uint32,uint40,uint128))";

/** A side, and how an answer comes about there; returns its receipt. */
type Answering = Side & {
  readonly router: EvidenceRouter;
  readonly answer: (id: string, terms: Params) => Promise<Receipt>;
};

async function realSide(
  it: Pick<Answering, "requests" | "releaseId" | "router" | "answer">,
): Promise<Answering> {
  return { ...it, requester: await ethers.deployContract("HostileRequester") };
}

async function mockSide(
  deliver: (vouch: MockVouch, id: string, terms: Params) => Promise<unknown>,
): Promise<Answering> {
  const mock = await deployMock();
  const vouch = mock.requests;
  const answer = async (id: string, terms: Params): Promise<Receipt> => {
    await deliver(vouch, id, terms);
    const { release, request, operator, input, output, evidence } = await vouch.receiptOf(id);
    const pieces = evidence.map(({ kind, data }) => ({ kind, data }));
    return { release, request, operator, input: [...input], output: [...output], evidence: pieces };
  };
  return {
    ...mock,
    router: await ethers.getContractAt("EvidenceRouter", await vouch.router()),
    answer,
  };
}

async function deploySignedAndProven() {
  const it = await deployScenario();
  const { requests, router, releaseId, operator, domain } = it;
  const answer = async (id: string, terms: Params): Promise<Receipt> => {
    const claim = it.claim(id, terms);
    const evidence = [await sign(operator, domain, claim), prove(domain, claim)];
    await requests.connect(operator).lock(id, terms);
    await requests.connect(operator).fulfil(id, terms, GOOD, evidence);
    return { ...claim, evidence };
  };
  return {
    real: await realSide({ requests, router, releaseId, answer }),
    mock: await mockSide((vouch, id) => vouch["deliver(bytes32,uint256[])"](id, GOOD)),
    params: it.params,
  };
}

/** Of a panel of three, two agree. */
async function deployPanels() {
  const it = await deployQuorum();
  const { requests, router, releaseId, quorum } = it;
  const answer = async (id: string, terms: Params): Promise<Receipt> => {
    await quorum.openFor(id, terms);
    const round = await quorum.roundOf(id);
    const panel = await it.draw(round);
    const said = [GOOD, GOOD, output(77n)];
    await it.commitAll(round, panel, said);
    for (const [i, member] of panel.entries()) await it.reveal(round, member, said[i] ?? GOOD);
    await quorum.conclude(round, []);
    const evidence = [{ kind: QUORUM, data: "0x" }];
    await requests.fulfil(id, terms, GOOD, evidence);
    const operator = await quorum.getAddress();
    return {
      release: releaseId,
      request: id,
      operator,
      input: terms.input,
      output: GOOD,
      evidence,
    };
  };
  return {
    real: await realSide({ requests, router, releaseId, answer }),
    mock: await mockSide((vouch, id) => vouch["deliver(bytes32,uint256[])"](id, GOOD)),
    params: (overrides: Partial<Params>) => it.params(quorumOf(2n, 3n), overrides),
  };
}

/** An enclave that is simulated, as all here are, which the mock is told. */
async function deployEnclave() {
  const it = await deploySigned();
  const { requests, router, releaseId, operator } = it;
  const answer = async (id: string, terms: Params): Promise<Receipt> => {
    const claim = it.claim(id, terms);
    const evidence = [it.evidence(claim, it.measurement)];
    await requests.connect(operator).lock(id, terms);
    await requests.connect(operator).fulfil(id, terms, GOOD, evidence);
    return { ...claim, evidence };
  };
  const assurance = {
    ...{ kinds: 1n << TEE, flags: SIMULATED_ENCLAVE, minTcb: STATUS.upToDate },
    ...{ quorumK: 0n, quorumN: 0n, tolerance: 0n, window: 0n },
  };
  return {
    real: await realSide({ requests, router, releaseId, answer }),
    mock: await mockSide((vouch, id, { stake }) =>
      vouch[WITH_ASSURANCE](id, GOOD, { ...assurance, stakeAtRisk: stake }),
    ),
    params: it.params,
  };
}

type Sides = {
  readonly real: Answering;
  readonly mock: Answering;
  readonly params: (overrides: Partial<Params>) => Promise<Params>;
};

/** What is told of an answer on either side, and its receipt. */
async function storiesOf({ real, mock, params }: Sides, policy: Policy) {
  const told: { trace: Trace; receipt: Receipt; router: EvidenceRouter }[] = [];
  for (const side of [real, mock]) {
    const terms = await params({ ...ASKED, policy, release: side.releaseId, nonce: 7n });
    const receipts: Receipt[] = [];
    const trace = await traceOf(side, terms, async (id) => {
      receipts.push(await side.answer(id, terms));
    });
    told.push({ trace, receipt: receipts[0]!, router: side.router }); // one answer, one receipt
  }
  return told;
}

/** What a router says of a receipt's evidence: an assurance, or the name of an error. */
async function verdictOn(
  router: EvidenceRouter,
  receipt: Receipt,
  policy: Policy,
): Promise<unknown> {
  const call = policy === NEVER ? router.assess(receipt) : router.requireReceipt(receipt, policy);
  return call.then(
    (assurance) => [...assurance],
    (error: unknown) => errorNameOf(dataOf(error)),
  );
}

const only = (receipt: Receipt, kinds: readonly bigint[]): Receipt => ({
  ...receipt,
  evidence: receipt.evidence.filter(({ kind }) => kinds.includes(kind)),
});
const staked = (policy: Policy): Policy => ({ ...policy, minStake: 1n });

describe("MockVouch, beside the evidence of the protocol", () => {
  for (const [name, deploy, policy] of [
    ["a panel of which two in three agree", deployPanels, all(quorumOf(2n, 3n))],
    ["an enclave", deployEnclave, all(tee())],
  ] as const) {
    it(`tells the same story of an answer by ${name}, and of its receipt`, async () => {
      const [real, mock] = await storiesOf(await networkHelpers.loadFixture(deploy), policy);
      expect(mock!.trace).to.deep.equal(real!.trace);
      expect(mock!.trace.heard).to.deep.equal([1n, 1n]);
      for (const demanded of [NEVER, policy, staked(policy)]) {
        const expected = await verdictOn(real!.router, real!.receipt, demanded);
        const verdict = await verdictOn(mock!.router, mock!.receipt, demanded);
        expect(verdict).to.deep.equal(expected);
        // No stake stands behind either, once the request is answered.
        if (demanded.minStake > 0n) expect(verdict).to.equal("PolicyStakeTooLow");
      }
    });
  }

  describe("given a receipt with a signature and a proof", () => {
    const policy = all(signature, zk());
    for (const [name, kinds] of [
      ["whole", [SIGNATURE, ZK]],
      ["without its signature", [ZK]],
      ["without its proof", [SIGNATURE]],
      ["without either", []],
    ] as const) {
      it(`is worth the same ${name}`, async () => {
        const sides = await networkHelpers.loadFixture(deploySignedAndProven);
        const [real, mock] = await storiesOf(sides, policy);
        for (const demanded of [NEVER, all(zk()), staked(all(zk())), staked(all(signature))]) {
          const expected = await verdictOn(real!.router, only(real!.receipt, kinds), demanded);
          const verdict = await verdictOn(mock!.router, only(mock!.receipt, kinds), demanded);
          expect(verdict).to.deep.equal(expected);
        }
      });
    }

    it("shows a piece once, and none that an answer stood for a while", async () => {
      const sides = await networkHelpers.loadFixture(deploySignedAndProven);
      for (const { router, receipt } of await storiesOf(sides, policy)) {
        const first = receipt.evidence[0] as Evidence;
        const twice = { ...receipt, evidence: [first, first] };
        expect(await verdictOn(router, twice, NEVER)).to.equal("EvidenceDuplicated");
        const stood = { ...receipt, evidence: [{ ...first, kind: OPTIMISTIC }] };
        expect(await verdictOn(router, stood, NEVER)).to.equal("EvidenceKindUnsupported");
      }
    });
  });
});
