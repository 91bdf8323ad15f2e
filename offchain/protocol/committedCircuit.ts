import { AbiCoder, id, keccak256 } from "ethers";
import type {
  Circuit,
  DecodedCircuit,
  EncodedCircuit,
  EncodedKey,
  VerifyingKey,
} from "./circuit.ts";
import {
  CIRCUIT_TYPE,
  KEY_TYPE,
  decodeKey,
  decodeParts,
  encodeCircuit,
  encodeKey,
} from "./circuit.ts";
import type { CommittedKey, LinkKey } from "./committedKey.ts";
import type { CircuitId, Hex } from "./hex.ts";
import type { WeightsRegistration } from "./weightsRegistration.ts";

/** The circuit that shows once for each `W` that a point opens to the same weights. */
export type WeightsCircuit = {
  /** keccak256 of its .r1cs file. */
  readonly r1cs: Hex;
  /** Public signals are `[z, b, W]`. */
  readonly key: CommittedKey;
  /** Ties commitments under the key of inferences to those under this one. */
  readonly link: LinkKey;
};

/** A circuit of commit-and-prove Groth16; mirrors `contracts/types/CommittedCircuit.sol`. */
export type CommittedCircuit = Omit<Circuit, "system" | "key"> & {
  readonly system: "committedGroth16";
  /** Public signals are `[z, b, e]`. */
  readonly key: CommittedKey;
  /** How weights are registered; null where the circuit holds them as constants. */
  readonly weightsCircuit: WeightsCircuit | null;
};

type G2 = [bigint, bigint, bigint, bigint];

/** Commit-and-prove circuit as contracts take it. */
export type EncodedCommittedCircuit = {
  readonly circuit: EncodedCircuit;
  readonly sigma: G2;
  readonly weights: {
    readonly r1cs: Hex;
    readonly key: EncodedKey;
    readonly sigma: G2;
    readonly link: { readonly inference: G2; readonly weights: G2 };
  };
};

/** Commit-and-prove circuit as ethers decodes it from a contract. */
export type DecodedCommittedCircuit = {
  readonly circuit: DecodedCircuit;
  readonly sigma: readonly bigint[];
  readonly weights: {
    readonly r1cs: string;
    readonly key: VerifyingKey;
    readonly sigma: readonly bigint[];
    readonly link: { readonly inference: readonly bigint[]; readonly weights: readonly bigint[] };
  };
};

/** Registration of weights as contracts take it. */
export type EncodedWeightsRegistration = {
  readonly weights: [bigint, bigint];
  readonly registered: [bigint, bigint];
  readonly link: [bigint, bigint];
  readonly proof: EncodedCommittedProof;
};

type Twelve<T> = [T, T, T, T, T, T, T, T, T, T, T, T];
type EncodedCommittedProof = Twelve<bigint>;

const G2_TYPE = "uint256[4]";
const WEIGHTS_TYPE = `tuple(bytes32 r1cs,${KEY_TYPE} key,${G2_TYPE} sigma,tuple(${G2_TYPE} inference,${G2_TYPE} weights) link)`;
const COMMITTED_TYPE = `tuple(${CIRCUIT_TYPE} circuit,${G2_TYPE} sigma,${WEIGHTS_TYPE} weights)`;
const COMMITTED_TAG = id("vouch.circuit.committed.v1");

const NO_HASH: Hex = `0x${"00".repeat(32)}`;
const NO_G1 = [0n, 0n];
const NO_G2 = [0n, 0n, 0n, 0n];
const NO_KEY: VerifyingKey = { alpha: NO_G1, beta: NO_G2, gamma: NO_G2, delta: NO_G2, ic: [] };
const NO_WEIGHTS_CIRCUIT: EncodedCommittedCircuit["weights"] = {
  r1cs: NO_HASH,
  key: encodeKey(NO_KEY),
  sigma: encodeG2(NO_G2),
  link: { inference: encodeG2(NO_G2), weights: encodeG2(NO_G2) },
};

/** Returns a commit-and-prove circuit in its on-chain form. */
export function encodeCommittedCircuit(circuit: CommittedCircuit): EncodedCommittedCircuit {
  const { key, weightsCircuit } = circuit;
  return {
    circuit: encodeCircuit(circuit),
    sigma: encodeG2(key.sigma),
    weights: weightsCircuit === null ? NO_WEIGHTS_CIRCUIT : encodeWeightsCircuit(weightsCircuit),
  };
}

/** Returns a commit-and-prove circuit from its on-chain form. */
export function decodeCommittedCircuit({
  circuit,
  sigma,
  weights,
}: DecodedCommittedCircuit): CommittedCircuit {
  const parts = decodeParts(circuit);
  const { inference, weights: other } = weights.link;
  return {
    ...parts,
    system: "committedGroth16",
    key: { ...parts.key, sigma: [...sigma] },
    weightsCircuit:
      parts.weights === "constant"
        ? null
        : {
            r1cs: weights.r1cs as Hex,
            key: { ...decodeKey(weights.key), sigma: [...weights.sigma] },
            link: { inference: [...inference], weights: [...other] },
          },
  };
}

/** Returns the id that commits to every field; equals `CommittedCircuit.toId` on-chain. */
export function committedCircuitId(circuit: CommittedCircuit): CircuitId {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", COMMITTED_TYPE],
    [COMMITTED_TAG, encodeCommittedCircuit(circuit)],
  );
  return keccak256(encoded) as CircuitId;
}

/** Returns a registration of weights in its on-chain form; points are two words, the proof is twelve. */
export function encodeWeightsRegistration({
  weights,
  registered,
  link,
  proof,
}: WeightsRegistration): EncodedWeightsRegistration {
  return {
    weights: [...weights] as [bigint, bigint],
    registered: [...registered] as [bigint, bigint],
    link: [...link] as [bigint, bigint],
    proof: [...proof] as EncodedCommittedProof,
  };
}

/** Returns a registration of weights from its on-chain form: ethers' lists are no plain arrays. */
export function decodeWeightsRegistration({
  weights,
  registered,
  link,
  proof,
}: WeightsRegistration): WeightsRegistration {
  return {
    weights: [...weights],
    registered: [...registered],
    link: [...link],
    proof: [...proof],
  };
}

function encodeWeightsCircuit({
  r1cs,
  key,
  link,
}: WeightsCircuit): EncodedCommittedCircuit["weights"] {
  return {
    r1cs,
    key: encodeKey(key),
    sigma: encodeG2(key.sigma),
    link: { inference: encodeG2(link.inference), weights: encodeG2(link.weights) },
  };
}

function encodeG2(point: readonly bigint[]): G2 {
  return [...point] as G2;
}
