import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { paramsOf } from "../../helpers/feedScenario.ts";
import {
  CIRCUIT,
  ETHER,
  TRUST,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
} from "../../helpers/vouchScenario.ts";
import type { Evidence, Params } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const STATUS = { none: 0n, pending: 1n, scored: 2n, withdrawn: 3n } as const;
const PRIORITY = { routine: 0n, urgent: 1n } as const;
const THRESHOLD = -65_536n;
const VALIDITY = 30n * 86_400n;
const DELIVERY = { delivered: 2n, failed: 3n } as const;
/** Commitment to the measurements. */
const INPUT = 42n;

/** Words of a logit. */
const logit = (value: bigint): bigint[] => [value + (1n << 31n)];

/** An address that a patient makes for one case. */
const subjectOf = (name: string): Wallet => new Wallet(id(name));

type Consent = { subject: string; input: bigint; validTo: bigint };
type Disclosure = { subject: string; reader: string; validTo: bigint };
type Asked = { readonly request: string; readonly terms: Params };

async function opened() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, circuits, models, publisher, operator, domain } = scenario;
  const clinic = scenario.requester;
  const circuit = { ...CIRCUIT, input: { ...CIRCUIT.input, mode: 1n } };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({ publisher: publisher.address, circuit: circuitId });
  const triage = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const registry = await ethers.deployContract(
    "TriageRegistry",
    [requests, triage, TRUST.any, ZeroHash, THRESHOLD, VALIDITY],
    clinic,
  );
  const typed = {
    ...{ name: "TriageRegistry", version: "1", chainId: domain.chainId },
    verifyingContract: await registry.getAddress(),
  };
  const asking = await scenario.params();
  const offer = { ...asking, fee: asking.maxFee };
  const value = escrowOf({ ...asking, callbackGas: await registry.CALLBACK_GAS() });
  const validTo = asking.deadline;

  const consentOf = async (
    subject: Wallet,
    change: Partial<Consent> = {},
    signer = subject,
    domainOf: typeof typed = typed,
  ): Promise<[Consent, string]> => {
    const consent = { subject: subject.address, input: INPUT, validTo, ...change };
    const fields = [
      { name: "subject", type: "address" },
      { name: "release", type: "bytes32" },
      { name: "input", type: "uint256" },
      { name: "validTo", type: "uint40" },
    ];
    const message = { ...consent, release: triage };
    return [consent, await signer.signTypedData(domainOf, { Consent: fields }, message)];
  };
  const withdrawalOf = (subject: Wallet, signer = subject): Promise<string> =>
    signer.signTypedData(
      typed,
      { Withdrawal: [{ name: "subject", type: "address" }] },
      { subject: subject.address },
    );
  const disclosureOf = async (
    subject: Wallet,
    reader: string,
    until = validTo,
  ): Promise<[Disclosure, string]> => {
    const disclosure = { subject: subject.address, reader, validTo: until };
    const fields = [
      { name: "subject", type: "address" },
      { name: "reader", type: "address" },
      { name: "validTo", type: "uint40" },
    ];
    return [disclosure, await subject.signTypedData(typed, { Disclosure: fields }, disclosure)];
  };
  const asked = async (subject: Wallet): Promise<Asked> => {
    const { request } = await registry.caseOf(subject.address);
    const [event] = await requests.queryFilter(requests.filters.InferenceRequested(request));
    return { request, terms: paramsOf(event!.args.params) };
  };
  const ask = async (subject: Wallet, change: Partial<Consent> = {}): Promise<Asked> => {
    await registry.ask(...(await consentOf(subject, change)), offer, { value });
    return asked(subject);
  };
  /** Asks when the deadlines of the scenario have passed; returns the request. */
  const askLater = async (subject: Wallet, change: Partial<Consent>): Promise<string> => {
    const { lockDeadline, deadline } = await scenario.params();
    const later = { ...offer, lockDeadline, deadline };
    await registry.ask(...(await consentOf(subject, change)), later, { value });
    return (await registry.caseOf(subject.address)).request;
  };
  const settle = async (
    { request, terms }: Asked,
    output: bigint[],
    evidence?: (claim: ReturnType<typeof scenario.claim>) => Promise<Evidence[]>,
  ) => {
    await requests.connect(operator).lock(request, terms);
    const claim = scenario.claim(request, terms, output);
    const shown =
      evidence === undefined
        ? [prove(domain, claim), await sign(operator, domain, claim)]
        : await evidence(claim);
    return requests.connect(operator).fulfil(request, terms, output, shown);
  };
  return {
    ...scenario,
    ...{ clinic, registry, triage, offer, value, validTo, typed },
    ...{ consentOf, withdrawalOf, disclosureOf, ask, askLater, settle },
    patient: subjectOf("patient"),
  };
}

