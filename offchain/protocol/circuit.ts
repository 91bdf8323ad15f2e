import { AbiCoder, id, keccak256 } from "ethers";
import { enumName } from "./enumName.ts";
import type { CircuitId, Hex } from "./hex.ts";
import type { TensorEncoding } from "./tensor.ts";

/** Groth16 verifying key over BN254; G2 points are `[x.c1, x.c0, y.c1, y.c0]`, the order of EIP-197. */
export type VerifyingKey = {
  readonly alpha: readonly bigint[];
  readonly beta: readonly bigint[];
  readonly gamma: readonly bigint[];
  readonly delta: readonly bigint[];
  readonly ic: readonly (readonly bigint[])[];
};

/** What a circuit declares of a tensor; its fraction bits belong to the release. */
export type CircuitTensor = Omit<TensorEncoding, "fractionBits">;

/** The arithmetic form of an architecture; mirrors `contracts/types/Circuit.sol`. */
export type Circuit = {
  readonly system: "groth16";
  readonly weights: "committed" | "constant";
  readonly setup: "unverified" | "development";
  readonly input: CircuitTensor;
  readonly output: CircuitTensor;
  /** keccak256 of the .r1cs file. */
  readonly r1cs: Hex;
  /** Hash of the set-up transcript. */
  readonly transcript: Hex;
  readonly key: VerifyingKey;
};

/** What circuits of every proof system have. */
export type CircuitParts = Omit<Circuit, "system"> & { readonly system: ProofSystem };

/** How proofs of a circuit are made and verified. */
export type ProofSystem = (typeof PROOF_SYSTEMS)[number];

/** Circuit as contracts take it. */
export type EncodedCircuit = {
  readonly system: number;
  readonly weights: number;
  readonly setup: number;
  readonly input: EncodedTensor;
  readonly output: EncodedTensor;
  readonly r1cs: Hex;
  readonly transcript: Hex;
  readonly key: EncodedKey;
};

/** Verifying key as contracts take it. */
export type EncodedKey = {
  readonly alpha: [bigint, bigint];
  readonly beta: [bigint, bigint, bigint, bigint];
  readonly gamma: [bigint, bigint, bigint, bigint];
  readonly delta: [bigint, bigint, bigint, bigint];
  readonly ic: [bigint, bigint][];
};

type EncodedTensor = {
  readonly mode: number;
  readonly elements: number;
  readonly bits: number;
  readonly isSigned: boolean;
};

/** The names behind the on-chain enums, in their order. */
const PROOF_SYSTEMS = ["groth16", "committedGroth16"] as const;
/** Those of which a circuit is no more than its parts. */
const PLAIN_SYSTEMS = PROOF_SYSTEMS.slice(0, 1) as ["groth16"];
const WORD_MODES = ["public", "committed"] as const;
const WEIGHTS_MODES = ["committed", "constant"] as const;
const SETUP_CLASSES = ["unverified", "development"] as const;

const TENSOR = "tuple(uint8 mode,uint24 elements,uint8 bits,bool isSigned)";
/** ABI type of a key. */
export const KEY_TYPE =
  "tuple(uint256[2] alpha,uint256[4] beta,uint256[4] gamma,uint256[4] delta,uint256[2][] ic)";
/** ABI type of a circuit. */
export const CIRCUIT_TYPE = `tuple(uint8 system,uint8 weights,uint8 setup,${TENSOR} input,${TENSOR} output,bytes32 r1cs,bytes32 transcript,${KEY_TYPE} key)`;
const CIRCUIT_TAG = id("vouch.circuit.v1");

/** Returns a circuit in its on-chain form. */
export function encodeCircuit(circuit: CircuitParts): EncodedCircuit {
  return {
    system: PROOF_SYSTEMS.indexOf(circuit.system),
    weights: WEIGHTS_MODES.indexOf(circuit.weights),
    setup: SETUP_CLASSES.indexOf(circuit.setup),
    input: encodeTensor(circuit.input),
    output: encodeTensor(circuit.output),
    r1cs: circuit.r1cs,
    transcript: circuit.transcript,
    key: encodeKey(circuit.key),
  };
}

/** Returns a key in its on-chain form. */
export function encodeKey({ alpha, beta, gamma, delta, ic }: VerifyingKey): EncodedKey {
  return {
    alpha: [...alpha] as [bigint, bigint],
    beta: [...beta] as [bigint, bigint, bigint, bigint],
    gamma: [...gamma] as [bigint, bigint, bigint, bigint],
    delta: [...delta] as [bigint, bigint, bigint, bigint],
    ic: ic.map((point) => [...point] as [bigint, bigint]),
  };
}

/** Circuit as ethers decodes it from a contract. */
export type DecodedCircuit = {
  readonly system: bigint;
  readonly weights: bigint;
  readonly setup: bigint;
  readonly input: DecodedTensor;
  readonly output: DecodedTensor;
  readonly r1cs: string;
  readonly transcript: string;
  readonly key: VerifyingKey;
};

type DecodedTensor = {
  readonly mode: bigint;
  readonly elements: bigint;
  readonly bits: bigint;
  readonly isSigned: boolean;
};

/**
 * Returns a circuit from its on-chain form.
 *
 * @throws {ProtocolError} `ENUM_UNKNOWN` for a circuit of another system: `decodeCommittedCircuit` reads it.
 */
export function decodeCircuit(encoded: DecodedCircuit): Circuit {
  return { ...decodeParts(encoded), system: enumName(PLAIN_SYSTEMS, encoded.system) };
}

/** Returns what every circuit has from its on-chain form. */
export function decodeParts(encoded: DecodedCircuit): CircuitParts {
  return {
    system: enumName(PROOF_SYSTEMS, encoded.system),
    weights: enumName(WEIGHTS_MODES, encoded.weights),
    setup: enumName(SETUP_CLASSES, encoded.setup),
    input: decodeTensor(encoded.input),
    output: decodeTensor(encoded.output),
    r1cs: encoded.r1cs as Hex,
    transcript: encoded.transcript as Hex,
    key: decodeKey(encoded.key),
  };
}

/** Returns a key from its on-chain form: ethers' lists are no plain arrays. */
export function decodeKey({ alpha, beta, gamma, delta, ic }: VerifyingKey): VerifyingKey {
  return {
    alpha: [...alpha],
    beta: [...beta],
    gamma: [...gamma],
    delta: [...delta],
    ic: ic.map((point) => [...point]),
  };
}

/** Returns the id that commits to every field; equals `Circuit.toId` on-chain. */
export function circuitId(circuit: Circuit): CircuitId {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", CIRCUIT_TYPE],
    [CIRCUIT_TAG, encodeCircuit(circuit)],
  );
  return keccak256(encoded) as CircuitId;
}

function encodeTensor({ mode, elements, bits, signed }: CircuitTensor): EncodedTensor {
  return { mode: WORD_MODES.indexOf(mode), elements, bits, isSigned: signed };
}

function decodeTensor({ mode, elements, bits, isSigned }: DecodedTensor): CircuitTensor {
  return {
    mode: enumName(WORD_MODES, mode),
    elements: Number(elements),
    bits: Number(bits),
    signed: isSigned,
  };
}
