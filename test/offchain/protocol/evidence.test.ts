import type { Evidence, Hex } from "@vouch/protocol";
import {
  EVIDENCE_KINDS,
  decodeAssurance,
  decodeEvidence,
  describeAssurance,
  encodeEvidence,
  enumName,
} from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";

const coordinate = fc.bigInt(0n, 2n ** 256n - 1n);
const hexOf = (value: bigint): string => value.toString(16).padStart(64, "0");

describe("encodeEvidence", () => {
  it("is inverted by decodeEvidence; a proof is nine words", () => {
    const proofs = fc.array(coordinate, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(coordinate, proofs, (commitment, proof) => {
        const evidence: Evidence = { kind: "zk", commitment, proof };
        const encoded = encodeEvidence(evidence);
        expect(encoded).to.deep.equal({
          kind: 4,
          data: `0x${[commitment, ...proof].map(hexOf).join("")}`,
        });
        expect(decodeEvidence(encoded)).to.deep.equal(evidence);
      }),
      { seed: 50, numRuns: 50 },
    );
    const signed = { kind: "signature", signature: `0x${"ab".repeat(65)}`, path: [] } as const;
    expect(encodeEvidence(signed)).to.deep.equal({ kind: 0, data: signed.signature });
    expect(decodeEvidence(encodeEvidence(signed))).to.deep.equal(signed);
  });
});

describe("encodeEvidence, of a signature in a batch", () => {
  const signature: Hex = `0x${"ab".repeat(65)}`;
  const word = (byte: number): Hex => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;

  it("puts the siblings behind the signature, and is inverted by decodeEvidence", () => {
    const path = [word(1), word(2), word(3)];
    const encoded = encodeEvidence({ kind: "signature", signature, path });
    expect(encoded.data).to.equal(`${signature}${path.map((it) => it.slice(2)).join("")}`);
    expect(decodeEvidence(encoded)).to.deep.equal({ kind: "signature", signature, path });
  });

  it("is decoded up to 40 siblings, and refused beyond or where a word is not whole", () => {
    const longest = encodeEvidence({ kind: "signature", signature, path: Array(40).fill(word(7)) });
    expect(decodeEvidence(longest)).to.have.property("path").of.length(40);
    for (const data of [
      ...["0x" as const, signature.slice(0, -2), `${signature}00`, `${longest.data}00`],
      `${longest.data}${"07".repeat(32)}`,
    ]) {
      expect(codeOf(() => decodeEvidence({ kind: 0, data: data as Hex }))).to.equal(
        "EVIDENCE_MALFORMED",
      );
    }
  });
});

describe("decodeEvidence", () => {
  it("refuses a proof of another length", () => {
    for (const bytes of [0, 32, 287, 289, 320]) {
      const data: Hex = `0x${"00".repeat(bytes)}`;
      expect(codeOf(() => decodeEvidence({ kind: 4, data }))).to.equal("EVIDENCE_MALFORMED");
    }
  });

  it("reads what an enclave signed, and refuses other lengths", () => {
    const evidence = {
      kind: "tee",
      signature: `0x${"11".repeat(65)}`,
      key: `0x${"22".repeat(20)}`,
      measurement: `0x${"33".repeat(32)}`,
      path: [`0x${"44".repeat(32)}`, `0x${"55".repeat(32)}`],
    } as const;
    const encoded = encodeEvidence(evidence);
    expect(encoded.kind).to.equal(3);
    expect(decodeEvidence(encoded)).to.deep.equal(evidence);
    expect(decodeEvidence(encodeEvidence({ ...evidence, path: [] }))).to.deep.equal({
      ...evidence,
      path: [],
    });
    for (const data of ["0x", encoded.data.slice(0, -2), `${encoded.data}00`]) {
      expect(codeOf(() => decodeEvidence({ kind: 3, data: data as Hex }))).to.equal(
        "EVIDENCE_MALFORMED",
      );
    }
  });

  it("refuses kinds that this version does not verify", () => {
    for (const kind of [1, 2, 5, 255]) {
      expect(codeOf(() => decodeEvidence({ kind, data: "0x" }))).to.equal("EVIDENCE_UNSUPPORTED");
    }
  });
});

describe("decodeAssurance", () => {
  const encoded = {
    kinds: 0b10001n,
    flags: 0n,
    quorumK: 2n,
    quorumN: 3n,
    minTcb: 4n,
    tolerance: 0n,
    window: 5n,
    stakeAtRisk: 6n,
  };

  it("reads kinds from their bits, and numbers", () => {
    expect(decodeAssurance(encoded)).to.deep.equal({
      kinds: ["signature", "zk"],
      developmentSetup: false,
      unattestedSetup: false,
      simulatedEnclave: false,
      vouchedEnclave: false,
      externalVerifier: false,
      quorumArbitration: false,
      quorumK: 2,
      quorumN: 3,
      minTcb: 4,
      tolerance: 0,
      window: 5,
      stakeAtRisk: 6n,
    });
    for (const [bit, kind] of EVIDENCE_KINDS.entries()) {
      expect(decodeAssurance({ ...encoded, kinds: 1n << BigInt(bit) }).kinds).to.deep.equal([kind]);
    }
  });

  it("reads each flag, and describes it first", () => {
    for (const [bit, flag, word] of [
      [0, "developmentSetup", "DEVELOPMENT"],
      [1, "unattestedSetup", "attested by nobody"],
      [2, "simulatedEnclave", "SIMULATED"],
      [5, "vouchedEnclave", "VOUCHED"],
    ] as const) {
      const assurance = decodeAssurance({ ...encoded, flags: 1n << BigInt(bit) });
      expect(assurance[flag]).to.be.true;
      expect(describeAssurance(assurance)).to.include(word).and.to.include("signature + zk");
    }
    expect(describeAssurance(decodeAssurance(encoded))).to.equal("signature + zk");
    expect(describeAssurance(decodeAssurance({ ...encoded, kinds: 0n }))).to.equal("no evidence");
  });
});

describe("enumName", () => {
  it("names a value and refuses others", () => {
    const names = ["none", "open"] as const;
    expect(enumName(names, 1n)).to.equal("open");
    for (const value of [2n, -1n, 2n ** 64n])
      expect(codeOf(() => enumName(names, value))).to.equal("ENUM_UNKNOWN");
  });
});