describe("TriageRegistry.ask", () => {
  it("asks about measurements of which the chain sees the commitment alone", async () => {
    const { registry, patient, ask } = await opened();
    const { terms } = await ask(patient);
    expect(terms.input).to.deep.equal([INPUT]);
    expect(terms.policy.allOf.map(({ anyOf }) => anyOf[0]!.kind)).to.deep.equal([4n, 0n]);
    const known = await registry.caseOf(patient.address);
    expect([known.status, known.input]).to.deep.equal([STATUS.pending, INPUT]);
  });

  it("reverts with SenderNotClinic for anybody else", async () => {
    const { registry, patient, consentOf, offer, value, stranger } = await opened();
    const consent = await consentOf(patient);
    await expect(
      registry.connect(stranger).ask(...consent, offer, { value }),
    ).to.be.revertedWithCustomError(registry, "SenderNotClinic");
  });

  it("reverts with EscrowMismatch for another value", async () => {
    const { registry, patient, consentOf, offer, value } = await opened();
    const consent = await consentOf(patient);
    await expect(
      registry.ask(...consent, offer, { value: value - 1n }),
    ).to.be.revertedWithCustomError(registry, "EscrowMismatch");
  });

  describe("when the subject has not agreed to this", () => {
    it("reverts with SignerNotSubject: another's word, input, time, or registry", async () => {
      const { registry, patient, consentOf, offer, value, typed, stranger } = await opened();
      const [consent, signature] = await consentOf(patient);
      const [, forged] = await consentOf(patient, {}, subjectOf("clinic's own"));
      const [, elsewhere] = await consentOf(patient, {}, patient, {
        ...typed,
        verifyingContract: stranger.address,
      });
      const bad: readonly [Consent, string][] = [
        [consent, forged],
        [consent, elsewhere],
        [{ ...consent, input: INPUT + 1n }, signature],
        [{ ...consent, validTo: consent.validTo + 1n }, signature],
        [{ ...consent, subject: stranger.address }, signature],
      ];
      for (const [agreed, by] of bad) {
        await expect(registry.ask(agreed, by, offer, { value })).to.be.revertedWithCustomError(
          registry,
          "SignerNotSubject",
        );
      }
    });
  });

  describe("when the consent has run out", () => {
    it("reverts with ConsentExpired", async () => {
      const { registry, patient, consentOf, offer, value, validTo } = await opened();
      const consent = await consentOf(patient);
      await networkHelpers.time.setNextBlockTimestamp(validTo + 1n);
      await expect(registry.ask(...consent, offer, { value })).to.be.revertedWithCustomError(
        registry,
        "ConsentExpired",
      );
    });
  });

  describe("when the consent was used", () => {
    it("reverts with CaseStatusInvalid while it waits, and once it is scored", async () => {
      const { registry, patient, consentOf, ask, settle, offer, value } = await opened();
      const consent = await consentOf(patient);
      const asked = await ask(patient);
      for (const status of [STATUS.pending, STATUS.scored]) {
        await expect(registry.ask(...consent, offer, { value }))
          .to.be.revertedWithCustomError(registry, "CaseStatusInvalid")
          .withArgs(patient.address, status);
        if (status === STATUS.pending) await settle(asked, logit(1n));
      }
    });
  });

  describe("when its request came to nothing", () => {
    it("asks again, and the earlier answer decides nothing", async () => {
      const { registry, requests, patient, ask, settle, clinic } = await opened();
      const first = await ask(patient);
      await registry.connect(clinic).cancel(first.request, first.terms);
      const second = await ask(patient);
      expect(second.request).to.not.equal(first.request);
      await settle(second, logit(THRESHOLD + 1n));
      expect(await requests.statusOf(first.request)).to.equal(7n);
      expect((await registry.caseOf(patient.address)).request).to.equal(second.request);
    });

    it("takes a late answer to it, unless it asked again", async () => {
      const { registry, requests, ask, askLater, operator, domain, claim } = await opened();
      const late = async ({ request, terms }: Asked): Promise<void> => {
        const stated = claim(request, terms, logit(7n));
        const evidence = [prove(domain, stated), await sign(operator, domain, stated)];
        await requests.fulfilLate(request, terms, operator, logit(7n), evidence);
      };
      const [one, two] = [subjectOf("one"), subjectOf("two")];
      const forEver = { validTo: 2n ** 40n - 1n };
      const [first, other] = [await ask(one, forEver), await ask(two, forEver)];
      await networkHelpers.time.increaseTo(other.terms.deadline + 1n);
      for (const { request, terms } of [first, other]) await requests.expire(request, terms);
      await late(first);
      expect((await registry.scoreOf(one.address)).logit).to.equal(7n);
      const later = await askLater(two, forEver);
      await late(other);
      expect((await requests.resultOf(other.request)).delivery).to.equal(DELIVERY.failed);
      const known = await registry.caseOf(two.address);
      expect([known.status, known.request]).to.deep.equal([STATUS.pending, later]);
    });
  });
});

