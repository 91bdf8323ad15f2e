/**
 * Test only: keys of commit-and-prove Groth16 whose secrets are known, and proofs made from them without a circuit. A point
 * is made from its discrete logarithm, so that tests hold valid proofs of any statement, and forgeries of it.
 */
import { bn254 } from "@noble/curves/bn254.js";
import type { CommittedKey, Hex, LinkKey, WeightsRegistration } from "@vouch/protocol";
import { concat, id, keccak256, toBeHex } from "ethers";
import { g1, g2, SCALAR_FIELD } from "./trapdoorKey.ts";

const { Fr } = bn254.fields;

/** What a proof is about; points by their discrete logarithms. */
export type TrapdoorClaim = {
  /** Logarithm of D_W; absent where the weights are constants. */
  readonly weights?: bigint;
  readonly digest: Hex;
  /** Words of input and output. */
  readonly v: readonly bigint[];
};

/** What a forger chooses in the place of what follows from a claim. */
export type TrapdoorChoices = {
  /** Logarithm of D, by default one drawn from the nonce. */
  readonly advice?: bigint;
  /** Logarithm of Q, by default sigma times that of D. */
  readonly knowledge?: bigint;
};

export type CommittedTrapdoor = {
  readonly key: CommittedKey;
  readonly sigma: bigint;
  /** Twelve words that the key accepts for the claim; `nonce` randomises them. */
  readonly prove: (claim: TrapdoorClaim, nonce?: string) => readonly bigint[];
  /** Twelve words that satisfy the main equation for any signals; that of knowledge too, unless `knowledge` is chosen. */
  readonly proveSignals: (
    signals: readonly bigint[],
    weights: bigint,
    choices?: TrapdoorChoices,
    nonce?: string,
  ) => readonly bigint[];
};

/** Logarithms of a registration's points. */
export type RegistrationSecrets = { readonly weights: bigint; readonly registered: bigint };

export type LinkTrapdoor = {
  readonly link: LinkKey;
  /** L for these logarithms of D_W and D_R, whatever they open to. */
  readonly prove: (secrets: RegistrationSecrets) => readonly bigint[];
};

/** Derives a key and its secrets from a label; three public signals. */
export function committedTrapdoor(label: string): CommittedTrapdoor {
  const secret = (name: string): bigint => scalarOf(`${label}/${name}`);
  const [alpha, beta, delta, sigma] = ["alpha", "beta", "delta", "sigma"].map(secret) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const ic = [0, 1, 2, 3].map((i) => secret(`ic${String(i)}`));

  const proveSignals: CommittedTrapdoor["proveSignals"] = (
    signals,
    weights,
    choices = {},
    nonce = "",
  ) => {
    const advice = choices.advice ?? secret(`d${nonce}`);
    const knowledge = choices.knowledge ?? Fr.mul(sigma, advice);
    const [a, b] = [secret(`a${nonce}`), secret(`b${nonce}`)];
    // A·B = alpha·beta + IC + D_W + D + C·delta, solved for C in the exponent.
    const inputs = [1n, ...signals].reduce((sum, s, i) => Fr.add(sum, Fr.mul(s, ic[i]!)), 0n); // four signals, four points
    const known = [inputs, weights, advice].reduce(
      (sum, it) => Fr.add(sum, it),
      Fr.mul(alpha, beta),
    );
    const c = Fr.div(Fr.sub(Fr.mul(a, b), known), delta);
    return [...g1(a), ...g2(b), ...g1(c), ...g1(advice), ...g1(knowledge)];
  };

  return {
    key: {
      alpha: g1(alpha),
      beta: g2(beta),
      gamma: g2(1n),
      delta: g2(delta),
      sigma: g2(sigma),
      ic: ic.map(g1),
    },
    sigma,
    proveSignals,
    prove: ({ weights, digest, v }, nonce = "") => {
      const advice = secret(`d${nonce}`);
      const points = [...(weights === undefined ? [0n, 0n] : g1(weights)), ...g1(advice)];
      const { z, b } = challengeOf("vouch.challenge.committed.v1", [...points.map(word), digest]);
      return proveSignals([z, b, evaluate(v, z)], weights ?? 0n, { advice }, nonce);
    },
  };
}

/** Derives a link key and its secrets from a label. */
export function linkTrapdoor(label: string): LinkTrapdoor {
  const [k1, k2] = [scalarOf(`${label}/k1`), scalarOf(`${label}/k2`)];
  return {
    link: { inference: g2(k1), weights: g2(k2) },
    prove: ({ weights, registered }) => g1(Fr.add(Fr.mul(k1, weights), Fr.mul(k2, registered))),
  };
}

/** Returns a registration of `secrets.weights` for the weights commitment W that the keys accept. */
export function trapdoorRegistration(
  key: CommittedTrapdoor,
  link: LinkTrapdoor,
  circuit: Hex,
  commitment: bigint,
  secrets: RegistrationSecrets,
): WeightsRegistration {
  const advice = scalarOf(`registration/${String(secrets.weights)}`);
  const [weights, registered] = [g1(secrets.weights), g1(secrets.registered)];
  const { z, b } = challengeOf("vouch.challenge.weights.v1", [
    circuit,
    ...[...weights, ...registered, ...g1(advice), commitment].map(word),
  ]);
  const proof = key.proveSignals([z, b, commitment], secrets.registered, { advice });
  return { weights, registered, link: link.prove(secrets), proof };
}

/** Challenge written out, so that a verifier is not tested against itself. */
export function challengeOf(
  tag: string,
  parts: readonly string[],
): { readonly z: bigint; readonly b: bigint } {
  const h = keccak256(concat([id(tag), ...parts]));
  return { z: BigInt(h) % SCALAR_FIELD, b: BigInt(keccak256(h)) % SCALAR_FIELD };
}

/** `Σ v_i · z^i`. */
export function evaluate(v: readonly bigint[], z: bigint): bigint {
  let [sum, power] = [0n, 1n];
  for (const it of v) {
    sum = Fr.add(sum, Fr.mul(Fr.create(it), power));
    power = Fr.mul(power, z);
  }
  return sum;
}

function word(value: bigint): string {
  return toBeHex(value, 32);
}

function scalarOf(label: string): bigint {
  return BigInt(id(label)) % SCALAR_FIELD;
}
