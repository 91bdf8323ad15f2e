import { keyIdOf, publicKeyStruct } from "@vouch/attestation";
import { simulatedPlatform, simulatedPlatformCa } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { Wallet, ZeroAddress, ZeroHash, getBytes, zeroPadBytes } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  FMSPC,
  KIND,
  NO_KEY,
  STATUS,
  SVNS,
  TEE_TCB_SVN,
  deployEnclaves,
  enclaveAt,
} from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const TD = { version: 4, teeTcbSvn: TEE_TCB_SVN } as const;

describe("EnclaveRegistry.register", () => {
  for (const [what, overrides, kind, tee] of [
    ["a TDX quote of version 4", { td: TD }, KIND.domain, 1n],
    ["one of version 5", { td: { ...TD, version: 5 as const } }, KIND.domain, 1n],
    ["an SGX quote, by its image", { enclave: {} }, KIND.image, 0n],
    ["an SGX quote, by its signer", { enclave: {}, kind: KIND.signer }, KIND.signer, 0n],
  ] as const) {
    it(`registers the key of ${what}`, async () => {
      const { enclaves, attest, register, operator, enclaveKey, period } = await deployed();
      const { quote, binding } = await attest(overrides);
      expect(binding.kind).to.equal(kind);
      const tx = register({ quote, binding });
      await expect(tx).to.emit(enclaves, "EnclaveRegistered");
      const [event] = await enclaves.queryFilter(enclaves.filters.EnclaveRegistered());
      const { id, measurement, status, simulated } = event?.args ?? {};
      expect([event?.args.operator, event?.args.key]).to.deep.equal([
        operator.address,
        enclaveKey.address,
      ]);
      expect([status, simulated]).to.deep.equal([STATUS.upToDate, true]);
      expect(id).to.equal(await enclaves.idOf(operator, enclaveKey, measurement ?? ZeroHash));
      const enclave = await enclaves.enclaveOf(id ?? ZeroHash);
      expect(enclave.tee).to.equal(tee);
      expect(enclave.validFrom).to.equal(await networkHelpers.time.latest());
      expect(enclave.validTo).to.equal(period.to.getTime() / 1000);
      expect(enclave.compromisedSince).to.equal(0);
    });
  }

  it("tells measurements apart by every byte that is measured, and by what is not measured not", async () => {
    const { attest, enrol } = await deployed();
    const base = await enrol(await attest());
    const seen = new Set([base.measurement]);
    for (const [index, td] of [
      { mrTd: new Uint8Array(48).fill(1) },
      { mrConfigId: new Uint8Array(48).fill(1) },
      { rtmrs: [new Uint8Array(48).fill(1)] },
      { rtmrs: [0, 0, 0, 1].map((it) => new Uint8Array(48).fill(it)) },
    ].entries()) {
      const key = Wallet.createRandom().address;
      const { measurement } = await enrol(await attest({ key, td: { ...TD, ...td } }));
      expect(seen.has(measurement), `change ${index}`).to.equal(false);
      seen.add(measurement);
    }
    const other = await attest({ key: Wallet.createRandom().address });
    expect((await enrol(other)).measurement).to.equal(base.measurement);
  });

  it("takes a version above the measurement of an image, and none above that of a signer", async () => {
    const { attest, enrol } = await deployed();
    const of = async (isvSvn: number, kind: bigint): Promise<string> => {
      const key = Wallet.createRandom().address;
      return (await enrol(await attest({ key, kind, enclave: { isvSvn } }))).measurement;
    };
    expect(await of(1, KIND.signer)).to.equal(await of(2, KIND.signer));
  });

  describe("when the binding is not the enclave's", () => {
    for (const [what, change] of [
      ["another key", { key: Wallet.createRandom().address }],
    ] as const) {
      it(`reverts with EnclaveBindingMismatch for ${what}`, async () => {
        const { enclaves, attest, register } = await deployed();
        const { quote, binding } = await attest();
        await expect(
          register({ quote, binding: { ...binding, ...change } }),
        ).to.be.revertedWithCustomError(enclaves, "EnclaveBindingMismatch");
      });
    }

    it("reverts with EnclaveBindingMismatch for the hash of another block", async () => {
      const { enclaves, attest, register } = await deployed();
      const { quote, binding } = await attest();
      await expect(
        register({ quote, binding: { ...binding, nonceBlock: binding.nonceBlock - 1 } }),
      ).to.be.revertedWithCustomError(enclaves, "EnclaveBindingMismatch");
    });

    it("reverts with NonceBlockUnknown for a block to come", async () => {
      const { enclaves, attest, register } = await deployed();
      const { quote, binding } = await attest();
      await expect(
        register({ quote, binding: { ...binding, nonceBlock: binding.nonceBlock + 9 } }),
      ).to.be.revertedWithCustomError(enclaves, "NonceBlockUnknown");
    });

    it("reverts with EnclaveBindingMismatch for the quote of another registry", async () => {
      const { attest, models, vendor, simulatedVendor, operator } = await deployed();
      const { quote, binding } = await attest();
      const other = await connection.ethers.deployContract("EnclaveRegistry", [
        models,
        vendor.verifier,
        simulatedVendor.verifier,
      ]);
      await expect(
        other.connect(operator).register(quote, binding, "0x", NO_KEY),
      ).to.be.revertedWithCustomError(other, "EnclaveBindingMismatch");
    });

    it("reverts with EnclaveBindingMismatch for report data with more in it", async () => {
      const { enclaves, attest, register } = await deployed();
      const { binding } = await attest();
      const nonce = (await connection.ethers.provider.getBlock(binding.nonceBlock))?.hash;
      const expected = await enclaves.bindingOf(binding, nonce ?? ZeroHash);
      const bound = zeroPadBytes(expected, 64);
      for (const index of [32, 63]) {
        const reportData = getBytes(bound);
        reportData[index] = 1;
        const { quote } = await attest({ reportData });
        await expect(register({ quote, binding }))
          .to.be.revertedWithCustomError(enclaves, "EnclaveBindingMismatch")
          .withArgs(expected, expected);
      }
      const { quote } = await attest({ reportData: getBytes(bound) });
      await register({ quote, binding });
    });

    it("reverts with MeasurementKindMismatch for an image of a TD and a domain of an enclave", async () => {
      const { enclaves, attest, register } = await deployed();
      for (const it of [
        await attest({ kind: KIND.image }),
        await attest({ kind: KIND.domain, enclave: {} }),
      ]) {
        await expect(register(it)).to.be.revertedWithCustomError(
          enclaves,
          "MeasurementKindMismatch",
        );
      }
    });
  });

  describe("given a key that is registered", () => {
    it("reverts with EnclaveAlreadyRegistered for the same quote, and for the other form of its signature", async () => {
      const { enclaves, attest, enrol, register } = await deployed();
      const { quote, binding } = await attest();
      const { id } = await enrol({ quote, binding });
      const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const s = `0x${(n - BigInt(quote.attestation.s)).toString(16).padStart(64, "0")}`;
      const malleated = { ...quote, attestation: { ...quote.attestation, s } };
      for (const it of [quote, malleated]) {
        await expect(register({ quote: it, binding }))
          .to.be.revertedWithCustomError(enclaves, "EnclaveAlreadyRegistered")
          .withArgs(id);
      }
    });

    it("takes a newer quote, and keeps from when the key counts", async () => {
      const { enclaves, attest, enrol } = await deployed();
      const { id } = await enrol(await attest());
      const { validFrom } = await enclaveAt(enclaves, id);
      expect((await enrol(await attest())).id).to.equal(id);
      expect((await enclaveAt(enclaves, id)).validFrom).to.equal(validFrom);
    });

    it("reverts with EnclaveAlreadyRegistered for the quote of another version of its signer's", async () => {
      const { enclaves, attest, enrol, register } = await deployed();
      const of = (isvSvn: number) => attest({ kind: KIND.signer, enclave: { isvSvn } });
      const { id } = await enrol(await of(2));
      for (const isvSvn of [1, 3]) {
        await expect(register(await of(isvSvn)))
          .to.be.revertedWithCustomError(enclaves, "EnclaveAlreadyRegistered")
          .withArgs(id);
      }
      expect((await enrol(await of(2))).id).to.equal(id);
      expect((await enclaves.enclaveOf(id)).isvSvn).to.equal(2);
    });

    it("never takes one back that is compromised", async () => {
      const { enclaves, operator, enclaveKey, attest, enrol, register } = await deployed();
      const { id } = await enrol(await attest());
      await enclaves.connect(operator).disown(enclaveKey, 1);
      const { quote, binding } = await attest();
      await expect(register({ quote, binding }))
        .to.be.revertedWithCustomError(enclaves, "EnclaveKeyCompromised")
        .withArgs(id, (await enclaveAt(enclaves, id)).validFrom);
    });
  });

  it("reverts with EnclaveOperatorMismatch for anybody but the operator that the quote names", async () => {
    const { enclaves, attest, register, operator, stranger } = await deployed();
    await expect(register(await attest(), stranger))
      .to.be.revertedWithCustomError(enclaves, "EnclaveOperatorMismatch")
      .withArgs(operator.address, stranger.address);
  });

  it("gives a key one measurement: another quote of the same key is none of its own", async () => {
    const { enclaves, attest, enrol, register } = await deployed();
    const { measurement } = await enrol(await attest({ enclave: {} }));
    const signer = await attest({ enclave: {}, kind: KIND.signer });
    await expect(register(signer))
      .to.be.revertedWithCustomError(enclaves, "EnclaveMeasurementMismatch")
      .withArgs(measurement, (value: string) => value !== measurement);
  });

  it("does not take a quote for one of another kind: the kind is bound", async () => {
    const { enclaves, attest, register } = await deployed();
    const { quote, binding } = await attest({ enclave: {} });
    await expect(
      register({ quote, binding: { ...binding, kind: KIND.signer } }),
    ).to.be.revertedWithCustomError(enclaves, "EnclaveBindingMismatch");
  });

  it("does not take a simulated quote for a real one, whatever anybody has the simulated root certify", async () => {
    const { vendor, attest, register, platformId } = await deployed();
    const { quote, binding } = await attest();
    await expect(register({ quote, binding: { ...binding, simulated: false } }))
      .to.be.revertedWithCustomError(vendor.verifier, "PlatformUnknown")
      .withArgs(platformId);
  });

  it("takes no simulation where the deployment has none, and no real one in its place", async () => {
    const { models, vendor, simulatedVendor, attest, operator } = await deployed();
    const { ethers } = connection;
    const { quote, binding } = await attest();
    const plain = await ethers.deployContract("EnclaveRegistry", [
      models,
      vendor.verifier,
      ZeroAddress,
    ]);
    await expect(
      plain.connect(operator).register(quote, binding, "0x", NO_KEY),
    ).to.be.revertedWithCustomError(plain, "SimulationNotTaken");
    for (const [real, simulation] of [
      [simulatedVendor, simulatedVendor],
      [vendor, vendor],
    ] as const) {
      await expect(
        ethers.deployContract("EnclaveRegistry", [models, real.verifier, simulation.verifier]),
      ).to.be.revertedWithCustomError(plain, "VerifierRootMismatch");
    }
  });

  it("brings the platform's certificate along, also where somebody was faster", async () => {
    const { enclaves, verifier, attest, operator } = await deployed();
    const issuer = publicKeyStruct(simulatedPlatformCa().certificate);
    const platform = simulatedPlatform("along", 79n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: FMSPC,
    });
    for (const key of [Wallet.createRandom().address, Wallet.createRandom().address]) {
      const { quote, binding } = await attest({ platform, key });
      await enclaves.connect(operator).register(quote, binding, platform.certificate, issuer);
    }
    expect((await verifier.platformOf(keyIdOf(platform.certificate))).serial).to.equal(79);
  });

  it("reverts with EnclaveAlreadyRetired for a key that signs no more", async () => {
    const { enclaves, attest, enrol, register, operator, enclaveKey } = await deployed();
    const { id } = await enrol(await attest());
    await enclaves.connect(operator).retire(enclaveKey);
    await expect(register(await attest()))
      .to.be.revertedWithCustomError(enclaves, "EnclaveAlreadyRetired")
      .withArgs(id);
  });

  it("reverts with PlatformUnknown for a platform that nobody brought", async () => {
    const { verifier, attest, register } = await deployed();
    const platform = simulatedPlatform("unknown", 78n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: FMSPC,
    });
    const { quote, binding } = await attest({ platform });
    await expect(register({ quote, binding }))
      .to.be.revertedWithCustomError(verifier, "PlatformUnknown")
      .withArgs(keyIdOf(platform.certificate));
  });
});
