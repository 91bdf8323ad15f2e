import {
  type VouchedRegistration,
  attestationHash,
  nitroMeasurement,
  registersHash,
  registrarQuorumId,
  vouchedRegistration,
} from "@vouch/attestation/nitro";
import { simulatedRegisters } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { ZeroAddress, hexlify, id as hashOf, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { STATUS } from "../../helpers/enclaveScenario.ts";
import {
  BOND,
  type NitroScenario,
  STANDING,
  WINDOW,
  deployNitro,
} from "../../helpers/nitroScenario.ts";

const { networkHelpers, ethers } = connection;
const deployed = () => networkHelpers.loadFixture(deployNitro);
const NITRO = 2n;

describe("EnclaveRegistry.registerVouched", () => {
  it("keeps the key in a row of the lowest status, and emits the whole document", async () => {
    const { enclaves, registrars, operator, enclaveKey, quorumId, ...it } = await deployed();
    const application = await it.apply();
    const { document, claim } = application;
    const measurement = nitroMeasurement(quorumId, claim.registers, true);
    const id = await enclaves.idOf(operator, enclaveKey, measurement);
    const sent = it.register(await it.vouched(application));
    await expect(sent)
      .to.emit(enclaves, "EnclaveRegistered")
      .withArgs(id, operator, enclaveKey, measurement, 1n, true, claim.validTo);
    const [event] = await registrars.queryFilter(registrars.filters.NitroVouched(id), -1);
    expect(event?.args.document).to.equal(hexlify(document));
    expect(event?.args.attestation.measurement).to.equal(measurement);
    const row = await enclaves.enclaveOf(id);
    expect([row.tee, row.status, row.simulated, row.validTo]).to.deep.equal([
      NITRO,
      STATUS.outOfDateConfigurationNeeded,
      true,
      BigInt(claim.validTo),
    ]);
    const voucher = await registrars.voucherOf(id);
    expect([...voucher]).to.deep.equal([
      quorumId,
      attestationHash({
        ...{
          registry: await enclaves.getAddress(),
          quorum: quorumId,
          document: keccak256(document),
        },
        ...{ operator: operator.address, key: enclaveKey.address, measurement },
        binding: event?.args.attestation.binding ?? "",
        ...{ issuedAt: claim.issuedAt, validTo: claim.validTo, nonceBlock: claim.nonceBlock },
        simulated: true,
      }),
      operator.address,
      STANDING.vouched,
      0n,
      BigInt(claim.validTo),
      0n,
      ZeroAddress,
    ]);
    // Nobody judges its platform: no advisory is kept of it, and it is exempt from none.
    expect([await enclaves.isExempt(id, 0n), await enclaves.isExempt(id, 615n)]).to.deep.equal([
      true,
      false,
    ]);
  });

  it("takes any members that are enough, and all of them", async () => {
    const it = await deployed();
    const [first, second, third] = it.members;
    if (first === undefined || second === undefined || third === undefined) throw new Error("few");
    await it.register(await it.vouched(await it.apply(), [third, first]));
    await it.register(await it.vouched(await it.apply(), it.members));
  });

  it("extends the time of a key by a newer document, and not by the same again", async () => {
    const it = await deployed();
    const { id } = await it.enrol();
    const since = (await it.enclaves.enclaveOf(id)).validFrom;
    await networkHelpers.time.increase(600);
    const application = await it.apply();
    const registration = await it.vouched(application);
    await it.register(registration);
    const row = await it.enclaves.enclaveOf(id);
    expect([row.validFrom, row.validTo]).to.deep.equal([since, BigInt(application.claim.validTo)]);
    await expect(it.register(registration))
      .to.be.revertedWithCustomError(it.enclaves, "EnclaveAlreadyRegistered")
      .withArgs(id);
  });

  it("is another measurement of other registers, of another quorum, and simulated", async () => {
    const { quorumId, terms, apply } = await deployed();
    const { claim } = await apply();
    const other = registrarQuorumId({ ...terms, threshold: 3 });
    const seen = [
      nitroMeasurement(quorumId, claim.registers, true),
      nitroMeasurement(quorumId, claim.registers, false),
      nitroMeasurement(other, claim.registers, true),
      nitroMeasurement(quorumId, registersHash(simulatedRegisters("other")), true),
    ];
    expect(new Set(seen).size).to.equal(seen.length);
  });

  describe("reverts", () => {
    /** What differs from a registration that would be taken, and by whose error it is refused. */
    type Change = (it: NitroScenario) => Promise<VouchedRegistration>;
    const cases: readonly (readonly [
      what: string,
      by: "enclaves" | "registrars",
      string,
      Change,
    ])[] = [
      [
        "for one signature where two are due",
        "registrars",
        "RegistrarsTooFew",
        async (it) => it.vouched(await it.apply(), it.members.slice(0, 1)),
      ],
      [
        "for the same signature twice",
        "registrars",
        "RegistrarSignaturesUnsorted",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return {
            ...one,
            signatures: [...one.signatures.slice(0, 1), ...one.signatures.slice(0, 1)],
          };
        },
      ],
      [
        "for signatures that descend",
        "registrars",
        "RegistrarSignaturesUnsorted",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, signatures: [...one.signatures].reverse() };
        },
      ],
      [
        "for a signature of no member",
        "registrars",
        "RegistrarUnknown",
        async (it) => it.vouched(await it.apply(), [it.operator, it.publisher]),
      ],
      [
        "for a signature that is none",
        "registrars",
        "RegistrarSignatureMalformed",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, signatures: ["0x", ...one.signatures.slice(1)] };
        },
      ],
      [
        "for a quorum that nobody declared",
        "registrars",
        "QuorumNotDeclared",
        async (it) => it.vouched(await it.apply({ quorum: hashOf("nobody") })),
      ],
      [
        "for another document than was signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, document: Uint8Array.from([...one.document, 0]) };
        },
      ],
      [
        "for a later end than was signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, claim: { ...one.claim, validTo: one.claim.validTo + 1 } };
        },
      ],
      [
        "for an end of a day after the document that nobody signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, claim: { ...one.claim, validTo: one.claim.issuedAt + 86_400 } };
        },
      ],
      [
        "for an end beyond a day after the document",
        "registrars",
        "NitroSpanRefused",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, claim: { ...one.claim, validTo: one.claim.issuedAt + 86_401 } };
        },
      ],
      [
        "for other registers than were signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, claim: { ...one.claim, registers: hashOf("others") } };
        },
      ],
      [
        "for another key than was signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, binding: { ...one.binding, key: it.requester.address } };
        },
      ],
      [
        "for another block than was signed",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          const nonceBlock = one.binding.nonceBlock - 1;
          return { ...one, binding: { ...one.binding, nonceBlock } };
        },
      ],
      [
        "for a document that is said to be real and was signed as simulated",
        "registrars",
        "RegistrarUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, binding: { ...one.binding, simulated: false } };
        },
      ],
      [
        "for a document that is too long",
        "registrars",
        "DocumentLengthRefused",
        async (it) => ({
          ...(await it.vouched(await it.apply())),
          document: new Uint8Array(16_385),
        }),
      ],
      [
        "for no document",
        "registrars",
        "DocumentLengthRefused",
        async (it) => ({ ...(await it.vouched(await it.apply())), document: new Uint8Array() }),
      ],
      [
        "for another kind than an image",
        "enclaves",
        "MeasurementKindMismatch",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, binding: { ...one.binding, kind: 2n } };
        },
      ],
      [
        "for another operator than sends it",
        "enclaves",
        "EnclaveOperatorMismatch",
        async (it) => it.vouched(await it.apply({ operator: it.publisher.address })),
      ],
      [
        "for a document from the future",
        "enclaves",
        "TimeInFuture",
        async (it) => {
          const one = await it.vouched(await it.apply());
          return { ...one, claim: { ...one.claim, issuedAt: one.claim.issuedAt + 100 } };
        },
      ],
      [
        "for a key whose time is over",
        "enclaves",
        "EnclaveLapsed",
        async (it) => {
          const application = await it.apply();
          const validTo = application.claim.issuedAt - 1;
          const { document, claim } = application;
          return it.vouched({ document, claim: { ...claim, validTo } });
        },
      ],
      [
        "for a block to come",
        "enclaves",
        "NonceBlockUnknown",
        async (it) => {
          const one = await it.vouched(await it.apply());
          const nonceBlock = one.binding.nonceBlock + 1000;
          return { ...one, binding: { ...one.binding, nonceBlock } };
        },
      ],
    ];
    for (const [what, by, error, change] of cases) {
      it(`with ${error} ${what}`, async () => {
        const it = await deployed();
        const registration = await change(it);
        await expect(it.register(registration)).to.be.revertedWithCustomError(it[by], error);
      });
    }

    it("with EnclaveMeasurementMismatch for a key that others vouch for already", async () => {
      const it = await deployed();
      const { measurement } = await it.enrol();
      const { members } = it.terms;
      await it.registrars.declare([...members], 3, BOND, WINDOW);
      const quorum = registrarQuorumId({ ...it.terms, threshold: 3 });
      const registration = await it.vouched(await it.apply({ quorum }), it.members);
      const { registers } = registration.claim;
      await expect(it.register(registration))
        .to.be.revertedWithCustomError(it.enclaves, "EnclaveMeasurementMismatch")
        .withArgs(measurement, nitroMeasurement(quorum, registers, true));
    });

    it("with SimulationNotTaken where a deployment takes no simulated enclave", async () => {
      const it = await deployed();
      const plain = await ethers.deployContract("EnclaveRegistry", [
        await it.models.getAddress(),
        await it.vendor.verifier.getAddress(),
        ZeroAddress,
      ]);
      const application = await it.apply();
      const { binding, claim, document, signatures } = vouchedRegistration(
        application.document,
        application.claim,
        [],
      );
      await expect(
        plain.connect(it.operator).registerVouched(binding, claim, document, [...signatures]),
      ).to.be.revertedWithCustomError(plain, "SimulationNotTaken");
    });
  });

  describe("signatures", () => {
    it("of another quorum with the same members do not count", async () => {
      const it = await deployed();
      await it.registrars.declare([...it.terms.members], 3, BOND, WINDOW);
      const quorum = registrarQuorumId({ ...it.terms, threshold: 3 });
      const one = await it.vouched(await it.apply({ quorum }), it.members);
      const replayed = { ...one, claim: { ...one.claim, quorum: it.quorumId } };
      await expect(it.register(replayed)).to.be.revertedWithCustomError(
        it.registrars,
        "RegistrarUnknown",
      );
    });

    it("for another registry do not count", async () => {
      const it = await deployed();
      const other = await ethers.deployContract("EnclaveRegistry", [
        await it.models.getAddress(),
        await it.vendor.verifier.getAddress(),
        await it.simulatedVendor.verifier.getAddress(),
      ]);
      const others = await ethers.getContractAt("NitroRegistrars", await other.registrars());
      await others.declare([...it.terms.members], it.terms.threshold, BOND, WINDOW);
      const { binding, claim, document, signatures } = await it.vouched(await it.apply());
      await expect(
        other.connect(it.operator).registerVouched(binding, claim, document, [...signatures]),
      ).to.be.revertedWithCustomError(others, "RegistrarUnknown");
    });
  });

  it("cannot be renewed: a new document is needed", async () => {
    const { enclaves, enrol } = await deployed();
    const { id } = await enrol();
    await expect(enclaves.renew(id))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotRenewable")
      .withArgs(id);
  });

  it("leaves `vouch` and `condemn` to one another alone", async () => {
    const { enclaves, registrars, operator, apply, vouched, enrol } = await deployed();
    const { id, measurement } = await enrol();
    const { claim, document, signatures, binding } = await vouched(await apply());
    const attestation = {
      ...claim,
      ...binding,
      measurement,
      binding: hashOf("any"),
    };
    await expect(
      registrars.connect(operator).vouch(id, attestation, document, [...signatures]),
    ).to.be.revertedWithCustomError(registrars, "RegistryMismatch");
    await expect(enclaves.connect(operator).condemn(id)).to.be.revertedWithCustomError(
      enclaves,
      "RegistrarsMismatch",
    );
  });

  it("may be retired and disowned by its operator, as any key", async () => {
    const it = await deployed();
    const { id } = await it.enrol();
    const own = it.enclaves.connect(it.operator);
    await own.retire(it.enclaveKey.address);
    await expect(it.register(await it.vouched(await it.apply()))).to.be.revertedWithCustomError(
      it.enclaves,
      "EnclaveAlreadyRetired",
    );
    await own.disown(it.enclaveKey.address, 0);
    const { compromisedSince, validFrom } = await it.enclaves.enclaveOf(id);
    expect(compromisedSince).to.equal(validFrom);
  });
});
