import {
  ProtocolError,
  compactReceipt,
  parseReceipt,
  serializeReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import type { Receipt } from "@vouch/protocol";
import {
  allOf,
  releaseCircuitSchema,
  releaseCircuitToJson,
  releaseSchema,
  releaseToJson,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";
import { textReceipt } from "../../helpers/textReceipt.ts";
import { ZERO_BYTES32, signedOnlyReceipt, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const floor = {
  allOf: [
    ...allOf([requireSignature()]).allOf,
    { anyOf: [requireZk("any"), { kind: "tee", params: 2n ** 64n - 1n, pin: ZERO_BYTES32 }] },
  ],
  minStake: 2n ** 128n - 1n,
} as const;
const receipts: readonly (readonly [string, Receipt])[] = [
  ["a signed and proven receipt", trapdoorReceipt()],
  ["a receipt without a circuit", signedOnlyReceipt()],
  ["a receipt of a release with a floor", trapdoorReceipt({ release: { floor } })],
];
const document = (receipt: Receipt): Json => JSON.parse(serializeReceipt(receipt)) as Json;
const code = (json: unknown): string | undefined => codeOf(() => parseReceipt(json));

describe("compactReceipt", () => {
  for (const [name, receipt] of [...receipts, ["one with a transcript", textReceipt()] as const]) {
    it(`says what serializeReceipt does of ${name}`, () => {
      const written = [compactReceipt(receipt), compactReceipt(receipt)]; // the second from what is kept
      for (const text of written) {
        expect(JSON.parse(text)).to.deep.equal(document(receipt));
        expect(text).to.not.include("\n");
      }
    });
  }
});

describe("serializeReceipt", () => {
  for (const [name, receipt] of receipts) {
    it(`is inverted by parseReceipt for ${name}`, () => {
      const text = serializeReceipt(receipt);
      const parsed = parseReceipt(JSON.parse(text));
      expect(parsed).to.deep.equal(receipt);
      expect(serializeReceipt(parseReceipt(JSON.parse(serializeReceipt(parsed))))).to.equal(
        serializeReceipt(parsed),
      );
      expect(codeOf(() => verifyReceipt(parsed))).to.be.undefined;
    });
  }

  it("shares the forms of release and circuit with their schemas", () => {
    const { release, circuit } = trapdoorReceipt({ release: { floor } });
    expect(releaseSchema.parse(releaseToJson(release))).to.deep.equal(release);
    expect(releaseCircuitSchema.parse(releaseCircuitToJson(circuit!))).to.deep.equal(circuit);
  });
});

describe("parseReceipt", () => {
  const whole = document(trapdoorReceipt({ release: { floor } }));

  it("takes letters of either case and keeps them in lower case", () => {
    const text = JSON.stringify(whole).replace(/"0x[0-9a-f]+"/g, (it) =>
      it.toUpperCase().replace("0X", "0x"),
    );
    expect(text).to.not.equal(JSON.stringify(whole));
    expect(parseReceipt(JSON.parse(text))).to.deep.equal(parseReceipt(whole));
  });

  it("reads a signature without a path as the statement's own, and writes it so", () => {
    const receipt = parseReceipt(whole);
    const [signed] = receipt.evidence;
    expect(signed).to.include({ kind: "signature" }).and.to.deep.include({ path: [] });
    const { evidence } = JSON.parse(serializeReceipt(receipt)) as { evidence: object[] };
    expect(evidence[0]).to.have.all.keys("kind", "signature");
  });

  it("keeps the path of a signature of a batch", () => {
    const path = [ZERO_BYTES32, `0x${"Fe".repeat(32)}`];
    const receipt = parseReceipt(replaced(whole, ["evidence", "0", "path"], path));
    expect(receipt.evidence[0]).to.deep.include({ path: path.map((it) => it.toLowerCase()) });
    expect(parseReceipt(JSON.parse(serializeReceipt(receipt)))).to.deep.equal(receipt);
  });

  it("drops what it does not know", () => {
    const extended = { ...(whole as object), note: "hello" };
    expect(parseReceipt(extended)).to.deep.equal(parseReceipt(whole));
  });

  for (const [what, path, value] of [
    ["another format", "format", "vouch.receipt/2"],
    ["a number for the chain", "chainId", 1],
    ["a negative chain", "chainId", "-1"],
    ["a chain beyond 256 bits", "chainId", String(2n ** 256n)],
    ["a short address", "router", "0x00"],
    ["a word of 31 bytes", "input.0", `0x${"00".repeat(31)}`],
    ["a word of 33 bytes", "input.0", `0x${"00".repeat(33)}`],
    ["a decimal word", "output.0", "12"],
    ["a number for a word", "output.0", 12],
    ["too many words", "input", Array.from({ length: 65_537 }, () => ZERO_BYTES32)],
    ["too much evidence", "evidence", Array.from({ length: 17 }, () => ({}))],
    ["unknown evidence", "evidence.0.kind", "oracle"],
    ["a signature of 64 bytes", "evidence.0.signature", `0x${"11".repeat(64)}`],
    ["a sibling of 31 bytes", "evidence.0.path", [`0x${"11".repeat(31)}`] as string[]],
    ["41 siblings", "evidence.0.path", Array.from({ length: 41 }, () => ZERO_BYTES32)],
    ["a proof of 7 coordinates", "evidence.1.proof", Array.from({ length: 7 }, () => ZERO_BYTES32)],
    ["a royalty above the whole", "release.royaltyBps", 10_001],
    ["a broken royalty", "release.royaltyBps", 0.5],
    ["an unknown runtime", "release.runtime", "exact"],
    ["parameters beyond 64 bits", "release.floor.allOf.0.anyOf.0.params", String(2n ** 64n)],
    ["a stake beyond 128 bits", "release.floor.minStake", String(2n ** 128n)],
    ["a name that no UTF-8 holds", "release.model", "\ud800"],
    ["an element of no bits", "circuit.input.bits", 0],
    ["an element of 254 bits", "circuit.input.bits", 254],
    ["no elements", "circuit.output.elements", 0],
    ["elements beyond 24 bits", "circuit.output.elements", 2 ** 24],
    [
      "a point of 3 coordinates",
      "circuit.key.alpha",
      Array.from({ length: 3 }, () => ZERO_BYTES32),
    ],
    ["no circuit at all", "circuit", undefined],
  ] as const) {
    it(`refuses ${what}, naming the field`, () => {
      const bad = replaced(whole, path.split("."), value);
      expect(() => parseReceipt(bad))
        .to.throw(ProtocolError)
        .with.property("data")
        .that.satisfies(
          (data: ProtocolError["data"]) =>
            data.code === "RECEIPT_MALFORMED" && data.reason.startsWith(path),
        );
    });
  }

  it("refuses what is no document", () => {
    for (const bad of [undefined, null, 0, "", [], {}, "0x", () => 0]) {
      expect(code(bad)).to.equal("RECEIPT_MALFORMED");
    }
  });

  const many = (count: number, value: Json): Json[] => Array.from({ length: count }, () => value);
  const wide = many(65_536, 0);
  const segmented = { kind: "zk", weights: wide, joins: wide, proofs: [] };
  for (const [what, path, value] of [
    ["evidence of 65,536 segments, 16 times", "evidence", many(16, segmented)],
    ["a clause of 300,000 alternatives", "release.floor.allOf.0.anyOf", many(300_000, 0)],
    ["a name of two million letters", "release.model", "a".repeat(2 << 20)],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(code(replaced(whole, path.split("."), value))).to.equal("RECEIPT_MALFORMED");
    });
  }

  it("refuses a floor of more requirements than the registry keeps", () => {
    const requirement = { kind: "zk", params: "0", pin: ZERO_BYTES32 };
    const floorOf = (clauses: number, alternatives: number): Json =>
      replaced(
        whole,
        "release.floor.allOf".split("."),
        many(clauses, { anyOf: many(alternatives, requirement) }),
      )!;
    expect(code(floorOf(16, 16))).to.be.undefined;
    expect(code(floorOf(16, 17))).to.equal("RECEIPT_MALFORMED");
  });

  it("gives a receipt or a typed error for 300 damaged documents, and so does verifyReceipt", () => {
    const paths = nodesOf(whole);
    const junk: fc.Arbitrary<Json | undefined> = fc.oneof(
      fc.constantFrom<Json | undefined>(
        undefined,
        null,
        -1,
        0,
        2 ** 53,
        1e308,
        "",
        "0x",
        "0",
        "9".repeat(78),
        `0x${"ff".repeat(32)}`,
        `0x${"ff".repeat(20)}`,
        "\ud800",
        "__proto__",
        [],
        {},
        [[]],
      ),
      fc.jsonValue() as fc.Arbitrary<Json>,
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, value) => {
        try {
          verifyReceipt(parseReceipt(replaced(whole, path, value)));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          refused++;
        }
      }),
      { seed: 40, numRuns: 300 },
    );
    expect(refused).to.be.greaterThan(250);
  });
});

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Paths of every value within a document, the document's own but last. */
function nodesOf(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [...Object.entries(value).flatMap(([key, it]) => nodesOf(it, [...path, key])), path];
}

/** A copy with `value` at `path`; without it where `value` is undefined. */
function replaced(
  whole: Json,
  [key, ...rest]: readonly string[],
  value: Json | undefined,
): Json | undefined {
  if (key === undefined) return value;
  const copy = structuredClone(whole) as Record<string, Json>;
  const inner = replaced(copy[key]!, rest, value);
  if (inner === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = inner;
  return copy;
}
