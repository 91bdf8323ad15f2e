import type {
  BatchEvidence,
  BatchedStatement,
  CircuitEvidence,
  CommittedEvidence,
  Hex,
  Receipt,
} from "@vouch/protocol";
import {
  batchCircuitOf,
  batchesId,
  circuitsOf,
  compactReceipt,
  decodeBatchEvidence,
  decodeEvidence,
  encodeBatchEvidence,
  encodeEvidence,
  encodeReceiptEvidence,
  everyCircuitOf,
  isBatchPlace,
  parseReceipt,
  releaseCircuitId,
  releaseCircuitSchema,
  releaseCircuitToJson,
  serializeReceipt,
  singleCircuitId,
  singleOf,
  statementDigest,
  verifyProof,
  verifyReceipt,
  withBatches,
} from "@vouch/protocol";
import { expect } from "chai";
import {
  batchReceipt,
  batchStatements,
  committedFamily,
  plainFamily,
} from "../../helpers/batchReceipts.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { CIRCUIT, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const PLAIN = plainFamily();
const COMMITTED = committedFamily();
const RECEIPTS = { plain: batchReceipt(PLAIN), committed: batchReceipt(COMMITTED) };
const STATEMENTS = batchStatements(4);
const { circuit: FAMILY } = PLAIN;

const evidenceOf = ({ evidence }: Receipt): BatchEvidence => evidence[0] as BatchEvidence; // batchReceipt's only one

/** The receipt with another batch behind the same proof. */
function withBatch(receipt: Receipt, change: Partial<BatchEvidence["batch"]>): Receipt {
  const evidence = evidenceOf(receipt);
  return { ...receipt, evidence: [{ ...evidence, batch: { ...evidence.batch, ...change } }] };
}

function statementsWith(place: number, change: Partial<BatchedStatement>): BatchedStatement[] {
  return STATEMENTS.map((it, index) => (index === place ? { ...it, ...change } : it));
}

