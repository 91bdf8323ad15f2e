import { AbiCoder, concat, getBytes, id, keccak256 } from "ethers";

/** Kinds of measurement in the order of `MeasurementKind` on-chain. */
export const MEASUREMENT_KINDS = ["domain", "image", "signer"] as const;

/** A TD's domain, or the image or the signer of an SGX enclave. */
export type MeasurementKind = (typeof MEASUREMENT_KINDS)[number];

/** Whose a key is to be, and which block makes the quote a fresh one. */
export type EnclaveBinding = {
  readonly chainId: bigint;
  /** Address of `EnclaveRegistry`. */
  readonly registry: string;
  readonly operator: string;
  /** Address of the secp256k1 key that the enclave made and holds. */
  readonly key: string;
  /** What of the enclave its measurement is the hash of. */
  readonly kind: MeasurementKind;
  /** Hash of a recent block. */
  readonly nonce: string;
};

const TYPE_HASH = id(
  "EnclaveBinding(uint256 chainId,address registry,address operator,address key,uint8 kind,bytes32 nonce)",
);
const TYPES = ["bytes32", "uint256", "address", "address", "address", "uint8", "bytes32"];

/** Returns the report data (64 bytes) that an enclave puts into its quote: the hash of its binding, and zeros. */
export function bindReportData(binding: EnclaveBinding): Uint8Array {
  const { chainId, registry, operator, key, kind, nonce } = binding;
  const encoded = AbiCoder.defaultAbiCoder().encode(TYPES, [
    TYPE_HASH,
    chainId,
    registry,
    operator,
    key,
    MEASUREMENT_KINDS.indexOf(kind),
    nonce,
  ]);
  return getBytes(concat([keccak256(encoded), new Uint8Array(32)]));
}
