import type { Circuit, Evidence } from "@vouch/protocol";
import {
  circuitId,
  circuitsOf,
  decodeEvidence,
  encodeEvidence,
  joinCircuits,
  joinTensor,
  releaseCircuitId,
  releaseCircuitSchema,
  releaseCircuitToJson,
  segmentsId,
} from "@vouch/protocol";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { CIRCUIT } from "../../helpers/trapdoorReceipt.ts";

const JOIN = joinTensor(3);
const FIRST: Circuit = { ...CIRCUIT, output: JOIN };
const MIDDLE: Circuit = { ...CIRCUIT, input: JOIN, output: JOIN };
const LAST: Circuit = { ...CIRCUIT, input: JOIN };

describe("joinCircuits", () => {
  it("is the circuit itself where there is one", () => {
    expect(joinCircuits([CIRCUIT])).to.equal(CIRCUIT);
    expect(circuitsOf(CIRCUIT)).to.deep.equal([CIRCUIT]);
    expect(releaseCircuitId(CIRCUIT)).to.equal(circuitId(CIRCUIT));
  });

  it("has the first one's input, the last one's output, and the worst set-up", () => {
    const segments = [FIRST, { ...MIDDLE, setup: "development" as const }, LAST];
    const list = joinCircuits(segments);
    expect(list).to.include({ weights: "committed", setup: "development" });
    expect(list.input).to.deep.equal(FIRST.input);
    expect(list.output).to.deep.equal(LAST.output);
    expect(circuitsOf(list)).to.deep.equal(segments);
    expect(releaseCircuitId(list)).to.equal(segmentsId(segments.map(circuitId)));
    expect(joinCircuits([FIRST, LAST]).setup).to.equal("unverified");
  });

  it("throws SEGMENT_COUNT for none", () => {
    expect(codeOf(() => joinCircuits([]))).to.equal("SEGMENT_COUNT");
  });

  for (const [what, circuits] of [
    ["a join of another size", [FIRST, { ...LAST, input: joinTensor(4) }]],
    ["a join in clear", [CIRCUIT, { ...CIRCUIT, input: CIRCUIT.output }]],
    ["another order", [LAST, FIRST]],
    ["weights of two kinds", [FIRST, { ...LAST, weights: "constant" }]],
  ] as const) {
    it(`throws SEGMENT_INVALID for ${what}`, () => {
      expect(codeOf(() => joinCircuits(circuits))).to.equal("SEGMENT_INVALID");
    });
  }
});

describe("releaseCircuitSchema", () => {
  it("inverts releaseCircuitToJson for one circuit and for a list", () => {
    for (const circuit of [CIRCUIT, joinCircuits([FIRST, MIDDLE, LAST])]) {
      const json: unknown = JSON.parse(JSON.stringify(releaseCircuitToJson(circuit)));
      expect(releaseCircuitSchema.parse(json)).to.deep.equal(circuit);
    }
  });

  it("takes what a list is as a whole from its circuits alone", () => {
    const circuit = joinCircuits([FIRST, LAST]);
    const json = { ...releaseCircuitToJson(circuit), setup: "attested", weights: "constant" };
    expect(releaseCircuitSchema.parse(json)).to.deep.equal(circuit);
  });

  it("refuses a list of one, and one that does not join", () => {
    const listOf = (...circuits: readonly Circuit[]) => ({
      system: "groth16Segments",
      segments: circuits.map(releaseCircuitToJson),
    });
    expect(releaseCircuitSchema.safeParse(listOf(CIRCUIT)).success).to.equal(false);
    const unjoined = (): unknown => releaseCircuitSchema.parse(listOf(LAST, FIRST));
    expect(codeOf(unjoined)).to.equal("SEGMENT_INVALID");
  });
});

describe("decodeEvidence of segments", () => {
  const proof = Array.from({ length: 8 }, (_, i) => BigInt(i + 1));
  const evidence: Evidence = {
    kind: "zk",
    weights: [1n, 2n, 3n],
    joins: [4n, 5n],
    proofs: [6n, 7n, 8n].map((commitment) => ({ commitment, proof })),
  };
  const circuit = joinCircuits([FIRST, MIDDLE, LAST]);

  it("inverts encodeEvidence, by the release's circuits", () => {
    expect(decodeEvidence(encodeEvidence(evidence), circuit)).to.deep.equal(evidence);
  });

  it("throws EVIDENCE_MALFORMED for another number of segments", () => {
    const encoded = encodeEvidence(evidence);
    for (const other of [joinCircuits([FIRST, LAST]), CIRCUIT, null])
      expect(codeOf(() => decodeEvidence(encoded, other))).to.equal("EVIDENCE_MALFORMED");
  });
});
