import type { Groth16Proof, VerifyingKey } from "@vouch/protocol";
import type { SnarkjsKey, SnarkjsProof } from "snarkjs";
import { ProverError } from "./errors.ts";

/** Public signals and proof as snarkjs prints them, in our order: A, B, C, with G2 as EIP-197 has it. */
export function proofFromSnarkjs(proof: SnarkjsProof): Groth16Proof {
  return [...g1(proof.pi_a), ...g2(proof.pi_b), ...g1(proof.pi_c)];
}

/** The inverse of `proofFromSnarkjs`, so that snarkjs can verify a proof from a receipt. */
export function proofToSnarkjs(proof: Groth16Proof): SnarkjsProof {
  return {
    pi_a: g1ToSnarkjs(proof.slice(0, 2)),
    pi_b: g2ToSnarkjs(proof.slice(2, 6)),
    pi_c: g1ToSnarkjs(proof.slice(6, 8)),
    protocol: "groth16",
    curve: "bn128",
  };
}

/** @throws {ProverError} `KEY_INVALID` unless it is a Groth16 key over BN254. */
export function keyFromSnarkjs(key: SnarkjsKey): VerifyingKey {
  if (key.protocol !== "groth16" || key.curve !== "bn128") {
    const reason = `it is a ${key.protocol} key over ${key.curve}`;
    throw new ProverError({ code: "KEY_INVALID", reason });
  }
  return {
    alpha: g1(key.vk_alpha_1),
    beta: g2(key.vk_beta_2),
    gamma: g2(key.vk_gamma_2),
    delta: g2(key.vk_delta_2),
    ic: key.IC.map(g1),
  };
}

/** The inverse of `keyFromSnarkjs`, but for the pairing of alpha and beta, which snarkjs does not read. */
export function keyToSnarkjs(key: VerifyingKey): SnarkjsKey {
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: key.ic.length - 1,
    vk_alpha_1: g1ToSnarkjs(key.alpha),
    vk_beta_2: g2ToSnarkjs(key.beta),
    vk_gamma_2: g2ToSnarkjs(key.gamma),
    vk_delta_2: g2ToSnarkjs(key.delta),
    IC: key.ic.map(g1ToSnarkjs),
  };
}

/** Third coordinate: 1, or 0 for the point at infinity, which EIP-197 writes as all zeros. */
function isInfinity(z: string | undefined): boolean {
  return BigInt(z ?? 0) === 0n;
}

function g1([x = "0", y = "0", z]: readonly string[]): readonly bigint[] {
  return isInfinity(z) ? [0n, 0n] : [BigInt(x), BigInt(y)];
}

function g2([x = [], y = [], z = []]: readonly (readonly string[])[]): readonly bigint[] {
  if (z.every(isInfinity)) return [0n, 0n, 0n, 0n];
  return [x[1], x[0], y[1], y[0]].map((it) => BigInt(it ?? 0));
}

function g1ToSnarkjs(point: readonly bigint[]): readonly string[] {
  const infinity = point.every((it) => it === 0n);
  return infinity ? ["0", "1", "0"] : [...point.map(String), "1"];
}

function g2ToSnarkjs(point: readonly bigint[]): readonly (readonly string[])[] {
  if (point.every((it) => it === 0n)) return [["0", "0"], ["1", "0"], ["0", "0"]]; // prettier-ignore
  const [x1 = "0", x0 = "0", y1 = "0", y0 = "0"] = point.map(String);
  return [[x0, x1], [y0, y1], ["1", "0"]]; // prettier-ignore
}
