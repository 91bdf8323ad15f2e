/** Test only: receipts that verify, made from a known trapdoor instead of a circuit, whole but for what is overridden. */
import type {
  Circuit,
  CircuitId,
  Domain,
  Evidence,
  EvidenceKind,
  Hex,
  Receipt,
  Release,
  RequestId,
  Statement,
} from "@vouch/protocol";
import {
  NO_FLOOR,
  circuitId,
  hashOfWords,
  packWords,
  parseAddress,
  parseBytes32,
  parseRequestId,
  releaseId,
  statementDigest,
} from "@vouch/protocol";
import { SigningKey, computeAddress, concat, id, keccak256, toBeHex } from "ethers";
import { SCALAR_FIELD, trapdoorKey } from "./trapdoorKey.ts";

export const TRAPDOOR = trapdoorKey("vouch.test.receipt");
export const OPERATOR_KEY = new SigningKey(id("vouch.test.operator"));
export const OPERATOR: Hex = parseAddress(computeAddress(OPERATOR_KEY));
export const ZERO_BYTES32: Hex = `0x${"00".repeat(32)}`;

/** 20 signed 16-bit elements in (two words), three signed 32-bit elements out (one word). */
export const CIRCUIT: Circuit = {
  system: "groth16",
  weights: "committed",
  setup: "unverified",
  input: { mode: "public", elements: 20, bits: 16, signed: true },
  output: { mode: "public", elements: 3, bits: 32, signed: true },
  r1cs: parseBytes32(id("r1cs")),
  transcript: parseBytes32(id("transcript")),
  key: TRAPDOOR.key,
};

export const RELEASE: Omit<Release, "circuit"> = {
  publisher: parseAddress(`0x${"a1".repeat(20)}`),
  model: "credit",
  version: "1.0.0",
  content: parseBytes32(id("content")),
  weights: 123_456_789n,
  inputFractionBits: 8,
  outputFractionBits: 16,
  runtime: "bitExact",
  manifest: parseBytes32(id("manifest")),
  licence: "CC-BY-4.0",
  royaltyBps: 250,
  floor: NO_FLOOR,
};

export const DOMAIN: Domain = { chainId: 31_337n, router: parseAddress(`0x${"b2".repeat(20)}`) };

const ELEMENTS_IN = Array.from({ length: 20 }, (_, i) => BigInt(i * 37 - 300));
const ELEMENTS_OUT = [-5n, 65_536n, 2n ** 31n - 1n];

/** What a receipt is made of; ids, hashes and evidence follow from it. */
export type ReceiptParts = {
  readonly circuit?: Partial<Circuit>;
  readonly release?: Partial<Release>;
  readonly domain?: Domain;
  readonly request?: RequestId;
  readonly input?: readonly bigint[];
  readonly output?: readonly bigint[];
  readonly kinds?: readonly EvidenceKind[];
  readonly commitment?: bigint;
};

/** Returns a receipt that verifies unless a part is wrong; by default signed and proven. */
export function trapdoorReceipt(parts: ReceiptParts = {}): Receipt {
  const circuit: Circuit = { ...CIRCUIT, ...parts.circuit };
  const release: Release = { ...RELEASE, circuit: circuitId(circuit), ...parts.release };
  const domain = parts.domain ?? DOMAIN;
  const input = parts.input ?? packWords(ELEMENTS_IN, CIRCUIT.input);
  const output = parts.output ?? packWords(ELEMENTS_OUT, CIRCUIT.output);
  const statement: Statement = {
    release: releaseId(release),
    request: parts.request ?? parseRequestId(id("request")),
    operator: OPERATOR,
    inputHash: hashOfWords(input),
    outputHash: hashOfWords(output),
  };
  const claim = { domain, statement, input, output, release };
  const evidence = (parts.kinds ?? ["signature", "zk"]).map((kind) =>
    kind === "signature"
      ? signatureOf(claim)
      : proofOf(claim, circuit.weights === "committed", parts.commitment),
  );
  return { ...claim, evidence, circuit };
}

/** Returns a signed receipt of a release without a circuit. */
export function signedOnlyReceipt(): Receipt {
  const circuit = ZERO_BYTES32 as CircuitId;
  const receipt = trapdoorReceipt({ release: { circuit, weights: 0n }, kinds: ["signature"] });
  return { ...receipt, circuit: null };
}

type Claim = Pick<Receipt, "domain" | "statement" | "input" | "output" | "release">;

function signatureOf({ domain, statement }: Claim): Evidence {
  const signature = OPERATOR_KEY.sign(statementDigest(domain, statement)).serialized as Hex;
  return { kind: "signature", signature, path: [] };
}

/** Challenge and evaluation written out, so that the verifier is not tested against itself. */
function proofOf(claim: Claim, withWeights: boolean, commitment = 42n): Evidence {
  const digest = statementDigest(claim.domain, claim.statement);
  const hash = keccak256(concat([id("vouch.challenge.v1"), toBeHex(commitment, 32), digest]));
  const z = BigInt(hash) % SCALAR_FIELD;
  let e = 0n;
  let power = 1n;
  for (const word of [
    ...(withWeights ? [claim.release.weights] : []),
    ...claim.input,
    ...claim.output,
  ]) {
    e = (e + word * power) % SCALAR_FIELD;
    power = (power * z) % SCALAR_FIELD;
  }
  return { kind: "zk", commitment, proof: TRAPDOOR.prove([commitment, z, e]) };
}
