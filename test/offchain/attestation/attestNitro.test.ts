import { bindReportData } from "@vouch/attestation";
import {
  type NitroAttestation,
  type NitroClaim,
  type NitroDispute,
  attestNitro,
  attestationHash,
  inOrder,
  nitroMeasurement,
  readNitro,
  registersHash,
  requireClaim,
  upholdNitro,
} from "@vouch/attestation/nitro";
import { simulateNitro, simulatedNitroRoot } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { AbiCoder, Wallet, id as hashOf, keccak256 } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const NOW = Date.parse("2026-01-10T00:00:00Z") / 1000;
const address = (digit: string): string => `0x${digit.repeat(40)}`;
const VENUE = { chainId: 31_337n, registry: address("1"), registrars: address("2") };
const BLOCK = 77;
const registrar = new Wallet(hashOf("registrar"));
const WHEN = { time: NOW + 10, maxAgeSeconds: 300 };
const DEPS = {
  signer: registrar,
  blockHashOf: (number: number) => Promise.resolve(number === BLOCK ? hashOf("block") : null),
  simulatedRoot: simulatedNitroRoot().certificate,
  quorums: [hashOf("another of its own"), hashOf("quorum")],
};
const binding = bindReportData({
  ...{ chainId: VENUE.chainId, registry: VENUE.registry },
  ...{ operator: address("3"), key: address("4"), kind: "image", nonce: hashOf("block") },
}).slice(0, 32);
const DOCUMENT = simulateNitro({ issuedAt: NOW, userData: binding });
const CLAIM: NitroClaim = {
  quorum: hashOf("quorum"),
  operator: address("3"),
  key: address("4"),
  nonceBlock: BLOCK,
  registers: registersHash(readNitro(DOCUMENT).pcrs),
  issuedAt: NOW,
  validTo: NOW + 3600,
  simulated: true,
};

describe("attestNitro", () => {
  it("signs what holds, and says what that is", async () => {
    const signed = await attestNitro(DOCUMENT, CLAIM, VENUE, WHEN, DEPS);
    expect(signed.registrar).to.equal(registrar.address);
    expect(signed.attestation).to.include({
      registry: VENUE.registry,
      document: keccak256(DOCUMENT),
      measurement: nitroMeasurement(CLAIM.quorum, CLAIM.registers, true),
      validTo: CLAIM.validTo,
    });
  });

  for (const [code, what, change] of [
    [
      "NITRO_CLAIM_REFUSED",
      "registers that the document does not have",
      { registers: hashOf("b") },
    ],
    ["NITRO_CLAIM_REFUSED", "a quorum that is none of its own", { quorum: hashOf("stranger") }],
    ["NITRO_CLAIM_REFUSED", "another time than the document's", { issuedAt: NOW + 1 }],
    ["NITRO_CLAIM_REFUSED", "a time beyond its certificates'", { validTo: NOW + 4 * 3600 }],
    ["NITRO_CLAIM_REFUSED", "a block that the chain does not have", { nonceBlock: BLOCK + 1 }],
    ["NITRO_BINDING_MISMATCH", "another operator", { operator: address("5") }],
    ["NITRO_BINDING_MISMATCH", "another key", { key: address("5") }],
    ["NITRO_ROOT_MISMATCH", "a simulated document that is said to be real", { simulated: false }],
  ] as const) {
    it(`refuses ${what}: ${code}`, async () => {
      const attempt = attestNitro(DOCUMENT, { ...CLAIM, ...change }, VENUE, WHEN, DEPS);
      expect(await codeOfPromise(attempt)).to.equal(code);
    });
  }

  for (const [what, venue] of [
    ["chain", { ...VENUE, chainId: 1n }],
    ["registry", { ...VENUE, registry: address("6") }],
  ] as const) {
    it(`refuses a document of another ${what}`, async () => {
      const attempt = attestNitro(DOCUMENT, CLAIM, venue, WHEN, DEPS);
      expect(await codeOfPromise(attempt)).to.equal("NITRO_BINDING_MISMATCH");
    });
  }

  it("refuses user data that is longer than the binding, or not there", async () => {
    for (const options of [{ userData: Uint8Array.from([...binding, 0]) }, {}]) {
      const other = simulateNitro({ issuedAt: NOW, ...options });
      const attempt = attestNitro(other, CLAIM, VENUE, WHEN, DEPS);
      expect(await codeOfPromise(attempt)).to.equal("NITRO_BINDING_MISMATCH");
    }
  });

  it("refuses a document that is too old, and simulated ones unless it is told to take them", async () => {
    const late = attestNitro(DOCUMENT, CLAIM, VENUE, { ...WHEN, time: NOW + 301 }, DEPS);
    expect(await codeOfPromise(late)).to.equal("NITRO_TOO_OLD");
    const { signer, blockHashOf, quorums } = DEPS;
    const plain = attestNitro(DOCUMENT, CLAIM, VENUE, WHEN, { signer, blockHashOf, quorums });
    expect(await codeOfPromise(plain)).to.equal("NITRO_SIMULATED");
  });
});