describe("TriageRegistry.onInference", () => {
  it("registers the score, and whether it is above the threshold", async () => {
    const { registry, ask, settle } = await opened();
    const [one, two] = [subjectOf("one"), subjectOf("two")];
    await expect(settle(await ask(one), logit(THRESHOLD)))
      .to.emit(registry, "CaseScored")
      .withArgs(
        (await registry.caseOf(one.address)).request,
        one.address,
        THRESHOLD,
        PRIORITY.routine,
      );
    await settle(await ask(two), logit(THRESHOLD + 1n));
    expect([...(await registry.scoreOf(one.address))]).to.deep.equal([THRESHOLD, PRIORITY.routine]);
    expect([...(await registry.scoreOf(two.address))]).to.deep.equal([
      THRESHOLD + 1n,
      PRIORITY.urgent,
    ]);
  });

  it("takes no answer without a proof", async () => {
    const { router, patient, ask, settle, operator, domain } = await opened();
    const asked = await ask(patient);
    await expect(
      settle(asked, logit(0n), async (claim) => [await sign(operator, domain, claim)]),
    ).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });

  it("reverts with InferenceNotFromRequests for any other sender", async () => {
    const { registry, patient, ask, triage, stranger } = await opened();
    const { request } = await ask(patient);
    const assurance = {
      ...{ kinds: 17n, flags: 0n, quorumK: 0n, quorumN: 0n, minTcb: 0n },
      ...{ tolerance: 0n, window: 0n, stakeAtRisk: ETHER },
    };
    await expect(
      registry
        .connect(stranger)
        .onInference({ request, release: triage, epoch: 1n, finality: 2n }, logit(0n), assurance),
    ).to.be.revertedWithCustomError(registry, "InferenceNotFromRequests");
  });
});

describe("TriageRegistry.withdrawConsent", () => {
  it("ends the use of a score; anyone may bring the signature, once", async () => {
    const { registry, patient, ask, settle, withdrawalOf, stranger } = await opened();
    await settle(await ask(patient), logit(5n));
    const signature = await withdrawalOf(patient);
    await expect(registry.connect(stranger).withdrawConsent(patient.address, signature))
      .to.emit(registry, "ConsentWithdrawn")
      .withArgs(patient.address);
    expect((await registry.caseOf(patient.address)).logit).to.equal(0n);
    await expect(registry.scoreOf(patient.address))
      .to.be.revertedWithCustomError(registry, "CaseStatusInvalid")
      .withArgs(patient.address, STATUS.withdrawn);
    await expect(
      registry.withdrawConsent(patient.address, signature),
    ).to.be.revertedWithCustomError(registry, "CaseStatusInvalid");
  });

  it("keeps an answer that is under way from being registered", async () => {
    const { registry, requests, patient, ask, settle, withdrawalOf } = await opened();
    const asked = await ask(patient);
    await registry.withdrawConsent(patient.address, await withdrawalOf(patient));
    await settle(asked, logit(5n));
    expect((await requests.resultOf(asked.request)).delivery).to.equal(DELIVERY.failed);
    expect((await registry.caseOf(patient.address)).status).to.equal(STATUS.withdrawn);
  });

  it("keeps a consent that was not used from being used", async () => {
    const { registry, patient, consentOf, withdrawalOf, offer, value } = await opened();
    const consent = await consentOf(patient);
    await registry.withdrawConsent(patient.address, await withdrawalOf(patient));
    await expect(registry.ask(...consent, offer, { value })).to.be.revertedWithCustomError(
      registry,
      "CaseStatusInvalid",
    );
  });

  it("reverts with SignerNotSubject for the clinic's own signature", async () => {
    const { registry, patient, withdrawalOf } = await opened();
    const forged = await withdrawalOf(patient, subjectOf("clinic's own"));
    await expect(registry.withdrawConsent(patient.address, forged)).to.be.revertedWithCustomError(
      registry,
      "SignerNotSubject",
    );
  });
});