for (const [system, receipt] of Object.entries(RECEIPTS)) {
  describe(`verifyReceipt, given one proof of four statements (${system})`, () => {
    it("verifies it, and says that it is one of four", () => {
      const { assurance, checks } = verifyReceipt(receipt);
      expect(assurance.kinds).to.deep.equal(["zk"]);
      expect(checks.find(({ name }) => name === "zk")?.detail).to.contain("proof of 4 statements");
    });

    it("survives JSON, in lines or in one", () => {
      for (const json of [serializeReceipt(receipt), compactReceipt(receipt)])
        expect(parseReceipt(JSON.parse(json))).to.deep.equal(receipt);
    });

    const others = batchStatements(5).slice(1);
    const [word] = STATEMENTS[0]!.output;
    const refusals: [string, Receipt, string][] = [
      ["names the place of another", withBatch(receipt, { place: 2 }), "BATCH_STATEMENT_MISMATCH"],
      ["names a place outside", withBatch(receipt, { place: 4 }), "BATCH_PLACE"],
      ["names a place before the first", withBatch(receipt, { place: -1 }), "BATCH_PLACE"],
      ["lists one statement fewer", withBatch(receipt, { statements: STATEMENTS.slice(0, 3) }), "BATCH_CIRCUIT_MISSING"], // prettier-ignore
      ["lists half of them, which another size proves", withBatch(receipt, { statements: STATEMENTS.slice(0, 2) }), "PROOF_INVALID"], // prettier-ignore
      ["lists one", withBatch(receipt, { place: 0, statements: STATEMENTS.slice(1, 2) }), "BATCH_SIZE"], // prettier-ignore
      ["lists none", withBatch(receipt, { statements: [] }), "BATCH_SIZE"],
      ["has its own statement replaced", withBatch(receipt, { statements: statementsWith(1, STATEMENTS[3]!) }), "BATCH_STATEMENT_MISMATCH"], // prettier-ignore
      ["has its own output changed", withBatch(receipt, { statements: statementsWith(1, { output: STATEMENTS[0]!.output }) }), "BATCH_STATEMENT_MISMATCH"], // prettier-ignore
      ["has another's statement replaced", withBatch(receipt, { statements: statementsWith(3, STATEMENTS[1]!) }), "PROOF_INVALID"], // prettier-ignore
      ["has two others swapped", withBatch(receipt, { statements: [2, 1, 0, 3].map((i) => STATEMENTS[i]!) }), "PROOF_INVALID"], // prettier-ignore
      ["has another's output changed", withBatch(receipt, { statements: statementsWith(0, { output: [word! + 1n] }) }), "PROOF_INVALID"], // prettier-ignore
      ["has another's operator changed", withBatch(receipt, { statements: statementsWith(0, { operator: "0x0000000000000000000000000000000000000001" }) }), "PROOF_INVALID"], // prettier-ignore
      ["has words of another that are not canonical", withBatch(receipt, { statements: statementsWith(0, { output: [word! + (1n << 253n)] }) }), "WORDS_NOT_CANONICAL"], // prettier-ignore
      ["has a word too many in another", withBatch(receipt, { statements: statementsWith(0, { output: [word!, 0n] }) }), "WORD_COUNT"], // prettier-ignore
      ["has another batch's proof, so another digest", { ...receipt, evidence: [{ ...evidenceOf(batchReceipt(PLAIN, { statements: others, place: 0 })), batch: evidenceOf(receipt).batch }] }, system === "plain" ? "PROOF_INVALID" : "EVIDENCE_MALFORMED"], // prettier-ignore
      ["has a proof of the circuit of one", { ...receipt, evidence: trapdoorReceipt({ kinds: ["zk"] }).evidence }, system === "plain" ? "PROOF_INVALID" : "EVIDENCE_MALFORMED"], // prettier-ignore
      ["says that one proof proves it alone", { ...receipt, evidence: [withoutBatch(receipt)] }, "PROOF_INVALID"], // prettier-ignore
    ];
    for (const [what, wrong, code] of refusals) {
      describe(`when it ${what}`, () => {
        it(`throws ${code}`, () => {
          expect(codeOf(() => verifyReceipt(wrong))).to.equal(code);
        });
      });
    }

    it("holds for each of its statements, and for places that repeat the first", () => {
      const [first, second] = STATEMENTS as [BatchedStatement, BatchedStatement];
      const family = system === "plain" ? PLAIN : COMMITTED;
      const statements = [first, second, first, first];
      for (const place of [0, 1, 3])
        expect(verifyReceipt(batchReceipt(family, { statements, place })).assurance.kinds).to.deep.equal(["zk"]); // prettier-ignore
    });
  });
}

describe("verifyReceipt, given a proof by a circuit of fewer statements than its family says", () => {
  for (const [system, family] of Object.entries({ plain: PLAIN, committed: COMMITTED })) {
    it(`refuses it where zeros follow its words (${system})`, () => {
      const [first, second] = STATEMENTS as [BatchedStatement, BatchedStatement];
      const zeros = {
        ...second,
        ...{ input: second.input.map(() => 0n), output: second.output.map(() => 0n) },
      };
      const statements = [first, zeros];
      const honest = batchReceipt(family, { statements, place: 1 });
      expect(verifyReceipt(honest).assurance.kinds).to.deep.equal(["zk"]);
      const { prove } = family;
      const proof = (_: number, words: readonly bigint[], digest: Hex) =>
        prove(2, words.slice(0, first.input.length + first.output.length), digest);
      const receipt = batchReceipt({ ...family, prove: proof }, { statements, place: 1 });
      expect(codeOf(() => verifyReceipt(receipt))).to.equal("PROOF_INVALID");
    });
  }
});

