import { UPHOLDING_TYPES, attestationHash, nitroDomain } from "@vouch/attestation/nitro";
import { expect } from "chai";
import { ZeroAddress, ZeroHash, id as hashOf } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  BOND,
  type Enrolled,
  type NitroScenario,
  STANDING,
  WINDOW,
  deployNitro,
} from "../../helpers/nitroScenario.ts";

const { networkHelpers, ethers } = connection;
const { time } = networkHelpers;

type Enlisted = NitroScenario & { readonly enrolled: Enrolled };

/** A key that registrars vouched for. */
async function deployEnrolled(): Promise<Enlisted> {
  const scenario = await deployNitro();
  return { ...scenario, enrolled: await scenario.enrol() };
}
const enlisted = () => networkHelpers.loadFixture(deployEnrolled);

/** The same under dispute, by the requester. */
async function deployDisputed(): Promise<Enlisted> {
  const it = await deployEnrolled();
  const { id, attestation } = it.enrolled;
  await it.registrars.connect(it.requester).dispute(id, attestation, { value: BOND });
  return it;
}
const disputed = () => networkHelpers.loadFixture(deployDisputed);

const standingOf = async ({ registrars, enrolled }: Enlisted): Promise<bigint> =>
  (await registrars.voucherOf(enrolled.id)).standing;
const balanceOf = async ({ registrars }: Enlisted): Promise<bigint> =>
  ethers.provider.getBalance(registrars);
const creditOf = async ({ registrars }: Enlisted, who: { address: string }): Promise<bigint> =>
  registrars.creditOf(ZeroAddress, who.address);
const member = ({ members }: Enlisted, index = 0) => {
  const found = members[index];
  if (found === undefined) throw new Error("no such member");
  return found;
};

describe("NitroRegistrars.dispute", () => {
  it("takes the bond, and says until when it can be upheld", async () => {
    const it = await enlisted();
    const { id, attestation } = it.enrolled;
    const sent = it.registrars.connect(it.requester).dispute(id, attestation, { value: BOND });
    await sent;
    const deadline = BigInt((await time.latest()) + WINDOW);
    await expect(sent)
      .to.emit(it.registrars, "NitroDisputed")
      .withArgs(id, it.requester.address, attestation, deadline);
    const voucher = await it.registrars.voucherOf(id);
    expect([voucher.standing, voucher.disputer, voucher.deadline]).to.deep.equal([
      STANDING.disputed,
      it.requester.address,
      deadline,
    ]);
    expect(await it.registrars.isDisputed(id)).to.equal(true);
    expect(await balanceOf(it)).to.equal(BOND);
  });

  for (const [what, value] of [
    ["less than", BOND - 1n],
    ["more than", BOND + 1n],
  ] as const) {
    it(`reverts with EscrowMismatch for ${what} the bond`, async () => {
      const it = await enlisted();
      const { id, attestation } = it.enrolled;
      await expect(it.registrars.dispute(id, attestation, { value }))
        .to.be.revertedWithCustomError(it.registrars, "EscrowMismatch")
        .withArgs(value, BOND);
    });
  }

  it("reverts with NitroAttestationMismatch where the key rests on a newer document", async () => {
    const it = await enlisted();
    const { id, attestation } = it.enrolled;
    await it.enrol();
    await expect(
      it.registrars.dispute(id, attestation, { value: BOND }),
    ).to.be.revertedWithCustomError(it.registrars, "NitroAttestationMismatch");
  });

  it("reverts with NitroStandingMismatch for a key that nobody vouched for, or under dispute", async () => {
    const it = await disputed();
    const { id, attestation } = it.enrolled;
    for (const [other, standing] of [
      [hashOf("none"), STANDING.unknown],
      [id, STANDING.disputed],
    ] as const) {
      await expect(it.registrars.dispute(other, attestation, { value: BOND }))
        .to.be.revertedWithCustomError(it.registrars, "NitroStandingMismatch")
        .withArgs(other, standing);
    }
  });

  it("counts until a window after the key's end, and reverts with DisputeTooLate from then on", async () => {
    const it = await enlisted();
    const { id, attestation, claim } = it.enrolled;
    const last = claim.validTo + WINDOW;
    const taken = await networkHelpers.takeSnapshot();
    await time.setNextBlockTimestamp(last);
    await it.registrars.dispute(id, attestation, { value: BOND });
    await taken.restore();
    await time.setNextBlockTimestamp(last + 1);
    await expect(it.registrars.dispute(id, attestation, { value: BOND }))
      .to.be.revertedWithCustomError(it.registrars, "DisputeTooLate")
      .withArgs(id, last);
    // A member may still object.
    await it.registrars.connect(member(it)).object(id);
    expect(await standingOf(it)).to.equal(STANDING.void);
  });

  it("lets no newer document end it", async () => {
    const it = await disputed();
    await expect(it.register(await it.vouched(await it.apply())))
      .to.be.revertedWithCustomError(it.registrars, "NitroStandingMismatch")
      .withArgs(it.enrolled.id, STANDING.disputed);
  });
});

