import type { Circuit, Policy, Release } from "@vouch/protocol";
import {
  NO_FLOOR,
  allOf,
  circuitId,
  conjoin,
  decodeCircuit,
  decodeRelease,
  encodeCircuit,
  encodeRelease,
  parseAddress,
  parseCircuitId,
  parseReleaseId,
  parseRequestId,
  policyHash,
  releaseId,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { expect } from "chai";
import { AbiCoder, id, keccak256 } from "ethers";
import { codeOf } from "../../helpers/codeOf.ts";
import { CIRCUIT, RELEASE, ZERO_BYTES32 } from "../../helpers/trapdoorReceipt.ts";

const VERIFIER = parseAddress(`0x${"f6".repeat(20)}`);
const KINDS = ["signature", "quorum", "optimistic", "tee", "zk"];
const RUNTIMES = ["bitExact", "tolerant", "sampled"];

const circuit: Circuit = {
  ...CIRCUIT,
  setup: "development",
  output: { mode: "committed", elements: 70_000, bits: 253, signed: false },
};
const policy: Policy = {
  allOf: [
    { anyOf: [requireSignature(), requireZk("attested", VERIFIER)] },
    { anyOf: [requireZk("pinned", circuitId(circuit))] },
    { anyOf: [] },
  ],
  minStake: 10n ** 18n,
};
const release: Release = {
  ...RELEASE,
  model: "a name of more than thirty-two bytes, Müller",
  runtime: "sampled",
  circuit: circuitId(circuit),
  floor: policy,
};

const n = (value: bigint | number): string => BigInt(value).toString(16).padStart(64, "0");
const h = (value: string): string => value.slice(2).padStart(64, "0");
const size = (encoded: string): number => encoded.length / 2;
const hashOf = (...words: readonly string[]): string => keccak256(`0x${words.join("")}`);

/** Offsets to the parts, counted from the head's start, then the parts themselves. */
function heads(words: readonly (string | { tail: string })[]): string {
  let offset = words.length * 32;
  const head = words.map((word) => {
    if (typeof word === "string") return word;
    const here = n(offset);
    offset += size(word.tail);
    return here;
  });
  const tails = words.map((word) => (typeof word === "string" ? "" : word.tail));
  return [...head, ...tails].join("");
}

function text(value: string): { tail: string } {
  const bytes = Buffer.from(value);
  const padded = bytes.toString("hex").padEnd(Math.ceil(bytes.length / 32) * 64, "0");
  return { tail: n(bytes.length) + padded };
}

function circuitByHand(it: Circuit): string {
  const tensor = ({ mode, elements, bits, signed }: Circuit["input"]): string[] => [
    n(mode === "public" ? 0 : 1),
    n(elements),
    n(bits),
    n(signed ? 1 : 0),
  ];
  const { alpha, beta, gamma, delta, ic } = it.key;
  const points = n(ic.length) + ic.flat().map(n).join("");
  return heads([
    n(0),
    n(it.weights === "committed" ? 0 : 1),
    n(it.setup === "unverified" ? 0 : 1),
    ...tensor(it.input),
    ...tensor(it.output),
    h(it.r1cs),
    h(it.transcript),
    { tail: heads([...[alpha, beta, gamma, delta].flat().map(n), { tail: points }]) },
  ]);
}

function policyByHand({ allOf: clauses, minStake }: Policy): string {
  const clause = (anyOf: Policy["allOf"][number]["anyOf"]): { tail: string } => {
    const requirements = anyOf.map((it) => n(KINDS.indexOf(it.kind)) + n(it.params) + h(it.pin));
    return { tail: heads([{ tail: n(anyOf.length) + requirements.join("") }]) };
  };
  const list = n(clauses.length) + heads(clauses.map((it) => clause(it.anyOf)));
  return heads([{ tail: list }, n(minStake)]);
}

function releaseByHand(it: Release): string {
  return heads([
    h(it.publisher),
    text(it.model),
    text(it.version),
    h(it.content),
    n(it.weights),
    h(it.circuit),
    n(it.inputFractionBits),
    n(it.outputFractionBits),
    n(RUNTIMES.indexOf(it.runtime)),
    h(it.manifest),
    text(it.licence),
    n(it.royaltyBps),
    { tail: policyByHand(it.floor) },
  ]);
}

/** keccak256(abi.encode(tag, struct)): the struct is dynamic, so its offset follows the tag. */
const idByHand = (tag: string, struct: string): string =>
  keccak256(`0x${heads([h(id(tag)), { tail: struct }])}`);

describe("circuitId", () => {
  it("is keccak of the tag and the ABI encoding, made by hand", () => {
    for (const it of [CIRCUIT, circuit, { ...CIRCUIT, weights: "constant" as const }]) {
      expect(circuitId(it)).to.equal(idByHand("vouch.circuit.v1", circuitByHand(it)));
    }
  });

  it("is of a circuit that survives the way to the chain and back", () => {
    const { key, ...rest } = encodeCircuit(circuit);
    const tensor = ({ mode, elements, bits, isSigned }: typeof rest.input) => ({
      mode: BigInt(mode),
      elements: BigInt(elements),
      bits: BigInt(bits),
      isSigned,
    });
    const decoded = decodeCircuit({
      ...rest,
      key,
      system: BigInt(rest.system),
      weights: BigInt(rest.weights),
      setup: BigInt(rest.setup),
      input: tensor(rest.input),
      output: tensor(rest.output),
    });
    expect(decoded).to.deep.equal(circuit);
  });

  it("is of no circuit that a later version made", () => {
    const { key, input, output, ...rest } = encodeCircuit(circuit);
    const tensor = { mode: 2n, elements: 1n, bits: 1n, isSigned: false };
    const later = { ...rest, key, input: tensor, output: tensor };
    expect(input.mode + output.mode).to.equal(1);
    expect(codeOf(() => decodeCircuit({ ...later, system: 0n, weights: 0n, setup: 0n }))).to.equal(
      "ENUM_UNKNOWN",
    );
  });
});

describe("releaseId", () => {
  it("is keccak of the tag and the ABI encoding, made by hand", () => {
    const plain = { ...RELEASE, circuit: parseCircuitId(ZERO_BYTES32), licence: "" };
    for (const it of [plain, release]) {
      expect(releaseId(it)).to.equal(idByHand("vouch.release.v1", releaseByHand(it)));
    }
  });

  it("is of a release that survives the way to the chain and back", () => {
    const encoded = encodeRelease(release);
    const decoded = decodeRelease({
      ...encoded,
      publisher: `0x${encoded.publisher.slice(2).toUpperCase()}`,
      inputFractionBits: BigInt(encoded.inputFractionBits),
      outputFractionBits: BigInt(encoded.outputFractionBits),
      runtime: BigInt(encoded.runtime),
      royaltyBps: BigInt(encoded.royaltyBps),
      floor: {
        allOf: encoded.floor.allOf.map(({ anyOf }) => ({
          anyOf: anyOf.map((it) => ({ ...it, kind: BigInt(it.kind) })),
        })),
        minStake: encoded.floor.minStake,
      },
    });
    expect(decoded).to.deep.equal(release);
  });
});

describe("policyHash", () => {
  const REQUIREMENT = "Requirement(uint8 kind,uint64 params,bytes32 pin)";
  const CLAUSE = `Clause(Requirement[] anyOf)${REQUIREMENT}`;

  function hashByHand({ allOf: clauses, minStake }: Policy): string {
    const hashes = clauses.map(({ anyOf }) => {
      const list = anyOf.map(({ kind, params, pin }) =>
        h(hashOf(h(id(REQUIREMENT)), n(KINDS.indexOf(kind)), n(params), h(pin))),
      );
      return h(hashOf(h(id(CLAUSE)), h(hashOf(...list))));
    });
    const type = h(id(`Policy(Clause[] allOf,uint128 minStake)${CLAUSE}`));
    return hashOf(type, h(hashOf(...hashes)), n(minStake));
  }

  it("is the EIP-712 struct hash, made by hand", () => {
    for (const it of [NO_FLOOR, policy, allOf([requireZk("any")], 5n)]) {
      expect(policyHash(it)).to.equal(hashByHand(it));
    }
  });

  it("tells a conjunction from a choice", () => {
    const both = allOf([requireSignature(), requireZk("any")]);
    const either = { allOf: [{ anyOf: [requireSignature(), requireZk("any")] }], minStake: 0n };
    expect(policyHash(both)).to.not.equal(policyHash(either));
  });
});

describe("policies", () => {
  it("pin a verifier as a number, left-padded", () => {
    expect(requireZk("attested", VERIFIER)).to.deep.equal({
      kind: "zk",
      params: 0n,
      pin: `0x${"00".repeat(12)}${"f6".repeat(20)}`,
    });
    expect(requireZk("any")).to.deep.equal({ kind: "zk", params: 2n, pin: ZERO_BYTES32 });
    expect(requireZk("pinned", release.circuit).pin).to.equal(release.circuit);
  });

  it("conjoin clauses in order and take the greater stake", () => {
    const signed = allOf([requireSignature()], 3n);
    const proven = allOf([requireZk("any")], 2n);
    const both = allOf([requireSignature(), requireZk("any")], 3n);
    expect(conjoin(signed, proven)).to.deep.equal(both);
    expect(conjoin(NO_FLOOR, proven)).to.deep.equal(proven);
  });
});

describe("ids", () => {
  const upper = `0x${"AB".repeat(32)}`;

  it("are 32 bytes in hex, kept in lower case", () => {
    for (const parse of [parseReleaseId, parseCircuitId, parseRequestId]) {
      expect(parse(upper)).to.equal(upper.toLowerCase());
      for (const bad of [
        "",
        "0x",
        upper.slice(2),
        `${upper}00`,
        upper.slice(0, -1),
        `${upper}\n`,
      ]) {
        expect(codeOf(() => parse(bad))).to.equal("HEX_INVALID");
      }
    }
    expect(codeOf(() => parseAddress(upper))).to.equal("HEX_INVALID");
  });

  it("are checked by an encoder that agrees with ethers elsewhere", () => {
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["uint256", "string", "tuple(string a,uint256 b)"],
      [1, "x".repeat(33), ["y", 2]],
    );
    const byHand = heads([n(1), text("x".repeat(33)), { tail: heads([text("y"), n(2)]) }]);
    expect(`0x${byHand}`).to.equal(encoded);
  });
});