describe("verifyReceipt, given a circuit with batches", () => {
  it("takes a proof of one statement by the circuit of one", () => {
    const { domain, statement, input, output } = RECEIPTS.plain;
    const digest = statementDigest(domain, statement);
    const evidence = [PLAIN.prove(1, [...input, ...output], digest)];
    expect(verifyReceipt({ ...RECEIPTS.plain, evidence }).assurance.kinds).to.deep.equal(["zk"]);
  });

  it("refuses circuits that are not those of the release", () => {
    const { batches, single } = FAMILY;
    const others = [withBatches(single, batches.slice(0, 1)), withBatches(CIRCUIT, batches)];
    for (const circuit of others)
      expect(codeOf(() => verifyReceipt({ ...RECEIPTS.plain, circuit }))).to.equal(
        "CIRCUIT_ID_MISMATCH",
      );
  });

  it("refuses a development set-up that it does not say, wherever the family has it", () => {
    const { circuit, prove } = plainFamily({ setup: "development" });
    const receipt = batchReceipt({ circuit, prove });
    const hidden: Receipt = { ...receipt, circuit: { ...circuit, setup: "unverified" } };
    expect(verifyReceipt(hidden).assurance.developmentSetup).to.equal(true);
  });

  it("refuses a batch's proof where the release has no batches", () => {
    const alone = trapdoorReceipt({ kinds: ["zk"] });
    const { request, operator } = alone.statement;
    const own = { request, operator, input: alone.input, output: alone.output };
    const batch = { place: 0, statements: [own, own] };
    const evidence = alone.evidence.map((it) => ({ ...it, batch }) as BatchEvidence);
    expect(codeOf(() => verifyReceipt({ ...alone, evidence }))).to.equal("BATCH_CIRCUIT_MISSING");
    const verifyFirst = (): void => {
      verifyProof(evidence[0]!, alone, CIRCUIT, "0x"); // trapdoorReceipt's proof
    };
    expect(codeOf(verifyFirst)).to.equal("EVIDENCE_MALFORMED");
  });
});

describe("parseReceipt, given a proof of several statements", () => {
  const json = (): { evidence: { batch: Record<string, unknown> }[] } =>
    JSON.parse(serializeReceipt(RECEIPTS.plain)) as never;
  const wrong: [string, (batch: Record<string, unknown>) => unknown][] = [
    ["a place that is no index", (batch) => ({ ...batch, place: 1.5 })],
    ["a place below zero", (batch) => ({ ...batch, place: -1 })],
    ["a place beyond any list", (batch) => ({ ...batch, place: 128 })],
    [
      "one statement",
      ({ statements }) => ({ place: 0, statements: (statements as []).slice(1, 2) }),
    ],
    ["a statement without words", () => ({ place: 0, statements: [{}, {}] })],
    [
      "more of what is no word than a call takes arguments",
      (batch) => ({
        ...batch,
        statements: STATEMENTS.map((it) => ({
          ...it,
          input: Array(65_536).fill("0x"),
          output: [],
        })),
      }),
    ],
    ["no list", () => ({ place: 0 })],
    ["nothing", () => null],
  ];
  for (const [what, change] of wrong) {
    describe(`when its batch has ${what}`, () => {
      it("throws RECEIPT_MALFORMED", () => {
        const document = json();
        const evidence = document.evidence.map((it) => ({ ...it, batch: change(it.batch) }));
        expect(codeOf(() => parseReceipt({ ...document, evidence }))).to.equal("RECEIPT_MALFORMED");
      });
    });
  }

  it("throws BATCH_CIRCUIT_INVALID for circuits that are no family", () => {
    const document = releaseCircuitToJson(FAMILY) as { batches: unknown[] };
    const reversed = { ...document, batches: [...document.batches].reverse() };
    expect(codeOf(() => releaseCircuitSchema.parse(reversed))).to.equal("BATCH_CIRCUIT_INVALID");
  });
});