describe("upholdNitro", () => {
  const types = ["address", "address", "bytes32"];
  const measurement = nitroMeasurement(CLAIM.quorum, CLAIM.registers, true);
  const ofTheDocument = { time: NOW, maxAgeSeconds: 0 };
  /** The dispute of a key that was vouched for as `change` says. */
  const disputeOf = async (change: Partial<NitroAttestation> = {}): Promise<NitroDispute> => {
    const attestation = await requireClaim(DOCUMENT, CLAIM, VENUE, ofTheDocument, DEPS);
    return {
      id: keccak256(
        AbiCoder.defaultAbiCoder().encode(types, [CLAIM.operator, CLAIM.key, measurement]),
      ),
      attestation: attestationHash({ ...attestation, ...change }),
      disputer: address("7"),
      deadline: NOW + 43_200,
    };
  };

  it("signs for the key of the document alone, whenever that was made", async () => {
    const dispute = await disputeOf();
    const signed = await upholdNitro(DOCUMENT, CLAIM, dispute, VENUE, DEPS);
    expect(signed.registrar).to.equal(registrar.address);
    const other = { ...dispute, id: hashOf("other") };
    expect(await codeOfPromise(upholdNitro(DOCUMENT, CLAIM, other, VENUE, DEPS))).to.equal(
      "NITRO_CLAIM_REFUSED",
    );
    const forged = Uint8Array.from([...DOCUMENT.slice(0, -1), 1]);
    expect(await codeOfPromise(upholdNitro(forged, CLAIM, dispute, VENUE, DEPS))).to.equal(
      "NITRO_SIGNATURE_INVALID",
    );
  });

  it("refuses the key of a quorum that is none of its own", async () => {
    const attempt = upholdNitro(DOCUMENT, CLAIM, await disputeOf(), VENUE, {
      ...DEPS,
      quorums: [],
    });
    expect(await codeOfPromise(attempt)).to.equal("NITRO_CLAIM_REFUSED");
  });

  for (const [what, change] of [
    ["an earlier end", { validTo: CLAIM.validTo - 1 }],
    ["a later end", { validTo: NOW + 20 * 3600 }],
    ["another block", { nonceBlock: BLOCK + 1 }],
    ["another time", { issuedAt: NOW + 1 }],
    ["another binding", { binding: hashOf("other") }],
    ["another document", { document: hashOf("other") }],
    ["another kind of root", { simulated: false }],
  ] as const) {
    it(`refuses where ${what} was vouched for than the claim that holds`, async () => {
      const dispute = await disputeOf(change);
      const honest = upholdNitro(DOCUMENT, CLAIM, dispute, VENUE, DEPS);
      expect(await codeOfPromise(honest)).to.equal("NITRO_CLAIM_REFUSED");
    });
  }

  for (const [what, code, change] of [
    ["a later end than its certificates have", "NITRO_CLAIM_REFUSED", { validTo: NOW + 20 * 3600 }],
    ["a block that the chain does not have", "NITRO_CLAIM_REFUSED", { nonceBlock: BLOCK + 1 }],
    ["another time", "NITRO_TOO_OLD", { issuedAt: NOW + 1 }],
  ] as const) {
    it(`refuses ${what} where the claim repeats it: ${code}`, async () => {
      const restated = { ...CLAIM, ...change };
      const attempt = upholdNitro(DOCUMENT, restated, await disputeOf(change), VENUE, DEPS);
      expect(await codeOfPromise(attempt)).to.equal(code);
    });
  }
});

describe("inOrder", () => {
  it("sorts by the address that signed, as a number", () => {
    const signatures = ["0xB0", "0x0a", "0xa1"].map((registrar_) => ({
      registrar: registrar_,
      signature: `of ${registrar_}`,
    }));
    expect(inOrder(signatures)).to.deep.equal(["of 0x0a", "of 0xa1", "of 0xB0"]);
  });
});