describe("NitroRegistrars.uphold", () => {
  it("owes the bond to the operator, who withdraws it", async () => {
    const it = await disputed();
    await expect(it.registrars.uphold(it.enrolled.id, await it.upholding(it.enrolled)))
      .to.emit(it.registrars, "NitroUpheld")
      .withArgs(it.enrolled.id, it.enrolled.attestation);
    expect(await standingOf(it)).to.equal(STANDING.upheld);
    expect([await creditOf(it, it.operator), await creditOf(it, it.requester)]).to.deep.equal([
      BOND,
      0n,
    ]);
    const withdrawal = it.registrars.connect(it.operator).withdraw(ZeroAddress, it.operator);
    await expect(withdrawal).to.changeEtherBalances(
      ethers,
      [it.operator, it.registrars],
      [BOND, -BOND],
    );
    expect((await it.enclaves.enclaveOf(it.enrolled.id)).compromisedSince).to.equal(0n);
  });

  it("counts in the last second of the window, and not in the next", async () => {
    const it = await disputed();
    const { deadline } = await it.registrars.voucherOf(it.enrolled.id);
    const signatures = await it.upholding(it.enrolled);
    await time.setNextBlockTimestamp(deadline + 1n);
    await expect(it.registrars.uphold(it.enrolled.id, signatures))
      .to.be.revertedWithCustomError(it.registrars, "DisputeOver")
      .withArgs(it.enrolled.id, deadline);
    const again = await disputed();
    await time.setNextBlockTimestamp(deadline);
    await again.registrars.uphold(again.enrolled.id, signatures);
  });

  it("makes nothing immune: the next dispute costs twice as much, at most sixteen times", async () => {
    const it = await disputed();
    const { id, attestation } = it.enrolled;
    const own = it.registrars.connect(it.requester);
    for (const times of [2n, 4n, 8n, 16n, 16n]) {
      await it.registrars.uphold(id, await it.upholding(it.enrolled));
      const value = times * BOND;
      expect(await it.registrars.bondOf(id)).to.equal(value);
      await expect(own.dispute(id, attestation, { value: value - 1n }))
        .to.be.revertedWithCustomError(it.registrars, "EscrowMismatch")
        .withArgs(value - 1n, value);
      await own.dispute(id, attestation, { value });
      expect(await standingOf(it)).to.equal(STANDING.disputed);
    }
    // What was paid for those that were upheld is the operator's, and the last bond is open.
    expect(await creditOf(it, it.operator)).to.equal(31n * BOND);
    await time.increase(WINDOW + 1);
    await it.registrars.settle(id);
    expect(await creditOf(it, it.requester)).to.equal(16n * BOND);
    expect(await balanceOf(it)).to.equal(47n * BOND);
  });

  it("costs the first bond again of a newer document", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    await it.registrars.uphold(id, await it.upholding(it.enrolled));
    const newer = await it.enrol();
    expect(await it.registrars.bondOf(id)).to.equal(BOND);
    await it.registrars.dispute(id, newer.attestation, { value: BOND });
    expect(await standingOf(it)).to.equal(STANDING.disputed);
  });

  for (const [what, change] of [
    ["end", { validTo: 1 }],
    ["time", { issuedAt: 1 }],
    ["block", { nonceBlock: 1 }],
    ["binding", { binding: hashOf("other") }],
    ["document", { document: hashOf("other") }],
  ] as const) {
    it(`takes no signature over another ${what} than was vouched for`, async () => {
      const it = await disputed();
      const { id } = it.enrolled;
      const { disputer, deadline } = await it.registrars.voucherOf(id);
      const attestation = attestationHash({ ...it.enrolled.attested, ...change });
      expect(attestation).not.to.equal(it.enrolled.attestation);
      const upholding = { registry: it.venue.registry, id, attestation, disputer, deadline };
      const signatures = await Promise.all(
        it.members.map((by) => by.signTypedData(nitroDomain(it.venue), UPHOLDING_TYPES, upholding)),
      );
      await expect(it.registrars.uphold(id, signatures)).to.be.revertedWithCustomError(
        it.registrars,
        "RegistrarUnknown",
      );
    });
  }

  it("takes no signature of an earlier dispute of the same", async () => {
    const it = await disputed();
    const { id, attestation } = it.enrolled;
    const earlier = await it.upholding(it.enrolled);
    await it.registrars.uphold(id, earlier);
    const again = it.registrars.connect(it.requester);
    await again.dispute(id, attestation, { value: 2n * BOND });
    await expect(it.registrars.uphold(id, earlier)).to.be.revertedWithCustomError(
      it.registrars,
      "RegistrarUnknown",
    );
  });

  it("takes no signature of an earlier dispute, nor those of the registration", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    const earlier = await it.upholding(it.enrolled);
    await it.registrars.uphold(id, earlier);
    const application = await it.apply();
    const registration = await it.vouched(application);
    const newer = await it.enrol(application);
    await it.registrars.dispute(id, newer.attestation, { value: BOND });
    for (const stale of [earlier, [...registration.signatures]]) {
      await expect(it.registrars.uphold(id, stale)).to.be.revertedWithCustomError(
        it.registrars,
        "RegistrarUnknown",
      );
    }
  });

  it("takes no fewer than the threshold, and nobody else", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    await expect(
      it.registrars.uphold(id, await it.upholding(it.enrolled, [member(it)])),
    ).to.be.revertedWithCustomError(it.registrars, "RegistrarsTooFew");
    await expect(
      it.registrars.uphold(id, await it.upholding(it.enrolled, [it.operator, it.requester])),
    ).to.be.revertedWithCustomError(it.registrars, "RegistrarUnknown");
  });

  it("reverts with NitroStandingMismatch where nothing is disputed", async () => {
    const it = await enlisted();
    await expect(it.registrars.uphold(it.enrolled.id, [])).to.be.revertedWithCustomError(
      it.registrars,
      "NitroStandingMismatch",
    );
  });
});