describe("withBatches", () => {
  const { single, batches } = FAMILY;
  const [two, four] = batches as [(typeof batches)[0], (typeof batches)[0]];
  const committed = COMMITTED.circuit.single;

  it("has the outline of one inference, and the worst set-up", () => {
    const { circuit } = plainFamily({ setup: "development" });
    expect(FAMILY.setup).to.equal("unverified");
    expect(withBatches(single, circuit.batches).setup).to.equal("development");
    expect(FAMILY.input).to.deep.equal(CIRCUIT.input);
  });

  const refusals: [string, () => unknown][] = [
    ["no sizes", () => withBatches(single, [])],
    ["one inference", () => withBatches(single, [{ ...two, count: 1 }])],
    ["too many inferences", () => withBatches(single, [{ ...two, count: 129 }])],
    ["sizes that do not ascend", () => withBatches(single, [four, two])],
    ["a size twice", () => withBatches(single, [two, two])],
    ["another system", () => withBatches(committed, batches)],
    ["other weights", () => withBatches({ ...CIRCUIT, weights: "constant" }, batches)],
    ["another input", () => withBatches({ ...CIRCUIT, input: { ...CIRCUIT.input, bits: 8 } }, batches)], // prettier-ignore
    ["another output", () => withBatches({ ...CIRCUIT, output: { ...CIRCUIT.output, signed: false } }, batches)], // prettier-ignore
    ["more sizes than a family may have", () => withBatches(single, Array.from({ length: 17 }, (_, i) => ({ ...two, count: i + 2 })))], // prettier-ignore
  ];
  for (const [what, make] of refusals) {
    describe(`given ${what}`, () => {
      it("throws BATCH_CIRCUIT_INVALID", () => {
        expect(codeOf(make)).to.equal("BATCH_CIRCUIT_INVALID");
      });
    });
  }

  it("is named by the circuit of one and each size", () => {
    const list = batches.map((it) => ({ count: it.count, circuit: singleCircuitId(it.circuit) }));
    expect(releaseCircuitId(FAMILY)).to.equal(batchesId(singleCircuitId(single), list));
    expect(singleOf(FAMILY)).to.equal(single);
    expect(circuitsOf(FAMILY)).to.deep.equal([single]);
    expect(everyCircuitOf(FAMILY)).to.deep.equal([single, two.circuit, four.circuit]);
    expect(batchCircuitOf(FAMILY, 4)).to.equal(four.circuit);
    expect(codeOf(() => batchCircuitOf(FAMILY, 3))).to.equal("BATCH_CIRCUIT_MISSING");
  });
});

describe("encodeReceiptEvidence", () => {
  it("is the place among the digests of all, which the contract recorded", () => {
    const receipt = RECEIPTS.plain;
    const [{ data } = { data: "0x" }] = encodeReceiptEvidence(receipt);
    const { place, digests } = decodeBatchEvidence(data as `0x${string}`);
    expect(place).to.equal(1);
    expect(digests).to.have.length(4);
    expect(digests[1]).to.equal(statementDigest(receipt.domain, receipt.statement));
    expect(data).to.equal(encodeBatchEvidence({ place, digests }));
  });

  it("is that of encodeEvidence for everything else, which refuses such a proof", () => {
    const alone = trapdoorReceipt();
    expect(encodeReceiptEvidence(alone)).to.deep.equal(alone.evidence.map(encodeEvidence));
    expect(codeOf(() => encodeEvidence(evidenceOf(RECEIPTS.plain)))).to.equal(
      "EVIDENCE_UNSUPPORTED",
    );
  });

  it("is told apart from a signature, which is as long as a place among two", () => {
    const two = batchReceipt(PLAIN, { statements: batchStatements(2), place: 0 });
    const [place] = encodeReceiptEvidence(two);
    const [signature] = encodeReceiptEvidence(trapdoorReceipt({ kinds: ["signature"] }));
    expect(signature!.data.length).to.equal(place!.data.length);
    expect([place!, signature!].map(isBatchPlace)).to.deep.equal([true, false]);
  });

  it("is refused by decodeEvidence, which has no proof to give back; a proof of one is not", () => {
    for (const [circuit, receipt] of [
      [FAMILY, RECEIPTS.plain],
      [COMMITTED.circuit, RECEIPTS.committed],
    ] as const) {
      // prettier-ignore
      const [encoded] = encodeReceiptEvidence(receipt);
      expect(codeOf(() => decodeEvidence(encoded!, circuit))).to.equal("EVIDENCE_MALFORMED");
      const single = withoutBatch(receipt);
      expect(decodeEvidence(encodeEvidence(single), circuit)).to.deep.equal(single);
    }
  });
});

/** The proof itself, as if it were of the one statement. */
function withoutBatch(receipt: Receipt): CircuitEvidence | CommittedEvidence {
  const evidence = evidenceOf(receipt);
  const { kind } = evidence;
  if ("committed" in evidence) return { kind, committed: evidence.committed };
  return { kind, commitment: evidence.commitment, proof: evidence.proof };
}
