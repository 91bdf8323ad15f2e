import type { Hex, Receipt, WeightedCircuit, WeightsRegistration } from "@vouch/protocol";
import {
  circuitsOf,
  committedCircuitId,
  compactReceipt,
  decodeCommittedCircuit,
  decodeEvidence,
  encodeCommittedCircuit,
  encodeEvidence,
  joinCircuits,
  parseReceipt,
  releaseCircuitId,
  releaseId,
  serializeReceipt,
  statementDigest,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import type { CommittedSecrets } from "../../helpers/committedSecrets.ts";
import {
  committedSecrets,
  constantSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../helpers/committedSecrets.ts";
import { CIRCUIT, RELEASE, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const { input, output } = CIRCUIT;
const SECRETS = committedSecrets("receipt", { input, output });
const CONSTANT = constantSecrets("receipt", { input, output });
const D_W = weightsSecretOf("receipt");

/** A receipt that commit-and-prove proves. */
function committedReceipt({ circuit, inference }: CommittedSecrets): Receipt {
  const isUnregistered = circuit.weightsCircuit === null;
  const circuitId = committedCircuitId(circuit);
  const release = {
    circuit: circuitId,
    ...(circuit.weights === "constant" ? { weights: 0n } : {}),
  };
  const { statement, ...rest } = trapdoorReceipt({ release, kinds: [] });
  const digest = statementDigest(rest.domain, statement);
  const weights = isUnregistered ? {} : { weights: D_W };
  const proof = inference.prove({ ...weights, digest, v: [...rest.input, ...rest.output] });
  const registration = isUnregistered
    ? null
    : registrationOf(SECRETS, circuitId, release.weights ?? RELEASE.weights, D_W);
  const evidence = [{ kind: "zk", committed: proof }] as const;
  return { ...rest, ...{ statement, circuit: { ...circuit, registration }, evidence } };
}

function registeredBy(registration: WeightsRegistration | null): Receipt {
  return { ...RECEIPT, circuit: { ...SECRETS.circuit, registration } };
}
const RECEIPT = committedReceipt(SECRETS);
const UNTIED = committedSecrets("receipt", { input, output, weightsCircuit: null });
const OVERTIED = committedSecrets("receipt", { input, output, weights: "constant" });

describe("verifyReceipt, given a commit-and-prove circuit", () => {
  it("verifies proof and registration, and says which system it was", () => {
    const { assurance, checks } = verifyReceipt(RECEIPT);
    expect([assurance.kinds, assurance.developmentSetup]).to.deep.equal([["zk"], true]);
    expect(checks.find(({ name }) => name === "zk")?.detail).to.contain("commit-and-prove");
  });

  it("needs no registration where the circuit holds its weights", () => {
    const { assurance } = verifyReceipt(committedReceipt(CONSTANT));
    expect(assurance.kinds).to.deep.equal(["zk"]);
  });

  it("survives JSON, in lines or in one", () => {
    for (const receipt of [RECEIPT, committedReceipt(CONSTANT)])
      for (const json of [serializeReceipt(receipt), compactReceipt(receipt)])
        expect(parseReceipt(JSON.parse(json))).to.deep.equal(receipt);
  });

  const other = registrationOf(SECRETS, RECEIPT.release.circuit, RELEASE.weights + 1n, D_W);
  const blinded = registrationOf(SECRETS, RECEIPT.release.circuit, RELEASE.weights, D_W + 1n);
  const proof = RECEIPT.evidence.flatMap((it) => ("committed" in it ? it.committed : []));
  const plain = trapdoorReceipt({ kinds: ["zk"] }).evidence;
  const refusals: [string, Receipt, string][] = [
    ["has no registration", registeredBy(null), "REGISTRATION_MISSING"],
    ["has a registration of other weights", registeredBy(other), "REGISTRATION_INVALID"], // prettier-ignore
    ["has a registration of another blind", registeredBy(blinded), "PROOF_INVALID"],
    [
      "has another proof's commitment",
      { ...RECEIPT, evidence: [{ kind: "zk", committed: [...proof.slice(0, 8), ...proof.slice(6, 8), ...proof.slice(10)] }] }, // prettier-ignore
      "PROOF_INVALID",
    ],
    [
      "has private weights and nothing that registers them",
      committedReceipt(UNTIED),
      "KEY_INVALID",
    ],
    ["has constant weights and what registers them", committedReceipt(OVERTIED), "KEY_INVALID"],
    ["has a plain proof", { ...RECEIPT, evidence: plain }, "EVIDENCE_MALFORMED"],
    [
      "is plain and has a committed proof",
      { ...trapdoorReceipt({ kinds: ["zk"] }), evidence: RECEIPT.evidence },
      "EVIDENCE_MALFORMED",
    ],
    [
      "has another sigma than the release's circuit",
      { ...RECEIPT, circuit: withSigma(SECRETS.circuit) },
      "CIRCUIT_ID_MISMATCH",
    ],
  ];
  for (const [what, receipt, code] of refusals) {
    describe(`when it ${what}`, () => {
      it(`throws ${code}`, () => {
        expect(codeOf(() => verifyReceipt(receipt))).to.equal(code);
      });
    });
  }
});

describe("a commit-and-prove circuit", () => {
  it("is one circuit of a release, under its own id", () => {
    const circuit = { ...SECRETS.circuit, registration: null };
    expect(circuitsOf(circuit)).to.deep.equal([circuit]);
    expect(releaseCircuitId(circuit)).to.equal(committedCircuitId(circuit));
    expect(codeOf(() => joinCircuits([CIRCUIT, circuit]))).to.equal("SEGMENT_INVALID");
    expect(RECEIPT.statement.release).to.equal(releaseId(RECEIPT.release));
  });

  it("is decoded from its on-chain form, with and without a weights circuit", () => {
    for (const { circuit } of [SECRETS, CONSTANT]) {
      const { circuit: parts, ...rest } = encodeCommittedCircuit(circuit);
      const encoded = {
        ...rest,
        circuit: {
          ...parts,
          system: BigInt(parts.system),
          weights: BigInt(parts.weights),
          setup: BigInt(parts.setup),
          input: decoded(parts.input),
          output: decoded(parts.output),
        },
      };
      expect(decodeCommittedCircuit(encoded)).to.deep.equal(circuit);
    }
  });

  it("has proofs of twelve words on-chain, and no other number", () => {
    const [evidence] = RECEIPT.evidence;
    const encoded = encodeEvidence(evidence!); // it has one
    const registered = { ...SECRETS.circuit, registration: null };
    expect(encoded.data.length).to.equal(2 + 64 * 12);
    expect(decodeEvidence(encoded, registered)).to.deep.equal(evidence);
    for (const circuit of [CIRCUIT, null])
      expect(codeOf(() => decodeEvidence(encoded, circuit))).to.equal("EVIDENCE_MALFORMED");
    const short = { ...encoded, data: encoded.data.slice(0, -64) as Hex };
    expect(codeOf(() => decodeEvidence(short, registered))).to.equal("EVIDENCE_MALFORMED");
  });
});

function withSigma(circuit: CommittedSecrets["circuit"]): WeightedCircuit {
  const { sigma } = committedSecrets(id("another")).circuit.key;
  return { ...circuit, key: { ...circuit.key, sigma }, registration: null };
}

function decoded({
  mode,
  elements,
  bits,
  isSigned,
}: ReturnType<typeof encodeCommittedCircuit>["circuit"]["input"]) {
  // prettier-ignore
  return { mode: BigInt(mode), elements: BigInt(elements), bits: BigInt(bits), isSigned };
}
