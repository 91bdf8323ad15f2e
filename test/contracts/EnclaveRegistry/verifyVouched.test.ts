import {
  ATTESTATION_TYPES,
  type NitroAttestation,
  nitroDomain,
  nitroMeasurement,
  vouchedRegistration,
} from "@vouch/attestation/nitro";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { anchorLeaf, decodeAssurance, describeAssurance } from "@vouch/protocol";
import { type EnclaveStanding, standingOf } from "@vouch/worker";
import { expect } from "chai";
import type { HDNodeWallet } from "ethers";
import { ZeroAddress, ZeroHash, id as hashOf, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { STATUS as REQUEST_STATUS, optimistic } from "../../helpers/disputeScenario.ts";
import { STATUS, TEE } from "../../helpers/enclaveScenario.ts";
import type { Enrolled, NitroScenario } from "../../helpers/nitroScenario.ts";
import { BOND, WINDOW, deployNitro } from "../../helpers/nitroScenario.ts";
import type { Claim, Policy, Receipt, Requirement } from "../../helpers/vouchScenario.ts";
import { GOOD, INPUT, all, digestOf } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const SIMULATED_ENCLAVE = 4n;
const VOUCHED_ENCLAVE = 32n;
const OR_SIMULATED = 1n << 8n;
const OR_VOUCHED = 1n << 9n;

const tee = (params: bigint, pin: string = ZeroHash): Requirement => ({ kind: TEE, params, pin });
const LEAST = STATUS.outOfDateConfigurationNeeded;
const TAKEN = tee(LEAST | OR_SIMULATED | OR_VOUCHED);

type Signed = NitroScenario & {
  readonly enrolled: Enrolled;
  readonly claimed: Claim;
  readonly receipt: Receipt;
  readonly require: (policy?: Policy, receipt?: Receipt) => Promise<unknown>;
};

/** A key that registrars vouched for, whose measurement may serve the release, and a receipt that it signed. */
async function deploySigned(): Promise<Signed> {
  const scenario = await deployNitro();
  const { enclaves, publisher, operator, releaseId, router } = scenario;
  const enrolled = await scenario.enrol();
  await enclaves.connect(publisher).approve(releaseId, enrolled.measurement, 0);
  const claimed: Claim = {
    release: releaseId,
    request: hashOf("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  const receipt = { ...claimed, evidence: [scenario.evidence(claimed, enrolled.measurement)] };
  return {
    ...scenario,
    ...{ enrolled, claimed, receipt },
    require: (policy = all(TAKEN), it = receipt) => router.requireReceipt(it, policy),
  };
}
const signed = () => networkHelpers.loadFixture(deploySigned);

const dispute = ({ registrars, requester, enrolled }: Signed): Promise<unknown> =>
  registrars.connect(requester).dispute(enrolled.id, enrolled.attestation, { value: BOND });

/** Anchors what the receipt has of evidence: its leaf is a root, too. */
async function anchor(it: Signed): Promise<void> {
  const signature = (it.receipt.evidence[0]?.data ?? "").slice(0, 2 + 130) as Hex;
  await it.enclaves.anchor(anchorLeaf(digestOf(it.domain, it.claimed) as Hex, signature));
}

/**
 * Registers another key by a document that is said to be real. Registrars who verify it do not sign that: these sign what
 * they did not verify.
 */
async function enrolReal(it: Signed): Promise<{ key: HDNodeWallet; measurement: string }> {
  const key = it.enclaveKey.deriveChild(2);
  const { document, claim } = await it.apply({ key: key.address, simulated: false });
  const measurement = nitroMeasurement(claim.quorum, claim.registers, false);
  const { binding } = vouchedRegistration(document, claim, []);
  const nonce = (await ethers.provider.getBlock(claim.nonceBlock))?.hash ?? ZeroHash;
  const attested: NitroAttestation = {
    ...{ registry: it.venue.registry, quorum: claim.quorum, document: keccak256(document) },
    ...{ operator: claim.operator, key: claim.key, measurement },
    binding: await it.enclaves.bindingOf(binding, nonce),
    ...{ issuedAt: claim.issuedAt, validTo: claim.validTo, nonceBlock: claim.nonceBlock },
    simulated: false,
  };
  const signatures = [];
  for (const by of it.members.slice(0, it.terms.threshold)) {
    const signature = await by.signTypedData(nitroDomain(it.venue), ATTESTATION_TYPES, attested);
    signatures.push({ registrar: by.address, signature });
  }
  await it.register(vouchedRegistration(document, claim, signatures));
  return { key, measurement };
}

describe("EnclaveRegistry.verify, of a key that registrars vouched for", () => {
  it("says so in the assurance, and in words", async () => {
    const { require } = await signed();
    const assurance = (await require()) as Parameters<typeof decodeAssurance>[0];
    expect([assurance.kinds, assurance.flags, assurance.minTcb]).to.deep.equal([
      1n << TEE,
      SIMULATED_ENCLAVE | VOUCHED_ENCLAVE,
      LEAST,
    ]);
    expect(describeAssurance(decodeAssurance(assurance))).to.include("VOUCHED ENCLAVE");
  });

  it("says of one that registrars signed as real that it is vouched for, and not that it is simulated", async () => {
    const it = await signed();
    const real = await enrolReal(it);
    await it.enclaves.connect(it.publisher).approve(it.releaseId, real.measurement, 0);
    const evidence = [it.evidence(it.claimed, real.measurement, [], real.key)];
    const assurance = (await it.require(all(tee(LEAST | OR_VOUCHED)), {
      ...it.claimed,
      evidence,
    })) as Parameters<typeof decodeAssurance>[0];
    expect([assurance.kinds, assurance.flags, assurance.minTcb]).to.deep.equal([
      1n << TEE,
      VOUCHED_ENCLAVE,
      LEAST,
    ]);
  });

  for (const [what, params] of [
    ["does not say that vouched ones may", LEAST | OR_SIMULATED],
    ["does not say that simulated ones may", LEAST | OR_VOUCHED],
    ["says neither", LEAST],
    ["demands a better status", STATUS.outOfDate | OR_SIMULATED | OR_VOUCHED],
    ["refuses an advisory", TAKEN.params | (828n << 16n)],
    ["refuses another", TAKEN.params | (615n << 48n)],
  ] as const) {
    it(`meets no policy that ${what}`, async () => {
      const { require, router } = await signed();
      await expect(require(all(tee(params)))).to.be.revertedWithCustomError(router, "PolicyNotMet");
    });
  }

  it("meets one that pins its measurement, and with it its registrars", async () => {
    const { require, enrolled, router } = await signed();
    await require(all(tee(TAKEN.params, enrolled.measurement)));
    await expect(require(all(tee(TAKEN.params, hashOf("others"))))).to.be.revertedWithCustomError(
      router,
      "PolicyNotMet",
    );
  });

  it("stops when its time is over, but for what was anchored before", async () => {
    const it = await signed();
    const { validTo } = await it.enclaves.enclaveOf(it.enrolled.id);
    await anchor(it);
    await time.increaseTo(validTo + 1n);
    await it.require();
    const other = { ...it.claimed, request: hashOf("later") };
    const receipt = { ...other, evidence: [it.evidence(other, it.enrolled.measurement)] };
    await expect(it.require(all(TAKEN), receipt))
      .to.be.revertedWithCustomError(it.enclaves, "EnclaveLapsed")
      .withArgs(it.enrolled.id, validTo);
  });

  it("keeps what was anchored once it is too late to dispute: a year later nobody takes it back for gas", async () => {
    const it = await signed();
    await anchor(it);
    await time.increase(365 * 86_400);
    await expect(dispute(it)).to.be.revertedWithCustomError(it.registrars, "DisputeTooLate");
    await it.require();
    // One member may, of all that the key ever signed.
    const [member] = it.members;
    if (member === undefined) throw new Error("no members");
    await it.registrars.connect(member).object(it.enrolled.id);
    await expect(it.require()).to.be.revertedWithCustomError(it.enclaves, "EnclaveKeyCompromised");
  });

  it("leaves final what was proposed before it was void: nothing is asked twice", async () => {
    const it = await signed();
    const terms = await it.params({
      policy: all(TAKEN, optimistic()),
      verificationGas: 3_000_000n,
    });
    const request = await it.lock(terms);
    const claim = it.claim(request, terms);
    const evidence = [it.evidence(claim, it.enrolled.measurement)];
    await it.requests.connect(it.operator).fulfil(request, terms, GOOD, evidence);
    await dispute(it);
    await time.increase(WINDOW + 1);
    await it.registrars.settle(it.enrolled.id);
    const receipt = { ...claim, evidence };
    await expect(it.require(all(TAKEN), receipt)).to.be.revertedWithCustomError(
      it.enclaves,
      "EnclaveKeyCompromised",
    );
    await time.increaseTo((await it.requests.windowEndOf(request)) + 1n);
    await it.requests.finalize(request, terms, GOOD);
    expect(await it.requests.statusOf(request)).to.equal(REQUEST_STATUS.fulfilled);
  });

  for (const [when, prepare] of [
    ["now", () => Promise.resolve()],
    ["anchored before", anchor],
  ] as const) {
    describe(`given a receipt that counts ${when}`, () => {
      it("is refused by name while it is disputed", async () => {
        const it = await signed();
        await prepare(it);
        await dispute(it);
        await expect(it.require())
          .to.be.revertedWithCustomError(it.enclaves, "EnclaveDisputed")
          .withArgs(it.enrolled.id);
      });

      it("counts again once it is upheld", async () => {
        const it = await signed();
        await prepare(it);
        await dispute(it);
        await it.registrars.uphold(it.enrolled.id, await it.upholding(it.enrolled));
        await it.require();
      });

      it("is refused for good where nobody upheld it, when a member objected, in any order", async () => {
        const it = await signed();
        const { id } = it.enrolled;
        await prepare(it);
        const { validFrom } = await it.enclaves.enclaveOf(id);
        const taken = await networkHelpers.takeSnapshot();
        const [member] = it.members;
        if (member === undefined) throw new Error("no members");
        await it.registrars.connect(member).object(id);
        await expect(it.require())
          .to.be.revertedWithCustomError(it.enclaves, "EnclaveKeyCompromised")
          .withArgs(id, validFrom);
        await taken.restore();
        await dispute(it);
        await time.increase(WINDOW + 1);
        // Nobody has settled it yet: it stays refused.
        await expect(it.require()).to.be.revertedWithCustomError(it.enclaves, "EnclaveDisputed");
        await it.registrars.settle(id);
        await expect(it.require())
          .to.be.revertedWithCustomError(it.enclaves, "EnclaveKeyCompromised")
          .withArgs(id, validFrom);
      });
    });
  }

  it("fulfils a request that takes it, and none while it is disputed", async () => {
    const it = await signed();
    const params = await it.params({ policy: all(TAKEN) });
    const request = await it.lock(params);
    const claim = it.claim(request, params);
    const evidence = [it.evidence(claim, it.enrolled.measurement)];
    const own = it.requests.connect(it.operator);
    await dispute(it);
    await expect(own.fulfil(request, params, GOOD, evidence)).to.be.revertedWithCustomError(
      it.enclaves,
      "EnclaveDisputed",
    );
    await it.registrars.uphold(it.enrolled.id, await it.upholding(it.enrolled));
    await own.fulfil(request, params, GOOD, evidence);
    const { flags } = await it.requests.assuranceOf(request);
    expect(flags).to.equal(SIMULATED_ENCLAVE | VOUCHED_ENCLAVE);
    // What such answers are paid is said to whoever takes one, and to nobody else.
    const paid = async (requirement: Requirement): Promise<bigint | undefined> => {
      const quoted = await it.quotes.quote(it.releaseId, all(requirement), params.token, 1, 1);
      return quoted[0]?.[0]?.ofRelease.results;
    };
    expect(await paid(TAKEN)).to.equal(1n);
    expect(await paid(tee(LEAST | OR_SIMULATED))).to.equal(0n);
  });

  it("leaves an operator whose key a requester disputes a second key, and the bond", async () => {
    const it = await signed();
    const second = it.enclaveKey.deriveChild(1);
    await it.enrol(await it.apply({ key: second.address }));
    const params = await it.params({ policy: all(TAKEN) });
    const request = await it.lock(params);
    const claim = it.claim(request, params);
    const own = it.requests.connect(it.operator);
    const by = (key: HDNodeWallet) => [it.evidence(claim, it.enrolled.measurement, [], key)];
    await dispute(it);
    await expect(
      own.fulfil(request, params, GOOD, by(it.enclaveKey)),
    ).to.be.revertedWithCustomError(it.enclaves, "EnclaveDisputed");
    await own.fulfil(request, params, GOOD, by(second));
    await it.registrars.uphold(it.enrolled.id, await it.upholding(it.enrolled));
    expect(await it.registrars.creditOf(ZeroAddress, it.operator)).to.equal(BOND);
    expect(await it.registrars.creditOf(ZeroAddress, it.requester)).to.equal(0n);
  });
});

describe("standingOf, of a key that registrars vouched for", () => {
  const standing = async (it: Signed, deadline?: number): Promise<EnclaveStanding> => {
    const { enclaves, registrars, simulatedVendor, enrolled } = it;
    const [id, measurement] = [enrolled.id as Hex, enrolled.measurement as Hex];
    const { verifier } = simulatedVendor;
    const kept = { enclaves, registrars, verifier, id, measurement, quote: undefined };
    return standingOf(kept, it.releaseId as ReleaseId, await time.latest(), deadline);
  };

  it("says what the router finds, and that nobody judges its platform", async () => {
    const it = await signed();
    const { validTo } = it.enrolled.claim;
    const found = await standing(it, validTo);
    if ("reason" in found) throw new Error(found.reason);
    const { measurement, status, simulated, vouched, isExempt } = found;
    expect({ measurement, status, simulated, vouched }).to.deep.equal({
      measurement: it.enrolled.measurement,
      status: "OutOfDateConfigurationNeeded",
      simulated: true,
      vouched: true,
    });
    expect([await isExempt(0n), await isExempt(828n)]).to.deep.equal([true, false]);
    expect(await standing(it, validTo + 1)).to.have.property("reason");
  });

  it("signs nothing while it is disputed, and again once it is upheld", async () => {
    const it = await signed();
    await dispute(it);
    expect(await standing(it)).to.have.property("reason");
    await it.registrars.uphold(it.enrolled.id, await it.upholding(it.enrolled));
    expect(await standing(it)).to.have.property("vouched", true);
  });
});
