import type {
  Circuit,
  CircuitEvidence,
  Evidence,
  Hex,
  Receipt,
  StatementSignature,
} from "@vouch/protocol";
import {
  BASE_FIELD,
  SCALAR_FIELD,
  allOf,
  challenge,
  circuitId,
  describeAssurance,
  evaluateWords,
  parseReceipt,
  parseRequestId,
  requireSignature,
  requireZk,
  serializeReceipt,
  statementBatch,
  statementBatchDigest,
  statementDigest,
  verifyGroth16,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import { Signature, SigningKey, computeAddress, id } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import { oneCircuit } from "../../helpers/oneCircuit.ts";
import { g1, trapdoorKey } from "../../helpers/trapdoorKey.ts";
import {
  CIRCUIT,
  DOMAIN,
  OPERATOR,
  OPERATOR_KEY,
  TRAPDOOR,
  ZERO_BYTES32,
  signedOnlyReceipt,
  trapdoorReceipt,
} from "../../helpers/trapdoorReceipt.ts";

const SECP256K1 = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const valid = trapdoorReceipt();
const [signed, proven] = valid.evidence as [Evidence & { kind: "signature" }, CircuitEvidence];
const code = (receipt: Receipt): string | undefined => codeOf(() => verifyReceipt(receipt));
const withProof = (change: Partial<CircuitEvidence>): Receipt => ({
  ...valid,
  evidence: [{ ...proven, ...change }],
});
const withSignature = (signature: string): Receipt => ({
  ...valid,
  evidence: [{ kind: "signature", signature: signature as Hex, path: [] }],
});

describe("verifyReceipt", () => {
  it("counts an enclave's signature as simulated: only the chain knows what vouches for its key", () => {
    const key = new SigningKey(id("enclave"));
    const digest = statementDigest(valid.domain, valid.statement);
    const attested = {
      kind: "tee",
      signature: key.sign(digest).serialized as Hex,
      key: computeAddress(key.publicKey).toLowerCase() as Hex,
      measurement: ZERO_BYTES32,
      path: [],
    } as const;
    const receipt = { ...valid, evidence: [signed, attested] };
    const { assurance, notChecked } = verifyReceipt(receipt);
    const { kinds, simulatedEnclave, vouchedEnclave, minTcb } = assurance;
    expect([kinds, simulatedEnclave, vouchedEnclave, minTcb]).to.deep.equal([
      ["signature", "tee"],
      true,
      true,
      0,
    ]);
    expect(describeAssurance(assurance)).to.include("SIMULATED ENCLAVE");
    expect(notChecked.join()).to.include("counts as SIMULATED");
    expect(parseReceipt(JSON.parse(serializeReceipt(receipt)))).to.deep.equal(receipt);
    const other = { ...attested, key: signed.signature.slice(0, 42) as Hex };
    expect(code({ ...valid, evidence: [other] })).to.equal("SIGNATURE_INVALID");
  });

  it("verifies a signed and proven receipt, and says what it did not check", () => {
    const { assurance, checks, notChecked } = verifyReceipt(valid);
    expect(checks.map((it) => it.name)).to.deep.equal([
      "release",
      "circuit",
      "words",
      "signature",
      "zk",
    ]);
    expect(assurance).to.deep.equal({
      kinds: ["signature", "zk"],
      developmentSetup: false,
      unattestedSetup: true,
      simulatedEnclave: false,
      vouchedEnclave: false,
      externalVerifier: false,
      quorumArbitration: false,
      quorumK: 0,
      quorumN: 0,
      minTcb: 0,
      tolerance: 0,
      window: 0,
      stakeAtRisk: 0n,
    });
    for (const what of [valid.statement.release, valid.statement.request, "stake", "set-up"]) {
      expect(
        notChecked.some((it) => it.includes(what)),
        what,
      ).to.be.true;
    }
  });

  it("verifies either evidence alone", () => {
    for (const kind of ["signature", "zk"] as const) {
      const { assurance } = verifyReceipt(trapdoorReceipt({ kinds: [kind] }));
      expect(assurance.kinds).to.deep.equal([kind]);
      expect(assurance.unattestedSetup).to.equal(kind === "zk");
    }
  });

  it("verifies a release without a circuit by its signature", () => {
    const receipt = signedOnlyReceipt();
    expect(verifyReceipt(receipt).checks.map((it) => it.name)).to.deep.equal([
      "release",
      "words",
      "signature",
    ]);
    expect(code({ ...receipt, evidence: [proven] })).to.equal("CIRCUIT_MISSING");
  });

  it("verifies a circuit with committed words, and one with constant weights", () => {
    const committed = { mode: "committed", elements: 20, bits: 16, signed: true } as const;
    const parts = { input: [SCALAR_FIELD - 1n] };
    expect(code(trapdoorReceipt({ ...parts, circuit: { input: committed } }))).to.be.undefined;
    const constant = { circuit: { weights: "constant" }, release: { weights: 0n } } as const;
    expect(code(trapdoorReceipt(constant))).to.be.undefined;
  });

  it("reports a development set-up, of a proof only", () => {
    const circuit = { setup: "development" } as const;
    const { assurance, checks } = verifyReceipt(trapdoorReceipt({ circuit }));
    expect(assurance.developmentSetup).to.be.true;
    expect(describeAssurance(assurance)).to.include("DEVELOPMENT");
    expect(checks.at(-1)?.detail).to.include("DEVELOPMENT");
    const signedOnly = verifyReceipt(trapdoorReceipt({ circuit, kinds: ["signature"] }));
    expect(signedOnly.assurance.developmentSetup).to.be.false;
  });
});

describe("verifyReceipt, given any one field changed", () => {
  const json = JSON.parse(serializeReceipt(valid)) as Json;
  const floor = allOf([requireSignature()], 7n);
  const withFloor = JSON.parse(serializeReceipt(trapdoorReceipt({ release: { floor } }))) as Json;

  /** The first rule whose pattern is in the path says what must be found. */
  const RULES: readonly (readonly [RegExp, string])[] = [
    [/^format$|^circuit\.system$|^evidence\.\d\.kind$/, "RECEIPT_MALFORMED"],
    [/^chainId$|^router$|^statement\.(request|operator)$/, "SIGNATURE_INVALID"],
    [/^statement\.release$|^release\./, "RELEASE_ID_MISMATCH"],
    [/^statement\.inputHash$|^input\./, "INPUT_HASH_MISMATCH"],
    [/^statement\.outputHash$|^output\./, "OUTPUT_HASH_MISMATCH"],
    [/^circuit\./, "CIRCUIT_ID_MISMATCH"],
    [/^evidence\.0\.signature$/, "SIGNATURE_INVALID"],
    [/^evidence\.1\.(commitment|proof)/, "PROOF_INVALID"],
  ];

  for (const [name, whole] of [
    ["", json],
    [", with a floor", withFloor],
  ] as const) {
    const paths = leavesOf(whole);

    it(`names the check that fails for each of ${paths.length} fields${name}`, () => {
      for (const path of paths) {
        const found = codeOf(() => verifyReceipt(parseReceipt(changed(whole, path))));
        const rule = RULES.find(([pattern]) => pattern.test(path.join(".")));
        expect(found, path.join(".")).to.equal(rule?.[1]);
      }
    });
  }

  it("fails the proof too where the statement or its domain is changed", () => {
    const only = JSON.parse(serializeReceipt(trapdoorReceipt({ kinds: ["zk"] }))) as Json;
    for (const path of ["chainId", "router", "statement.request", "statement.operator"]) {
      const other = parseReceipt(changed(only, path.split(".")));
      expect(code(other), path).to.equal("PROOF_INVALID");
    }
  });
});

describe("verifyReceipt, given a word", () => {
  const [first, second] = valid.input as [bigint, bigint];

  it("too many or too few, throws WORD_COUNT", () => {
    for (const words of [[], [first], [first, second, 0n]]) {
      expect(code(trapdoorReceipt({ input: words }))).to.equal("WORD_COUNT");
      expect(code(trapdoorReceipt({ output: words.length === 1 ? [] : words }))).to.equal(
        "WORD_COUNT",
      );
    }
  });

  it("that is not canonical, throws WORDS_NOT_CANONICAL although everything hashes", () => {
    for (const word of [second + SCALAR_FIELD, second | (1n << 80n), second | (1n << 255n)]) {
      expect(code(trapdoorReceipt({ input: [first, word] }))).to.equal("WORDS_NOT_CANONICAL");
    }
    const [output] = valid.output as [bigint];
    for (const word of [output + SCALAR_FIELD, output | (1n << 96n)]) {
      expect(code(trapdoorReceipt({ output: [word] }))).to.equal("WORDS_NOT_CANONICAL");
    }
  });

  it("that was chosen after the challenge, refuses the proof", () => {
    const input = { mode: "committed", elements: 20, bits: 16, signed: true } as const;
    const honest = trapdoorReceipt({ circuit: { input }, input: [77n], kinds: ["zk"] });
    const { domain, statement, release, output, evidence, circuit } = honest;
    const { commitment, proof } = evidence[0] as typeof proven;
    const z = challenge(commitment, statementDigest(domain, statement));

    // e = W + x · z + y · z² is linear: what y gains, x makes up for, and the old signals stand.
    const words = { input: [(77n - z + SCALAR_FIELD) % SCALAR_FIELD], output: [output[0]! + 1n] };
    const e = evaluateWords([release.weights, ...words.input, ...words.output], z);
    expect(verifyGroth16(oneCircuit(circuit).key, proof, [commitment, z, e])).to.be.true;

    const forged = trapdoorReceipt({ circuit: { input }, ...words, kinds: ["zk"] });
    expect(code(forged)).to.be.undefined;
    expect(code({ ...forged, evidence })).to.equal("PROOF_INVALID");
  });
});

describe("verifyReceipt, given weights that publication refuses", () => {
  it("throws WEIGHTS_INVALID", () => {
    for (const weights of [0n, SCALAR_FIELD, SCALAR_FIELD + 1n]) {
      expect(code(trapdoorReceipt({ release: { weights } }))).to.equal("WEIGHTS_INVALID");
    }
    const constant = trapdoorReceipt({ circuit: { weights: "constant" } });
    expect(code(constant)).to.equal("WEIGHTS_INVALID");
  });
});

describe("verifyReceipt, given constant weights", () => {
  const constant = trapdoorReceipt({
    circuit: { weights: "constant" },
    release: { weights: 0n },
    kinds: ["zk"],
  });

  it("refuses a proof over words with one in the place of W, and takes it without", () => {
    const c = 42n;
    const z = challenge(c, statementDigest(constant.domain, constant.statement));
    const over = (v: readonly bigint[]): Receipt => ({
      ...constant,
      evidence: [{ kind: "zk", commitment: c, proof: TRAPDOOR.prove([c, z, evaluateWords(v, z)]) }],
    });
    const words = [...constant.input, ...constant.output];
    expect(code(over(words))).to.be.undefined;
    for (const first of [0n, 1n]) expect(code(over([first, ...words]))).to.equal("PROOF_INVALID");
  });
});

describe("verifyReceipt, given a signature", () => {
  const { r, s, v } = Signature.from(signed.signature);
  const tail = (byte: number): string => byte.toString(16).padStart(2, "0");

  it("with the high s, refuses it", () => {
    const high = (SECP256K1 - BigInt(s)).toString(16).padStart(64, "0");
    const flipped = v === 27 ? 28 : 27;
    expect(code(withSignature(`${r}${high}${tail(flipped)}`))).to.equal("SIGNATURE_INVALID");
  });

  it("with another v, refuses it", () => {
    for (const byte of [0, 1, v === 27 ? 28 : 27, 29, 35, 255]) {
      const other = `${r}${s.slice(2)}${tail(byte)}`;
      expect(code(withSignature(other)), String(byte)).to.equal("SIGNATURE_INVALID");
    }
  });

  it("of zeros, of another length or of someone else, refuses it", () => {
    const { signature } = trapdoorReceipt({ domain: { ...DOMAIN, chainId: 1n } })
      .evidence[0] as Evidence & { kind: "signature" };
    for (const other of [
      `0x${"00".repeat(65)}`,
      `0x${"00".repeat(64)}1b`,
      `0x${"ff".repeat(64)}1b`,
      signed.signature.slice(0, -2),
      `${signed.signature}00`,
      "0x",
      signature,
    ]) {
      expect(code(withSignature(other)), other).to.equal("SIGNATURE_INVALID");
    }
  });
});

describe("verifyReceipt, given a signature of a batch", () => {
  const salt = id("salt") as Hex;
  const digest = statementDigest(valid.domain, valid.statement);
  const others = ["one", "two", "three", "four"].map((it) => ({ digest: id(it) as Hex, salt }));
  const { root, paths } = statementBatch([{ digest, salt }, ...others]);
  const path = paths[0]!;
  const signature = OPERATOR_KEY.sign(statementBatchDigest(DOMAIN, root)).serialized as Hex;
  const inBatch = (change: Partial<StatementSignature>): Receipt => ({
    ...valid,
    evidence: [{ kind: "signature", signature, path, ...change }],
  });

  it("accepts it, by itself and beside a proof, and says that it is one", () => {
    expect(verifyReceipt(inBatch({})).assurance.kinds).to.deep.equal(["signature"]);
    const both = { ...valid, evidence: [...inBatch({}).evidence, proven] };
    const { assurance, checks } = verifyReceipt(both);
    expect(assurance.kinds).to.deep.equal(["signature", "zk"]);
    expect(checks.find(({ name }) => name === "signature")?.detail).to.include("a batch");
  });

  for (const [what, change] of [
    ["without its path", { path: [] }],
    ["without its salt", { path: path.slice(1) }],
    ["without its last sibling", { path: path.slice(0, -1) }],
    ["with another sibling", { path: [...path.slice(0, -1), ZERO_BYTES32] }],
    ["with a sibling more", { path: [...path, ZERO_BYTES32] }],
    ["with its siblings in another order", { path: [...path].reverse() }],
    ["with the path of a neighbour", { path: paths[1]! }],
    ["with more siblings than a contract takes", { path: Array<Hex>(41).fill(ZERO_BYTES32) }],
    ["by another key", { signature: new SigningKey(id("x")).sign(root).serialized as Hex }],
    ["over the bare root", { signature: OPERATOR_KEY.sign(root).serialized as Hex }],
    ["over the statement itself", { signature: signed.signature }],
    [
      "under another chain's domain",
      {
        signature: OPERATOR_KEY.sign(statementBatchDigest({ ...DOMAIN, chainId: 1n }, root))
          .serialized as Hex,
      },
    ],
  ] as const) {
    it(`refuses it ${what}`, () => {
      expect(code(inBatch(change))).to.equal("SIGNATURE_INVALID");
      expect(code(inBatch(change)), "again").to.equal("SIGNATURE_INVALID");
    });
  }

  it("refuses a sibling that is no word, and every other statement", () => {
    expect(code(inBatch({ path: ["0x00", ...path.slice(1)] }))).to.equal("HEX_INVALID");
    const other = trapdoorReceipt({ request: parseRequestId(id("another request")) });
    expect(code({ ...other, evidence: inBatch({}).evidence })).to.equal("SIGNATURE_INVALID");
  });
});

describe("verifyReceipt, given a proof", () => {
  it("of another statement, refuses it", () => {
    const other = trapdoorReceipt({ request: parseRequestId(id("another request")) });
    expect(code({ ...valid, evidence: [other.evidence[1]!] })).to.equal("PROOF_INVALID");
    expect(code({ ...other, evidence: [proven] })).to.equal("PROOF_INVALID");
  });

  it("with an alias of commitment or coordinate, refuses it", () => {
    expect(code(withProof({ commitment: proven.commitment + SCALAR_FIELD }))).to.equal(
      "PROOF_INVALID",
    );
    expect(code(withProof({ commitment: -1n }))).to.equal("PROOF_INVALID");
    for (const i of proven.proof.keys()) {
      const proof = proven.proof.with(i, proven.proof[i]! + BASE_FIELD);
      expect(code(withProof({ proof }))).to.equal("PROOF_INVALID");
    }
  });

  it("of other weights, refuses it", () => {
    const other = trapdoorReceipt({ release: { weights: 5n } });
    expect(code({ ...other, evidence: [proven] })).to.equal("PROOF_INVALID");
  });

  it("of public signals that are right for no statement, refuses it", () => {
    const proof = TRAPDOOR.prove([42n, 7n, 9n]);
    expect(code(withProof({ proof }))).to.equal("PROOF_INVALID");
  });

  it("under a forgeable key, throws KEY_INVALID", () => {
    const key = { ...TRAPDOOR.key, delta: TRAPDOOR.key.gamma };
    expect(code(trapdoorReceipt({ circuit: { key } }))).to.equal("KEY_INVALID");
  });

  it("under another circuit's key, or one of too few points, refuses it", () => {
    const { key } = trapdoorKey("another circuit");
    expect(code(trapdoorReceipt({ circuit: { key } }))).to.equal("PROOF_INVALID");
    for (const ic of [TRAPDOOR.key.ic.slice(1), [...TRAPDOOR.key.ic, g1(3n)]]) {
      const circuit = { key: { ...TRAPDOOR.key, ic } };
      expect(code(trapdoorReceipt({ circuit }))).to.equal("PROOF_INVALID");
    }
  });
});

describe("verifyReceipt, given evidence", () => {
  it("missing or twice, throws", () => {
    expect(code({ ...valid, evidence: [] })).to.equal("EVIDENCE_MISSING");
    for (const piece of [signed, proven]) {
      expect(code({ ...valid, evidence: [piece, piece] })).to.equal("EVIDENCE_DUPLICATED");
    }
  });

  it("but no circuit where the release has one, throws CIRCUIT_MISSING", () => {
    expect(code({ ...valid, circuit: null })).to.equal("CIRCUIT_MISSING");
  });

  it("below the release's floor, throws FLOOR_NOT_MET", () => {
    const both = allOf([requireSignature(), requireZk("any")]);
    const withFloor = (kinds: ("signature" | "zk")[], floor = both): string | undefined =>
      code(trapdoorReceipt({ release: { floor }, kinds }));
    expect(withFloor(["signature", "zk"])).to.be.undefined;
    expect(withFloor(["zk"])).to.equal("FLOOR_NOT_MET");
    expect(withFloor(["signature"])).to.equal("FLOOR_NOT_MET");
    const pinned = allOf([requireZk("pinned", circuitId(CIRCUIT))]);
    expect(withFloor(["zk"], pinned)).to.be.undefined;
    const development: Circuit = { ...CIRCUIT, setup: "development" };
    const floor = allOf([requireZk("pinned", circuitId(development))]);
    expect(code(trapdoorReceipt({ circuit: development, release: { floor } }))).to.equal(
      "FLOOR_NOT_MET",
    );
  });
});

describe("verifyReceipt, given an expectation", () => {
  const { chainId, router } = DOMAIN;
  const { release, request } = valid.statement;
  const all = { chainId, router, release, request, operator: OPERATOR };

  it("that holds, verifies, in any case of the letters", () => {
    const upper = { router: `0x${router.slice(2).toUpperCase()}` };
    for (const expected of [{}, all, { ...all, ...upper }]) {
      expect(codeOf(() => verifyReceipt(valid, expected))).to.be.undefined;
    }
  });

  for (const field of ["chainId", "router", "release", "request", "operator"] as const) {
    it(`of another ${field}, throws EXPECTATION_FAILED naming it`, () => {
      const expected = { ...all, [field]: field === "chainId" ? 1n : ZERO_BYTES32 };
      expect(() => verifyReceipt(valid, expected))
        .to.throw()
        .with.property("data")
        .that.includes({ code: "EXPECTATION_FAILED", field });
    });
  }
});

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Path = readonly string[];

function leavesOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** A copy with another value of the same form at `path`. */
function changed(value: Json, [key, ...rest]: Path): Json {
  if (key === undefined) return another(value);
  const copy = structuredClone(value) as Record<string, Json>;
  copy[key] = changed(copy[key]!, rest);
  return copy;
}

const SWAPS: Readonly<Record<string, string>> = {
  public: "committed",
  committed: "constant",
  unverified: "development",
  bitExact: "tolerant",
  signature: "zk",
  zk: "signature",
};

function another(value: Json): Json {
  if (typeof value === "number") return value + 1;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string") throw new TypeError("not a leaf");
  const swap = SWAPS[value];
  if (swap !== undefined) return swap;
  if (/^\d+$/.test(value)) return String(BigInt(value) + 1n);
  if (!value.startsWith("0x")) return `${value}x`;
  const last = Number.parseInt(value.slice(-1), 16) ^ 1;
  return `${value.slice(0, -1)}${last.toString(16)}`;
}