describe("NitroRegistrars.settle", () => {
  it("voids the key since its registration, and owes the bond to who disputed", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    const { deadline } = await it.registrars.voucherOf(id);
    await time.increaseTo(deadline + 1n);
    const { validFrom } = await it.enclaves.enclaveOf(id);
    const sent = it.registrars.connect(it.publisher).settle(id);
    await expect(sent).to.emit(it.registrars, "NitroVoided").withArgs(id, it.publisher.address);
    await expect(sent).to.emit(it.enclaves, "EnclaveCompromised").withArgs(id, validFrom);
    expect(await standingOf(it)).to.equal(STANDING.void);
    expect(await creditOf(it, it.requester)).to.equal(BOND);
    await expect(
      it.registrars.connect(it.requester).withdraw(ZeroAddress, it.requester),
    ).to.changeEtherBalance(ethers, it.requester, BOND);
    expect(await balanceOf(it)).to.equal(0n);
  });

  it("reverts with DisputeOpen as long as it can be upheld", async () => {
    const it = await disputed();
    const { deadline } = await it.registrars.voucherOf(it.enrolled.id);
    await time.setNextBlockTimestamp(deadline);
    await expect(it.registrars.settle(it.enrolled.id))
      .to.be.revertedWithCustomError(it.registrars, "DisputeOpen")
      .withArgs(it.enrolled.id, deadline);
  });

  it("pays once", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    await time.increase(WINDOW + 1);
    await it.registrars.settle(id);
    for (const again of [
      it.registrars.settle(id),
      it.registrars.uphold(id, []),
      it.registrars.connect(member(it)).object(id),
      it.registrars.dispute(id, it.enrolled.attestation, { value: BOND }),
    ]) {
      await expect(again)
        .to.be.revertedWithCustomError(it.registrars, "NitroStandingMismatch")
        .withArgs(id, STANDING.void);
    }
    await it.registrars.connect(it.requester).withdraw(ZeroAddress, it.requester);
    await expect(
      it.registrars.connect(it.requester).withdraw(ZeroAddress, it.requester),
    ).to.be.revertedWithCustomError(it.registrars, "CreditEmpty");
  });
});