describe("TriageRegistry.disclosedScoreOf", () => {
  it("shows a reader the score that the subject disclosed, with its evidence", async () => {
    const { registry, patient, ask, settle, disclosureOf, stranger } = await opened();
    await settle(await ask(patient), logit(5n));
    const shown = await disclosureOf(patient, stranger.address);
    const [value, priority, assurance] = await registry
      .connect(stranger)
      .disclosedScoreOf(...shown);
    expect([value, priority, assurance.kinds]).to.deep.equal([5n, PRIORITY.urgent, 17n]);
  });

  it("reverts for another reader, another case, and once it has run out", async () => {
    const { registry, patient, ask, settle, disclosureOf, stranger, rival, validTo } =
      await opened();
    await settle(await ask(patient), logit(5n));
    const [shown, signature] = await disclosureOf(patient, stranger.address);
    const read = registry.connect(stranger);
    await expect(
      registry.connect(rival).disclosedScoreOf(shown, signature),
    ).to.be.revertedWithCustomError(registry, "SenderNotReader");
    await expect(
      registry.connect(rival).disclosedScoreOf({ ...shown, reader: rival.address }, signature),
    ).to.be.revertedWithCustomError(registry, "SignerNotSubject");
    const other = { ...shown, subject: subjectOf("other").address };
    await expect(read.disclosedScoreOf(other, signature)).to.be.revertedWithCustomError(
      registry,
      "SignerNotSubject",
    );
    await networkHelpers.time.increaseTo(validTo + 1n);
    await expect(read.disclosedScoreOf(shown, signature)).to.be.revertedWithCustomError(
      registry,
      "DisclosureExpired",
    );
  });
});

describe("TriageRegistry.scoreOf", () => {
  it("reverts with CaseStatusInvalid until there is a score", async () => {
    const { registry, patient, ask } = await opened();
    for (const status of [STATUS.none, STATUS.pending]) {
      await expect(registry.scoreOf(patient.address))
        .to.be.revertedWithCustomError(registry, "CaseStatusInvalid")
        .withArgs(patient.address, status);
      if (status === STATUS.none) await ask(patient);
    }
  });

  it("reverts with ScoreTooOld when the question is, however late the answer came", async () => {
    const { registry, patient, ask, settle } = await opened();
    await settle(await ask(patient), logit(5n));
    const { askedAt } = await registry.caseOf(patient.address);
    await networkHelpers.time.increaseTo(askedAt + VALIDITY);
    await registry.scoreOf(patient.address);
    await networkHelpers.time.increaseTo(askedAt + VALIDITY + 1n);
    await expect(registry.scoreOf(patient.address)).to.be.revertedWithCustomError(
      registry,
      "ScoreTooOld",
    );
  });
});

describe("TriageRegistry.collect", () => {
  it("returns refunds to the clinic, whoever calls", async () => {
    const { registry, requests, patient, ask, clinic, stranger, value } = await opened();
    const { request, terms } = await ask(patient);
    await expect(registry.connect(stranger).cancel(request, terms)).to.be.revertedWithCustomError(
      registry,
      "SenderNotClinic",
    );
    await registry.connect(clinic).cancel(request, terms);
    expect(await requests.creditOf(ZeroAddress, registry)).to.equal(value);
    await expect(registry.connect(stranger).collect()).to.changeEtherBalance(ethers, clinic, value);
  });

  it("sends what an operator was fined to the clinic, too", async () => {
    const { registry, requests, asset, operator, patient, ask, clinic } = await opened();
    const { request, terms } = await ask(patient);
    await requests.connect(operator).lock(request, terms);
    await networkHelpers.time.increaseTo(terms.deadline + 1n);
    await requests.expire(request, terms);
    await registry.collectCompensation();
    expect(await asset.balanceOf(clinic)).to.equal(terms.maxFee);
  });
});

describe("TriageRegistry's constructor", () => {
  it("reverts with TriageInputPublic for a release that takes its input in the open", async () => {
    const { registry, requests, releaseId } = await opened();
    const args = [requests, releaseId, TRUST.any, ZeroHash, THRESHOLD, VALIDITY];
    await expect(ethers.deployContract("TriageRegistry", args)).to.be.revertedWithCustomError(
      registry,
      "TriageInputPublic",
    );
  });

  it("reverts with TriageOutputTooWide for a logit above 128 bits", async () => {
    const { registry, requests, circuits, models, publisher } = await opened();
    const wide = {
      ...CIRCUIT,
      input: { ...CIRCUIT.input, mode: 1n },
      output: { ...CIRCUIT.output, bits: 128n },
    };
    const circuit = await circuits.register.staticCall(wide);
    await circuits.register(wide);
    const fresh = release({ publisher: publisher.address, circuit });
    const releaseId = await models.publish.staticCall(fresh, "");
    await models.publish(fresh, "");
    const args = [requests, releaseId, TRUST.any, ZeroHash, THRESHOLD, VALIDITY];
    await expect(ethers.deployContract("TriageRegistry", args)).to.be.revertedWithCustomError(
      registry,
      "TriageOutputTooWide",
    );
  });
});
