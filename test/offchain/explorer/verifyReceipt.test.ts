import type { Hex, Receipt, RequestId } from "@vouch/protocol";
import { compactReceipt, parseReceipt, serializeReceipt } from "@vouch/protocol";
import { expect } from "chai";
import { SigningKey, id } from "ethers";
import { MAX_RECEIPT_BYTES } from "../../../offchain/explorer/src/pages/verify/shareLink.ts";
import type { Finding, Verdict } from "../../../offchain/explorer/src/pages/verify/verdict.ts";
import { joinChain } from "../../../offchain/explorer/src/pages/verify/verifyAgainst.ts";
import { verifyOffline } from "../../../offchain/explorer/src/pages/verify/verifyOffline.ts";
import { TRANSCRIPT, textReceipt } from "../../helpers/textReceipt.ts";
import { signedOnlyReceipt, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const valid = trapdoorReceipt();
const verdictOf = (receipt: Receipt): Verdict => verifyOffline(serializeReceipt(receipt)).verdict;
const failureOf = (text: string): string => {
  const { verdict } = verifyOffline(text);
  return verdict.status === "invalid" ? `${verdict.check}: ${verdict.code}` : verdict.status;
};
const forged = (change: (receipt: Receipt) => Receipt): string =>
  failureOf(serializeReceipt(change(valid)));
const bump = (hex: Hex, at: number): Hex =>
  `${hex.slice(0, at)}${hex[at] === "0" ? "1" : "0"}${hex.slice(at + 1)}` as Hex;

describe("Verify: verifyOffline", () => {
  it("finds a proven and signed receipt valid, and says what it did not check", () => {
    const verdict = verdictOf(valid);
    expect(verdict.status).to.equal("valid");
    if (verdict.status === "invalid") return;
    expect(verdict.findings.map(({ name }) => name)).to.deep.equal([
      "Release",
      "Circuit",
      "Input and output",
      "Signature",
      "Proof",
    ]);
    expect(verdict.notChecked.join(" ")).to.include("stake");
    expect(verdict.contents.output).to.deep.equal({
      status: "numbers",
      values: [-5 / 65_536, 1, (2 ** 31 - 1) / 65_536],
    });
  });

  it("reads the same receipt in one line, and as a gateway wraps it", () => {
    expect(verifyOffline(compactReceipt(valid)).verdict.status).to.equal("valid");
    const wrapped = { id: valid.statement.request, receipt: jsonOf(valid), inclusion: null };
    expect(verifyOffline(JSON.stringify(wrapped)).verdict.status).to.equal("valid");
  });

  it("names a development set-up as a weakness", () => {
    const verdict = verdictOf(trapdoorReceipt({ circuit: { setup: "development" } }));
    expect(verdict.status).to.equal("weak");
    if (verdict.status === "weak") expect(verdict.weaknesses[0]).to.match(/^Development set-up/);
  });

  it("shows prompt and answer of a language model as text", () => {
    const verdict = verdictOf(textReceipt());
    if (verdict.status === "invalid") throw new Error(verdict.detail);
    expect(verdict.contents.text?.answer).to.equal(TRANSCRIPT.generation.text);
    expect(verdict.contents.text?.prompt[1]).to.deep.equal({
      role: "user",
      text: "What is the weather in Zürich?",
    });
    expect(verdict.contents.output).to.deep.equal({ status: "hashes" });
  });

  it("names the check that a forged receipt fails", () => {
    const other = new SigningKey(id("somebody else"));
    const { signature } = signed(valid);
    expect(forged((it) => ({ ...it, output: [(it.output[0] ?? 0n) + 1n] }))).to.equal(
      "Output: OUTPUT_HASH_MISMATCH",
    );
    expect(forged((it) => ({ ...it, input: [it.input[1] ?? 0n, it.input[0] ?? 0n] }))).to.match(
      /^(?:Input: INPUT_HASH_MISMATCH|Words: WORDS_NOT_CANONICAL)$/,
    );
    expect(forged((it) => ({ ...it, input: it.input.slice(1) }))).to.equal("Words: WORD_COUNT");
    expect(forged((it) => ({ ...it, evidence: [] }))).to.equal("Evidence: EVIDENCE_MISSING");
    expect(forged((it) => ({ ...it, evidence: [...it.evidence, ...it.evidence] }))).to.equal(
      "Evidence: EVIDENCE_DUPLICATED",
    );
    expect(forged((it) => ({ ...it, release: { ...it.release, model: "another" } }))).to.equal(
      "Release: RELEASE_ID_MISMATCH",
    );
    expect(forged((it) => ({ ...it, domain: { ...it.domain, chainId: 1n } }))).to.equal(
      "Signature: SIGNATURE_INVALID",
    );
    expect(
      forged((it) => ({
        ...it,
        statement: { ...it.statement, request: bump(it.statement.request, 9) as RequestId },
      })),
    ).to.equal("Signature: SIGNATURE_INVALID");
    expect(
      forged((it) => ({
        ...it,
        evidence: [{ kind: "signature", signature: bump(signature, 20), path: [] }],
      })),
    ).to.equal("Signature: SIGNATURE_INVALID");
    expect(
      forged((it) => ({
        ...it,
        evidence: [
          {
            kind: "signature",
            signature: other.sign(id("anything")).serialized as Hex,
            path: [],
          },
        ],
      })),
    ).to.equal("Signature: SIGNATURE_INVALID");
  });

  it("names a forged proof and a swapped circuit", () => {
    expect(
      forged((it) => ({
        ...it,
        evidence: it.evidence.map((piece) =>
          piece.kind === "zk" && "proof" in piece
            ? { ...piece, proof: [...piece.proof.slice(2), ...piece.proof.slice(0, 2)] }
            : piece,
        ),
      })),
    ).to.equal("Proof: PROOF_INVALID");
    const commitment = trapdoorReceipt({ commitment: 43n });
    const [, proof] = commitment.evidence;
    const [signature] = valid.evidence;
    if (proof?.kind !== "zk" || signature === undefined || !("commitment" in proof))
      throw new Error();
    expect(
      forged((it) => ({ ...it, evidence: [signature, { ...proof, commitment: 44n }] })),
    ).to.equal("Proof: PROOF_INVALID");
    const json = jsonOf(valid);
    const circuit = { ...(json["circuit"] as object), r1cs: bump(valid.statement.release, 5) };
    expect(failureOf(JSON.stringify({ ...json, circuit }))).to.equal(
      "Circuit: CIRCUIT_ID_MISMATCH",
    );
    expect(failureOf(JSON.stringify({ ...json, circuit: null }))).to.equal(
      "Circuit: CIRCUIT_MISSING",
    );
  });

  it("names a changed answer of a language model", () => {
    const shown = {
      ...TRANSCRIPT,
      generation: { ...TRANSCRIPT.generation, text: "It is 40 °C." },
    };
    expect(failureOf(serializeReceipt(textReceipt({ shown })))).to.equal(
      "Transcript: TRANSCRIPT_MISMATCH",
    );
  });

  it("refuses what is no receipt, however hostile", () => {
    const malformed = "Form of the receipt: RECEIPT_MALFORMED";
    const json = jsonOf(valid);
    for (const text of [
      "",
      "null",
      "[]",
      "7",
      `{"__proto__":{"format":"vouch.receipt/1"}}`,
      "{",
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      JSON.stringify({ ...json, format: "vouch.receipt/2" }),
      JSON.stringify({ ...json, input: ["<script>alert(1)</script>"] }),
      JSON.stringify({ receipt: { receipt: json } }),
      " ".repeat(MAX_RECEIPT_BYTES + 1),
    ])
      expect(failureOf(text), text.slice(0, 60)).to.equal(malformed);
    expect(failureOf(JSON.stringify({ receipt: json, inclusion: { root: 1 } }))).to.equal(
      "Form of the inclusion: INCLUSION_MALFORMED",
    );
  });
});

describe("Verify: joinChain", () => {
  const finding = (outcome: Finding["outcome"]): Finding => ({
    name: "Batch",
    outcome,
    words: "?",
  });
  const held = verdictOf(signedOnlyReceipt());
  if (held.status === "invalid") throw new Error(held.detail);

  it("makes a receipt invalid that the chain refuses, and names the check", () => {
    const asked = {
      status: "asked",
      assurance: null,
      findings: [finding("holds"), finding("fails")],
    };
    const verdict = joinChain(held, signedOnlyReceipt(), { ...asked, status: "asked" });
    expect(verdict.status).to.equal("invalid");
    if (verdict.status === "invalid") expect(verdict.check).to.equal("Batch");
  });

  it("leaves what was verified as it is where the chain is silent", () => {
    const verdict = joinChain(held, signedOnlyReceipt(), { status: "unreachable", reason: "?" });
    expect(verdict.status).to.equal("valid");
    if (verdict.status !== "invalid") expect(verdict.notChecked).to.deep.equal(held.notChecked);
  });

  it("puts a simulated enclave that the chain knows in red", () => {
    const assurance = { ...held.assurance, simulatedEnclave: true };
    const asked = { assurance, findings: [finding("weak")] };
    const verdict = joinChain(held, signedOnlyReceipt(), { status: "asked", ...asked });
    expect(verdict.status).to.equal("weak");
    if (verdict.status === "weak") expect(verdict.weaknesses.join()).to.match(/^Simulated enclave/);
  });
});

function jsonOf(receipt: Receipt): Record<string, unknown> {
  const text = serializeReceipt(receipt);
  parseReceipt(JSON.parse(text)); // what is changed below is whole before
  return JSON.parse(text) as Record<string, unknown>;
}

function signed({ evidence }: Receipt): { readonly signature: Hex } {
  const piece = evidence.find(({ kind }) => kind === "signature");
  if (piece?.kind !== "signature") throw new Error("the receipt is not signed");
  return piece;
}