describe("NitroRegistrars.object", () => {
  it("voids a key at once by any one member, and for good", async () => {
    const it = await enlisted();
    const { id } = it.enrolled;
    const { validFrom } = await it.enclaves.enclaveOf(id);
    await expect(it.registrars.connect(member(it, 2)).object(id))
      .to.emit(it.registrars, "NitroVoided")
      .withArgs(id, member(it, 2).address);
    expect((await it.enclaves.enclaveOf(id)).compromisedSince).to.equal(validFrom);
    await expect(it.register(await it.vouched(await it.apply())))
      .to.be.revertedWithCustomError(it.enclaves, "EnclaveKeyCompromised")
      .withArgs(id, validFrom);
  });

  it("voids it for the registry, too, whatever that would take again", async () => {
    const it = await enlisted();
    const { id, attested, document } = it.enrolled;
    await it.registrars.connect(member(it)).object(id);
    // `EnclaveRegistry` refuses a compromised key before it asks: nothing but its own address gets here.
    const registry = await ethers.getImpersonatedSigner(it.venue.registry);
    await networkHelpers.setBalance(registry.address, 10n ** 18n);
    const { signatures } = await it.vouched(await it.apply());
    await expect(it.registrars.connect(registry).vouch(id, attested, document, [...signatures]))
      .to.be.revertedWithCustomError(it.registrars, "NitroStandingMismatch")
      .withArgs(id, STANDING.void);
  });

  it("moves back what an operator disowned later", async () => {
    const it = await enlisted();
    const { id } = it.enrolled;
    await time.increase(100);
    const since = await time.latest();
    await it.enclaves.connect(it.operator).disown(it.enclaveKey.address, since);
    await it.registrars.connect(member(it)).object(id);
    const { compromisedSince, validFrom } = await it.enclaves.enclaveOf(id);
    expect([compromisedSince, BigInt(since) > validFrom]).to.deep.equal([validFrom, true]);
  });

  it("ends a dispute in the disputer's favour", async () => {
    const it = await disputed();
    await it.registrars.connect(member(it)).object(it.enrolled.id);
    expect(await creditOf(it, it.requester)).to.equal(BOND);
    expect(await balanceOf(it)).to.equal(BOND);
  });

  it("counts against a key that was upheld, too, and moves no bond", async () => {
    const it = await disputed();
    const { id } = it.enrolled;
    await it.registrars.uphold(id, await it.upholding(it.enrolled));
    await it.registrars.connect(member(it)).object(id);
    expect(await standingOf(it)).to.equal(STANDING.void);
    expect([await creditOf(it, it.operator), await creditOf(it, it.requester)]).to.deep.equal([
      BOND,
      0n,
    ]);
  });

  it("reverts with RegistrarUnknown for nobody's member, and for a member of another quorum", async () => {
    const it = await enlisted();
    await it.registrars.declare([it.requester.address], 1, BOND, WINDOW);
    for (const by of [it.operator, it.requester]) {
      await expect(it.registrars.connect(by).object(it.enrolled.id))
        .to.be.revertedWithCustomError(it.registrars, "RegistrarUnknown")
        .withArgs(it.quorumId, by.address);
    }
  });

  it("reverts with NitroStandingMismatch for a key that nobody vouched for", async () => {
    const it = await enlisted();
    await expect(it.registrars.connect(member(it)).object(ZeroHash))
      .to.be.revertedWithCustomError(it.registrars, "NitroStandingMismatch")
      .withArgs(ZeroHash, STANDING.unknown);
  });
});
